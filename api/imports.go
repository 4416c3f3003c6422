package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// CreateImport begins an import.
func (s *server) CreateImport(ctx context.Context, r gen.CreateImportRequestObject) (gen.CreateImportResponseObject, error) {
	_, out, err := once(ctx, s, "createImport", r.Params.IdempotencyKey, r.Body, func() (int, gen.Import, error) {
		id := "imp-" + rand.Text()
		if err := s.store.OpenImport(ctx, id, r.Body.Name, caller(ctx).Actor); err != nil {
			return 0, gen.Import{}, err
		}
		out, err := s.importReport(ctx, id)
		return http.StatusCreated, out, err
	})
	if err != nil {
		return nil, err
	}
	return gen.CreateImport201JSONResponse(out), nil
}

// GetImport reports what became of an import.
func (s *server) GetImport(ctx context.Context, r gen.GetImportRequestObject) (gen.GetImportResponseObject, error) {
	out, err := s.importReport(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	return gen.GetImport200JSONResponse(out), nil
}

// maxRefusals bounds the refused rows in a report.
const maxRefusals = 1000

func (s *server) importReport(ctx context.Context, id string) (gen.Import, error) {
	imp, err := s.store.Import(ctx, id)
	if err != nil {
		return gen.Import{}, err
	}
	out := gen.Import{
		Id: imp.ID, Name: imp.Label, StartedAt: imp.StartedAt, Rows: imp.Rows, Created: imp.Created, Refused: imp.Refused,
		Repeated: imp.Rows - imp.Created - imp.Refused,
	}
	for cursor := ""; len(out.Refusals) < maxRefusals; {
		page, err := s.store.ImportRows(ctx, id, true, cursor, postgres.MaxPage)
		if err != nil {
			return gen.Import{}, err
		}
		for _, row := range page.Items {
			out.Refusals = append(out.Refusals, rowResult(row))
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return out, nil
}

// ImportRows registers rows, each accepted or refused on its own. All of them are entered
// in one transaction; a row sent again is the same job (IN-1).
func (s *server) ImportRows(ctx context.Context, r gen.ImportRowsRequestObject) (gen.ImportRowsResponseObject, error) {
	request := struct {
		ID   string
		Body any
	}{r.Id, r.Body}
	_, out, err := once(ctx, s, "importRows", r.Params.IdempotencyKey, request, func() (int, gen.RowResults, error) {
		rows, err := s.importRows(ctx, r.Id, r.Params.IdempotencyKey, r.Body.Rows)
		return http.StatusOK, gen.RowResults{Results: rows}, err
	})
	if err != nil {
		return nil, err
	}
	return gen.ImportRows200JSONResponse(out), nil
}

func (s *server) importRows(ctx context.Context, id, key string, rows []gen.ImportRow) ([]gen.RowResult, error) {
	if _, err := s.store.Import(ctx, id); err != nil {
		return nil, err
	}
	a, err := s.newAdmission(ctx)
	if err != nil {
		return nil, err
	}
	results := make([]postgres.ImportRow, len(rows))
	var taken []*admitted
	var at []int // where each of taken stands in rows
	for i, row := range rows {
		in, err := s.readIntake(row.Intake)
		results[i] = postgres.ImportRow{Line: row.Line, ExternalOrder: in.ExternalOrder}
		var adm *admitted
		if err == nil {
			adm, err = a.admit(ctx, in, key)
		}
		if err != nil {
			if err := refuseRow(&results[i], err); err != nil {
				return nil, err
			}
			continue
		}
		taken, at = append(taken, adm), append(at, i)
	}
	if err := s.enter(ctx, taken, at, results); err != nil {
		return nil, err
	}
	if err := s.store.PutImportRows(ctx, id, lastOfEachLine(results)); err != nil {
		return nil, err
	}
	out := make([]gen.RowResult, len(results))
	for i, row := range results {
		out[i] = rowResult(row)
	}
	return out, nil
}

// readIntake reads a row as strictly as a single registration.
func (s *server) readIntake(raw json.RawMessage) (dispatch.Intake, error) {
	var (
		in   dispatch.Intake
		body any
	)
	if err := json.Unmarshal(raw, &body); err != nil {
		return in, badRequest("", "This is not JSON.")
	}
	if fields, ok := body.(map[string]any); ok { // a refused row is named too, where it can be
		if order, ok := fields["external_order"].(string); ok && len(order) <= 64 {
			in.ExternalOrder = order
		}
	}
	if err := s.spec.Components.Schemas["Intake"].Value.VisitJSON(body); err != nil {
		return in, describedBody(err, dispatch.RuleRegister)
	}
	order := in.ExternalOrder
	if err := decodeStrict(raw, &in); err != nil {
		return dispatch.Intake{ExternalOrder: order}, err
	}
	return in, nil
}

// enter registers what was admitted and starts the new jobs.
func (s *server) enter(ctx context.Context, taken []*admitted, at []int, results []postgres.ImportRow) error {
	if len(taken) == 0 {
		return nil
	}
	batch := make([]postgres.Registration, len(taken))
	for k, a := range taken {
		batch[k] = a.Registration
	}
	registered, err := s.store.RegisterBatch(ctx, batch)
	if err != nil {
		return err
	}
	var fresh []dispatch.Job
	for k, got := range registered {
		row := &results[at[k]]
		if got.Err != nil {
			if err := refuseRow(row, got.Err); err != nil {
				return err
			}
			continue
		}
		row.Number, row.Created = got.Number, got.Created
		if got.Created {
			fresh = append(fresh, taken[k].job)
		}
	}
	s.startAll(ctx, fresh)
	return nil
}

// startAll starts jobs, eight at a time, which keeps a small Temporal server busy without
// standing in the way of others. What it cannot start is left to the sweeper.
func (s *server) startAll(ctx context.Context, jobs []dispatch.Job) {
	const workers = 8
	var wg sync.WaitGroup
	work := make(chan dispatch.Job)
	for range min(workers, len(jobs)) {
		wg.Go(func() {
			for job := range work {
				if err := s.start(ctx, job); err != nil {
					s.log.LogAttrs(ctx, slog.LevelWarn, "registered, not started yet",
						slog.String("number", job.Number), slog.Any("cause", err))
				}
			}
		})
	}
	for _, job := range jobs {
		work <- job
	}
	close(work)
	wg.Wait()
}

// refuseRow notes a refusal in a row; any other error is returned.
func refuseRow(row *postgres.ImportRow, err error) error {
	var r *dispatch.Refusal
	if !errors.As(err, &r) {
		return err
	}
	row.Code, row.Rule, row.Field, row.Reason = r.Code, r.Rule, r.Field, r.Message
	return nil
}

// lastOfEachLine drops rows whose line number comes again: one insert takes each once.
func lastOfEachLine(rows []postgres.ImportRow) []postgres.ImportRow {
	last := make(map[int]int, len(rows))
	for i, r := range rows {
		last[r.Line] = i
	}
	out := make([]postgres.ImportRow, 0, len(last))
	for i, r := range rows {
		if last[r.Line] == i {
			out = append(out, r)
		}
	}
	return out
}

func rowResult(r postgres.ImportRow) gen.RowResult {
	return gen.RowResult{
		Line: r.Line, ExternalOrder: r.ExternalOrder, Number: r.Number, Created: r.Created,
		Code: r.Code, Rule: string(r.Rule), Field: r.Field, Reason: r.Reason,
	}
}
