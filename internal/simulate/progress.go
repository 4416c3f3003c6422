package simulate

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// lineEvery is how often a run says how far it is where nobody could watch a bar.
const lineEvery = 15 * time.Second

// progress shows people how far the run is: a bar on a terminal, otherwise plain lines.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	bar      *progressbar.ProgressBar
	began    time.Time
	said     time.Time
	jobs     int
	ended    int
	commands int
}

func newProgress(out io.Writer, jobs int) *progress {
	p := &progress{out: out, jobs: jobs, began: time.Now(), said: time.Now()}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(jobs, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("jobs"),
			progressbar.OptionShowCount(), progressbar.OptionSetElapsedTime(true), progressbar.OptionSetPredictTime(false),
			progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

func (p *progress) command() { p.count(0, 1) }
func (p *progress) job()     { p.count(1, 0) }

func (p *progress) count(jobs, commands int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended += jobs
	p.commands += commands
	switch {
	case p.out == nil:
	case p.bar != nil:
		if p.commands%20 == 0 {
			p.bar.Describe(fmt.Sprintf("%d commands, jobs ended", p.commands))
		}
		if jobs > 0 {
			_ = p.bar.Add(jobs)
		}
	case time.Since(p.said) >= lineEvery:
		p.said = time.Now()
		_, _ = fmt.Fprintf(p.out, "%4.0fs  %d of %d jobs ended, %d commands taken\n",
			time.Since(p.began).Seconds(), p.ended, p.jobs, p.commands)
	}
}

// sayf writes a line of its own.
func (p *progress) sayf(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out != nil {
		_, _ = fmt.Fprintf(p.out, "%4.0fs  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
	}
}

func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
