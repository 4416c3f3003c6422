package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Admit opens a job from a request under a service number, with its first audit entries,
// or refuses it. It is called more than once for a request and must be pure.
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
	var out []Registered
	err := s.inTx(ctx, func(q *db.Queries, tx pgx.Tx) error {
		out = make([]Registered, len(rows))
		known, err := numbersByOrder(ctx, q, rows)
		if err != nil {
			return err
		}
		todo := s.dryRun(rows, out, known)
		return s.openJobs(ctx, q, tx, rows, out, known, todo)
	})
	return out, wrap(err, "registering")
}

// dryRun asks Admit before a number is drawn, so that a refusal burns none, and returns the
// rows to open: each external order once, in the order of the external orders, so that two
// batches with the same orders cannot wait for each other.
func (s *Store) dryRun(rows []Registration, out []Registered, known map[string]string) []int {
	now := s.Now()
	var todo []int
	first := map[string]int{}
	for i, r := range rows {
		if n, ok := known[r.Intake.ExternalOrder]; ok {
			out[i] = Registered{Number: n}
			continue
		}
		if _, _, err := r.Admit(dispatch.ServiceNumber(0), now); err != nil {
			out[i] = Registered{Err: err}
			continue
		}
		if _, ok := first[r.Intake.ExternalOrder]; !ok {
			first[r.Intake.ExternalOrder] = i
			todo = append(todo, i)
		}
	}
	slices.SortFunc(todo, func(a, b int) int {
		return strings.Compare(rows[a].Intake.ExternalOrder, rows[b].Intake.ExternalOrder)
	})
	return todo
}

func (s *Store) openJobs(ctx context.Context, q *db.Queries, tx pgx.Tx, rows []Registration, out []Registered, known map[string]string, todo []int) error {
	if len(todo) > 0 {
		if err := s.enter(ctx, q, tx, rows, out, known, todo); err != nil {
			return err
		}
	}
	var lost bool
	for i := range rows {
		lost = lost || out[i].Number == "" && out[i].Err == nil
	}
	if !lost {
		return nil
	}
	// Registered meanwhile by somebody else, or further up in this batch.
	now, err := numbersByOrder(ctx, q, rows)
	if err != nil {
		return err
	}
	for i, r := range rows {
		if out[i].Number == "" && out[i].Err == nil {
			out[i].Number = now[r.Intake.ExternalOrder]
		}
	}
	return nil
}

// enter writes the register first, since only there it shows which orders are new, then
// the jobs and their first audit entries.
func (s *Store) enter(ctx context.Context, q *db.Queries, tx pgx.Tx, rows []Registration, out []Registered, known map[string]string, todo []int) error {
	numbers, err := q.NextNumbers(ctx, int32(len(todo)))
	if err != nil {
		return fmt.Errorf("drawing numbers: %w", err)
	}
	var register, opening pgx.Batch
	for k, i := range todo {
		number := dispatch.ServiceNumber(numbers[k].N)
		in := rows[i].Intake
		register.Queue(db.RegisterJob, number, in.ExternalOrder, string(in.Channel), in.Customer.Name, in.Customer.Phone,
			in.Customer.Address, in.Account, in.Model, in.ContractedAt, in.ContractPlace, in.Description, in.WishStart).
			QueryRow(func(row pgx.Row) error {
				var n string
				if err := row.Scan(&n); errors.Is(err, pgx.ErrNoRows) {
					return nil
				} else if err != nil {
					return err
				}
				job, entries, err := rows[i].Admit(n, numbers[k].At.UTC())
				if err != nil {
					return fmt.Errorf("admitted, then refused: %w", err)
				}
				out[i] = Registered{Number: n, Created: true}
				return s.open(ctx, batching(&opening), job, entries, rows[i].Key)
			})
	}
	if err := tx.SendBatch(ctx, &register).Close(); err != nil {
		return fmt.Errorf("entering the register: %w", err)
	}
	return tx.SendBatch(ctx, &opening).Close()
}

func (s *Store) open(ctx context.Context, q *db.Queries, job dispatch.Job, entries []dispatch.Entry, key string) error {
	std, err := s.Standard(ctx, job.Standard)
	if err != nil {
		return err
	}
	rank := job.Rank(std)
	due, _ := job.DueAt(std)
	if err := q.OpenJob(ctx, db.OpenJobParams{
		Number: job.Number, Kind: string(job.Kind), Charge: string(job.Charge), Grade: string(job.Grade),
		Status: string(job.Status), TerritoryID: job.Territory, Product: job.Product, Standard: job.Standard,
		DueAt: &due, RankClass: int32(rank.Class()), RankDueAt: rank.DueAt, Seq: job.Seq, State: job, OpenedAt: job.OpenedAt,
	}); err != nil {
		return err
	}
	return putEvents(ctx, q, job.Number, key, entries)
}

func numbersByOrder(ctx context.Context, q *db.Queries, rows []Registration) (map[string]string, error) {
	orders := make([]string, len(rows))
	for i, r := range rows {
		orders[i] = r.Intake.ExternalOrder
	}
	found, err := q.NumbersByOrder(ctx, orders)
	if err != nil {
		return nil, fmt.Errorf("reading the register: %w", err)
	}
	out := make(map[string]string, len(found))
	for _, f := range found {
		out[f.ExternalOrder] = f.Number
	}
	return out, nil
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
