package importer

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far an import is.
type Progress struct {
	Out      io.Writer // nil shows nothing
	Terminal bool      // a moving bar; otherwise a plain line now and then
}

// plainEvery is how far apart plain lines are, at least.
const plainEvery = 10 * time.Second

// start begins with a file. What is written to the result counts as read; the content is not kept.
func (p Progress) start(step Step) io.WriteCloser {
	info, err := os.Stat(step.Path)
	if p.Out == nil || err != nil {
		return &plain{out: io.Discard}
	}
	if p.Terminal {
		return progressbar.NewOptions64(info.Size(), progressbar.OptionSetWriter(p.Out), progressbar.OptionSetDescription(step.Name),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30),
			progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(p.Out) }))
	}
	return &plain{out: p.Out, name: step.Name, size: info.Size(), next: time.Now().Add(plainEvery)}
}

// plain writes a line every plainEvery, for logs.
type plain struct {
	out        io.Writer
	name       string
	size, read int64
	next       time.Time
}

func (p *plain) Write(b []byte) (int, error) {
	p.read += int64(len(b))
	if now := time.Now(); p.size > 0 && now.After(p.next) {
		p.next = now.Add(plainEvery)
		_, _ = fmt.Fprintf(p.out, "%s: %d of %d bytes read (%d %%)\n", p.name, p.read, p.size, p.read*100/p.size)
	}
	return len(b), nil
}

func (p *plain) Close() error { return nil }
