package simulate

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Options say what to play. Zero values of the optional ones are filled by Run.
type Options struct {
	BaseURL    string // of the API, without /api/v1
	Token      string // of a supervisor
	Jobs       int
	Installers int
	Seed       uint64
	SpeedUp    float64 // how many times quicker than life; a day of 12 h at 360 takes 2 min
	// FromRegister takes what the jobs are from those that wait in the register, newest first, instead
	// of making them up. They are copied: the originals are not touched.
	FromRegister bool
	// MaxRate bounds the commands per second that all actors together send.
	MaxRate float64
	// Slack is how late a clock may fire before it counts as broken.
	Slack time.Duration

	HTTP     *http.Client // http.DefaultClient if nil
	Log      *slog.Logger // slog.Default() if nil
	Progress io.Writer    // nil: none
}

func (o *Options) fill() error {
	if o.HTTP == nil {
		o.HTTP = http.DefaultClient
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.MaxRate == 0 {
		o.MaxRate = 80
	}
	if o.Slack == 0 {
		o.Slack = 5 * time.Second
	}
	var errs []error
	bad := func(say string) { errs = append(errs, errors.New(say)) }
	if o.BaseURL == "" || o.Token == "" {
		bad("the address of the API and a supervisor's token are required")
	}
	if o.Jobs < 1 || o.Jobs > 100_000 {
		bad("jobs: 1 to 100000")
	}
	if o.Installers < 1 || o.Installers > 500 {
		bad("installers: 1 to 500")
	}
	if o.SpeedUp < 1 || o.SpeedUp > 900 {
		bad("speed-up: 1 to 900, for slots must stay a second apart")
	}
	return errors.Join(errs...)
}

// pace turns simulated durations into real ones.
type pace float64

func (p pace) real(d time.Duration) time.Duration { return time.Duration(float64(d) / float64(p)) }

// minutes are simulated minutes, as they pass in reality.
func (p pace) minutes(m float64) time.Duration {
	return p.real(time.Duration(m * float64(time.Minute)))
}

// dayLength is how long installers must work, in simulated time, to do all jobs: about 73
// minutes each with the way, one in eight twice, and some slack between appointments.
func dayLength(jobs, installers int) time.Duration {
	const perJob, slack = 73 * 1.15, 1.35
	need := time.Duration(float64(jobs) / float64(installers) * perJob * slack * float64(time.Minute))
	return max(need, 4*time.Hour) + 150*time.Minute
}
