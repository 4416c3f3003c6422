package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Admit opens a job from a request under a service number, with its first audit entries,
// or refuses it. It is called twice for a request, first under a number that is not given
// out, and must answer the same both times.
type Admit func(number string, now time.Time) (dispatch.Job, []dispatch.Entry, error)

// Registration is one request of a batch.
type Registration struct {
	Intake dispatch.Intake
	Actor  dispatch.Actor
	Key    string // kept as the command key of the first audit entries
	Admit  Admit
}

// Registered is what became of a registration: a number, or an error, which is a
// [*dispatch.Refusal] where the request is at fault.
type Registered struct {
	Number  string
	Created bool // false when the external order had been registered before (IN-1)
	Err     error
}

func (r Registered) open() bool { return r.Number == "" && r.Err == nil }

// Register opens a job (IN-1). The same external order again, also at the same time,
// returns the first number and created false. A refused request leaves nothing behind.
func (s *Store) Register(ctx context.Context, in dispatch.Intake, actor dispatch.Actor, key string, admit Admit) (number string, created bool, err error) {
	out, err := s.RegisterBatch(ctx, []Registration{{Intake: in, Actor: actor, Key: key, Admit: admit}})
	if err != nil {
		return "", false, err
	}
	return out[0].Number, out[0].Created, out[0].Err
}

// RegisterBatch opens many jobs in one transaction, with a result for each; a row that is
// refused does not spoil the others. An order that stands twice in the batch is opened
// once, for the row that came first.
func (s *Store) RegisterBatch(ctx context.Context, rows []Registration) ([]Registered, error) {
	out := make([]Registered, len(rows))
	if err := s.lookUp(ctx, rows, out); err != nil {
		return nil, err
	}
	todo, err := s.admit(ctx, rows, out)
	if err != nil {
		return nil, err
	}
	if len(todo) > 0 {
		if err := s.enter(ctx, rows, out, todo); err != nil {
			return nil, wrap(err, "registering")
		}
	}
	// What is left was registered meanwhile by somebody else, or further up in this batch.
	return out, s.lookUp(ctx, rows, out)
}

// lookUp fills in the numbers of the rows that have no result and are registered.
func (s *Store) lookUp(ctx context.Context, rows []Registration, out []Registered) error {
	var orders []string
	for i, r := range rows {
		if out[i].open() {
			orders = append(orders, r.Intake.ExternalOrder)
		}
	}
	if len(orders) == 0 {
		return nil
	}
	found, err := s.q.NumbersByOrder(ctx, orders)
	if err != nil {
		return fmt.Errorf("reading the register: %w", err)
	}
	known := make(map[string]string, len(found))
	for _, f := range found {
		known[f.ExternalOrder] = f.Number
	}
	for i, r := range rows {
		if out[i].open() {
			out[i].Number = known[r.Intake.ExternalOrder]
		}
	}
	return nil
}

// admitted is a row that is to be opened.
type admitted struct {
	row     int
	job     dispatch.Job
	entries []dispatch.Entry
	std     *dispatch.Standard
}

// admit opens each external order once, in the order of the external orders, so that two
// batches with the same orders cannot wait for each other. Admit is asked before a number
// is drawn, so that a refusal burns none; it runs outside the transaction, since it may
// need a connection itself.
func (s *Store) admit(ctx context.Context, rows []Registration, out []Registered) ([]admitted, error) {
	now := s.Now()
	var todo []admitted
	first := map[string]bool{}
	for i, r := range rows {
		if !out[i].open() || first[r.Intake.ExternalOrder] {
			continue
		}
		if _, _, err := r.Admit(dispatch.ServiceNumber(0), now); err != nil {
			out[i].Err = err
			continue
		}
		first[r.Intake.ExternalOrder] = true
		todo = append(todo, admitted{row: i})
	}
	if len(todo) == 0 {
		return nil, nil
	}
	slices.SortFunc(todo, func(a, b admitted) int {
		return strings.Compare(rows[a.row].Intake.ExternalOrder, rows[b.row].Intake.ExternalOrder)
	})
	numbers, err := s.q.NextNumbers(ctx, int32(len(todo)))
	if err != nil {
		return nil, fmt.Errorf("drawing numbers: %w", err)
	}
	for k := range todo {
		t := &todo[k]
		if t.job, t.entries, err = rows[t.row].Admit(dispatch.ServiceNumber(numbers[k].N), numbers[k].At.UTC()); err != nil {
			return nil, fmt.Errorf("a request was admitted, then refused: %w", err)
		}
		if t.std, err = s.Standard(ctx, t.job.Standard); err != nil {
			return nil, err
		}
	}
	return todo, nil
}

