package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"truckroll/internal/config"
	"truckroll/internal/simulate"
)

type simulateCmd struct {
	FromRegister bool          `help:"Play copies of the jobs in the register that wait, instead of made-up ones."`
	Jobs         int           `default:"500"                                                                      help:"How many jobs."`
	Installers   int           `default:"40"                                                                       help:"How many installers."`
	Seed         uint64        `default:"1"                                                                        help:"What all decide; the same seed decides the same."`
	SpeedUp      float64       `default:"250"                                                                      help:"How many times quicker than life."`
	Rate         float64       `default:"80"                                                                       help:"Calls per second at most, of all people together."`
	Slack        time.Duration `default:"5s"                                                                       help:"How late a clock may fire before it counts as broken."`
	Out          string        `help:"Also write the run to FILE, as JSON."                                        placeholder:"FILE"`
}

// maxConnections is how many calls may be open at once; the server need not open one for each.
const maxConnections = 64

// Run plays a day against the running server and checks that the standard was kept.
func (s simulateCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, out io.Writer) error {
	if cfg.Token == "" {
		return errors.New("TRUCKROLL_TOKEN is not set: the simulation works as a supervisor")
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	transport.MaxIdleConnsPerHost, transport.MaxConnsPerHost = maxConnections, maxConnections
	result, err := simulate.Run(ctx, simulate.Options{
		BaseURL: cfg.URL, Token: cfg.Token, Jobs: s.Jobs, Installers: s.Installers, Seed: s.Seed, SpeedUp: s.SpeedUp,
		FromRegister: s.FromRegister, MaxRate: s.Rate, Slack: s.Slack, HTTP: &http.Client{Transport: transport}, Log: log, Progress: os.Stderr,
	})
	if err != nil {
		return fmt.Errorf("simulating: %w", err)
	}
	result.Print(out)
	if s.Out != "" {
		if err := result.Write(s.Out); err != nil {
			return err
		}
	}
	if n := len(result.Broken); n > 0 {
		return fmt.Errorf("%d promises were not kept", n)
	}
	return nil
}
