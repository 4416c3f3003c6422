package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"
	_ "time/tzdata" // mappings name time zones, and not every machine has them

	"golang.org/x/term"

	"truckroll/internal/apiclient"
	"truckroll/internal/config"
	"truckroll/internal/importer"
)

// maxInFlight bounds --parallel: more would only wait in the API's queue.
const maxInFlight = 32

type importCmd struct {
	File      string `arg:""                                                             help:"CSV or JSON Lines file, or folder."`
	Mapping   string `help:"The mapping file, or a folder's bundle: see docs/import.md." required:""                               short:"m"`
	Shift     bool   `help:"Move all dates so that the earliest wish is tomorrow."       xor:"shift"`
	ShiftDays *int   `help:"Move all dates by as many days as --shift printed."          xor:"shift"`
	Report    string `help:"Write every refused line to this CSV file."`
	Check     bool   `help:"Read and map everything, send nothing."`
	Batch     int    `default:"100"                                                      help:"Rows a request; at most 500 jobs."`
	Parallel  int    `default:"4"                                                        help:"Requests at once."`
	Strict    bool   `help:"Exit with an error if any line was refused."`
}

// Run imports, reports and returns an error only if the import could not be carried through: refused lines are the
// report's business, unless --strict.
func (c *importCmd) Run(ctx context.Context, cfg config.Config, out io.Writer, progress screen) (err error) {
	if c.Batch < 1 || c.Parallel < 1 || c.Parallel > maxInFlight {
		return fmt.Errorf("--batch is at least 1 and --parallel 1 to %d", maxInFlight)
	}
	plan, err := importer.LoadPlan(c.File, c.Mapping)
	if err != nil {
		return err
	}
	opts := importer.Options{
		Batch: c.Batch, InFlight: c.Parallel, Check: c.Check,
		Progress: importer.Progress{Out: progress.Writer, Terminal: isTerminal(progress.Writer)},
	}
	if opts.Days, err = c.days(plan, out); err != nil {
		return err
	}
	sender, err := c.sender(cfg, progress)
	if err != nil {
		return err
	}
	report, done, err := c.report()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	runErr := importer.Run(ctx, plan, sender, opts, report)
	if err := errors.Join(runErr, report.Summary(out)); err != nil {
		return err
	}
	if n := report.Refused(); c.Strict && n > 0 {
		return fmt.Errorf("%d lines were refused", n)
	}
	return nil
}

func (c *importCmd) days(plan *importer.Plan, out io.Writer) (days int, err error) {
	switch {
	case c.ShiftDays != nil:
		days = *c.ShiftDays
	case c.Shift:
		if days, err = plan.ShiftDays(time.Now()); err != nil {
			return 0, err
		}
	default:
		return 0, nil
	}
	_, err = fmt.Fprintf(out, "All dates move by %d days. For the same dates again, on any day: --shift-days=%d\n", days, days)
	return days, err
}

func (c *importCmd) sender(cfg config.Config, progress io.Writer) (*importer.Sender, error) {
	api, err := apiclient.Dial(cfg.URL, cfg.Token)
	if err != nil {
		return nil, fmt.Errorf("TRUCKROLL_URL: %w", err)
	}
	caller := importer.Caller{Retrying: func(err error, after time.Duration) {
		_, _ = fmt.Fprintf(progress, "%v; again in %s\n", err, after)
	}}
	//nolint:gosec // chance keeps two runs apart, no secret
	return importer.NewSender(api, caller, importer.RunID(time.Now(), rand.Uint64())), nil
}

func (c *importCmd) report() (report *importer.Report, done func() error, err error) {
	if c.Report == "" {
		report, err = importer.NewReport(nil)
		return report, func() error { return nil }, err
	}
	file, err := os.OpenFile(c.Report, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // it can hold personal data
	if err != nil {
		return nil, nil, fmt.Errorf("report: %w", err)
	}
	report, err = importer.NewReport(file)
	return report, file.Close, err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
