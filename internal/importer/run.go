package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say how an import is run.
type Options struct {
	Days     int // every date of the data moves by so many days
	Batch    int // rows a request; 0 means 100, and the API's maximum is not exceeded
	InFlight int // requests at once; 0 means 4
	Progress Progress
	// Check only maps: nothing is sent.
	Check bool
}

const (
	defaultBatch    = 100 // some ten seconds of work on a small machine, well within the time the API allows a request
	defaultInFlight = 4
)

// batch is a stretch of a file: rows to send, and lines between them that were refused without asking the API.
type batch struct {
	rows    []Row
	refused []Refusal
}

// sent is a batch under way.
type sent struct {
	batch    batch
	outcomes []Outcome
	err      error
	done     chan struct{}
}

// Run imports every file of the plan in order and reports. Lines that cannot be taken are no error. After an error
// the report tells what was done until then; running again is safe, for what is registered is not registered twice.
func Run(ctx context.Context, plan *Plan, sender *Sender, opts Options, report *Report) error {
	report.Days, report.Check = opts.Days, opts.Check
	if len(plan.Standard) > 0 && !opts.Check {
		if err := sender.AddStandard(ctx, plan.Standard); err != nil {
			return fmt.Errorf("the standard: %w", err)
		}
	}
	for i, step := range plan.Steps {
		r := &runner{sender: sender, opts: opts, report: report, step: step, file: &FileReport{Name: step.Name, Target: step.Mapping.Target}}
		report.Files = append(report.Files, r.file)
		if err := r.run(ctx, i); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", step.Name, err), report.Flush())
		}
	}
	return report.Flush()
}

// runner imports one file.
type runner struct {
	sender *Sender
	opts   Options
	report *Report
	step   Step
	file   *FileReport
	keys   string // prefix of the file's Idempotency-Keys
}

func (r *runner) run(ctx context.Context, number int) (err error) {
	progress := r.opts.Progress.start(r.step)
	src, err := openStep(r.step, r.opts.Days, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close(), progress.Close()) }()
	if !r.opts.Check {
		r.keys = fmt.Sprintf("%s:%d", r.sender.run, number)
		if r.step.Mapping.Target == TargetJobs {
			if r.file.ImportID, err = r.sender.open(ctx, r.step.Name, number); err != nil {
				return err
			}
			r.keys = r.file.ImportID
		}
	}
	// What the queue holds is under way or waits to be counted; it bounds both requests and memory.
	queue := make(chan *sent, or(r.opts.InFlight, defaultInFlight)-1)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(queue)
		return r.read(src, func(b batch) error { return r.dispatch(ctx, group, b, queue) })
	})
	group.Go(func() error { return r.count(ctx, queue) })
	err = group.Wait()
	r.file.Blank, r.file.Unseen = src.Reader.Blank(), src.Mapper.Unseen()
	return err
}

// read maps the file and gives it away batch by batch.
func (r *runner) read(src *source, give func(batch) error) error {
	size := min(or(r.opts.Batch, defaultBatch), maxBatch[r.step.Mapping.Target])
	var b batch
	for {
		rec, bad, err := src.Reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return give(b)
		case err != nil:
			return errors.Join(err, give(b))
		case bad != nil:
			b.refused = append(b.refused, *bad)
		case !src.Mapper.Meant(rec):
			r.file.LeftOut++
		default:
			row, refused := src.Mapper.Map(rec)
			if refused != nil {
				b.refused = append(b.refused, *refused)
			} else {
				b.rows = append(b.rows, row)
			}
		}
		if len(b.rows) == size || len(b.refused) == size {
			if err := give(b); err != nil {
				return err
			}
			b = batch{}
		}
	}
}

// dispatch sends a batch as soon as the queue has room.
func (r *runner) dispatch(ctx context.Context, group *errgroup.Group, b batch, queue chan<- *sent) error {
	s := &sent{batch: b, done: make(chan struct{})}
	select {
	case queue <- s:
	case <-ctx.Done():
		return ctx.Err()
	}
	if len(b.rows) == 0 || r.opts.Check {
		for _, row := range b.rows {
			s.outcomes = append(s.outcomes, Outcome{Row: row, Created: true})
		}
		close(s.done)
		return nil
	}
	group.Go(func() error {
		defer close(s.done)
		s.outcomes, s.err = r.sender.send(ctx, r.step.Mapping.Target, r.file.ImportID, r.keys, b.rows)
		return nil // count meets the error in its turn, after what went well before it
	})
	return nil
}

// count takes the batches in the file's order, so that the report is in that order too.
func (r *runner) count(ctx context.Context, queue <-chan *sent) error {
	for s := range queue {
		select {
		case <-s.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if s.err != nil {
			return s.err
		}
		if err := r.add(s); err != nil {
			return err
		}
	}
	return nil
}

// add merges what the API and the mapping refused, by line.
func (r *runner) add(s *sent) error {
	refused := s.batch.refused
	flush := func(before int) error {
		for len(refused) > 0 && refused[0].Line < before {
			if err := r.report.refuse(r.file, refused[0]); err != nil {
				return err
			}
			r.file.Records++
			refused = refused[1:]
		}
		return nil
	}
	for _, o := range s.outcomes {
		if err := flush(o.Row.Line); err != nil {
			return err
		}
		r.file.Records++
		switch {
		case o.Refusal != nil:
			if err := r.report.refuse(r.file, *o.Refusal); err != nil {
				return err
			}
		case o.Created:
			r.file.Created++
		default:
			r.file.Repeated++
		}
	}
	return flush(int(^uint(0) >> 1))
}

func or(n, otherwise int) int {
	if n > 0 {
		return n
	}
	return otherwise
}

// RunID is a text that no other run has, from the clock and chance.
func RunID(now time.Time, chance uint64) string {
	return fmt.Sprintf("import-%s-%016x", now.UTC().Format("20060102150405"), chance)
}
