package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"go.temporal.io/sdk/client"

	"truckroll/internal/bench"
	"truckroll/internal/config"
	"truckroll/internal/temporalclient"
)

type benchCmd struct {
	Jobs   int    `default:"200"                                   help:"Full jobs per round."`
	Lanes  int    `default:"20"                                    help:"Jobs in progress at once."`
	Rounds int    `default:"3"                                     help:"Rounds of floor and jobs in turn."`
	Out    string `help:"Also write the figures to FILE, as JSON." placeholder:"FILE"`
}

// Run measures the running server: full install jobs through the API, beside a bare workflow as the floor.
func (b benchCmd) Run(ctx context.Context, cfg config.Config, log *slog.Logger, out io.Writer) error {
	if cfg.Token == "" {
		return errors.New("TRUCKROLL_TOKEN is not set: bench works as a supervisor")
	}
	temporal, err := temporalclient.Dial(ctx, log, func(o *client.Options) {
		o.Namespace = cfg.TemporalNamespace
		if cfg.TemporalAddress != "" {
			o.HostPort = cfg.TemporalAddress
		}
	})
	if err != nil {
		return err
	}
	defer temporal.Close()
	result, err := bench.Run(ctx, bench.Options{
		Jobs: b.Jobs, Lanes: b.Lanes, Rounds: b.Rounds, URL: cfg.URL, Token: cfg.Token,
	}, temporal, out)
	if err != nil || b.Out == "" {
		return err
	}
	raw, err := json.MarshalIndent(result, "", "  ")
	if err != nil {
		return fmt.Errorf("packing the figures: %w", err)
	}
	return os.WriteFile(b.Out, append(raw, '\n'), 0o600)
}