// enter writes the register first, since only there it shows which orders are new, then
// the jobs and their first audit entries.
func (s *Store) enter(ctx context.Context, rows []Registration, out []Registered, todo []admitted) error {
	created := make([]bool, len(todo))
	err := s.inTx(ctx, func(_ *db.Queries, tx pgx.Tx) error {
		var register, opening pgx.Batch
		for k, t := range todo {
			in := rows[t.row].Intake
			register.Queue(db.RegisterJob, t.job.Number, in.ExternalOrder, string(in.Channel), in.Customer.Name, in.Customer.Phone,
				in.Customer.Address, in.Account, in.Model, in.ContractedAt, in.ContractPlace, in.Description, in.WishStart, list(in.Customer.Languages)).
				Exec(func(tag pgconn.CommandTag) error {
					created[k] = tag.RowsAffected() == 1
					return nil
				})
		}
		if err := tx.SendBatch(ctx, &register).Close(); err != nil {
			return fmt.Errorf("entering the register: %w", err)
		}
		for k, t := range todo {
			if !created[k] {
				continue
			}
			if err := open(ctx, batching(&opening), t, rows[t.row].Key); err != nil {
				return err
			}
		}
		return tx.SendBatch(ctx, &opening).Close()
	})
	if err != nil {
		return err
	}
	for k, t := range todo {
		if created[k] {
			out[t.row] = Registered{Number: t.job.Number, Created: true}
		}
	}
	return nil
}

func open(ctx context.Context, q *db.Queries, t admitted, key string) error {
	job := t.job
	rank := job.Rank(t.std)
	due, _ := job.DueAt(t.std)
	if err := q.OpenJob(ctx, db.OpenJobParams{
		Number: job.Number, Kind: string(job.Kind), Charge: string(job.Charge), Grade: string(job.Grade),
		Status: string(job.Status), TerritoryID: job.Territory, Product: job.Product, Standard: job.Standard,
		DueAt: &due, RankClass: int32(rank.Class()), RankDueAt: rank.DueAt, Seq: job.Seq, State: job, OpenedAt: job.OpenedAt,
	}); err != nil {
		return err
	}
	return putEvents(ctx, q, job.Number, key, t.entries)
}

// MarkStarted notes that a job's workflow runs.
func (s *Store) MarkStarted(ctx context.Context, number string) error {
	return wrap(s.q.MarkStarted(ctx, number), "marking the job as started")
}

// Unstarted returns the jobs whose workflow was not started although they were registered
// longer ago than olderThan, the oldest first.
func (s *Store) Unstarted(ctx context.Context, olderThan time.Duration, limit int) ([]dispatch.JobInput, error) {
	jobs, err := s.q.Unstarted(ctx, db.UnstartedParams{Before: s.Now().Add(-olderThan), Count: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("listing jobs left behind: %w", err)
	}
	out := make([]dispatch.JobInput, len(jobs))
	for i, j := range jobs {
		std, err := s.Standard(ctx, j.Standard)
		if err != nil {
			return nil, err
		}
		out[i] = dispatch.JobInput{Job: j, Standard: *std}
	}
	return out, nil
}
