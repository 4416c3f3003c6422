package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// RegisterJob registers a request and starts its workflow (IN-1). The job is registered
// even if the workflow cannot be started now: the sweeper starts what was left behind.
func (s *server) RegisterJob(ctx context.Context, r gen.RegisterJobRequestObject) (gen.RegisterJobResponseObject, error) {
	status, out, err := once(ctx, s, "registerJob", r.Params.IdempotencyKey, r.Body, func() (int, gen.Registered, error) {
		return s.register(ctx, *r.Body, r.Params.IdempotencyKey)
	})
	if err != nil {
		return nil, err
	}
	if status == http.StatusCreated {
		return gen.RegisterJob201JSONResponse{
			Body: out, Headers: gen.RegisterJob201ResponseHeaders{Location: basePath + "/jobs/" + out.Number},
		}, nil
	}
	return gen.RegisterJob200JSONResponse(out), nil
}

func (s *server) register(ctx context.Context, in dispatch.Intake, key string) (int, gen.Registered, error) {
	a, err := s.newAdmission(ctx)
	if err != nil {
		return 0, gen.Registered{}, err
	}
	row, err := a.admit(ctx, in, key)
	if err != nil {
		return 0, gen.Registered{}, err
	}
	number, created, err := s.store.Register(ctx, in, row.Actor, key, row.Admit)
	if err != nil {
		return 0, gen.Registered{}, err
	}
	out := gen.Registered{Number: number, Created: created}
	if !created {
		return http.StatusOK, out, nil
	}
	if err := s.start(ctx, row.job); err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "registered, not started yet", slog.String("number", number), slog.Any("cause", err))
	}
	return http.StatusCreated, out, nil
}

// GetJob returns a job with what follows from its state.
func (s *server) GetJob(ctx context.Context, r gen.GetJobRequestObject) (gen.GetJobResponseObject, error) {
	rec, err := s.readable(ctx, r.Number)
	if err != nil {
		return nil, err
	}
	std, err := s.store.Standard(ctx, rec.Job.Standard)
	if err != nil {
		return nil, err
	}
	job := rec.Job
	view := gen.JobView{
		Job: job, Register: registerOf(rec), Missing: dispatch.MissingFor(std, &job), Clocks: dispatch.Clocks(std, &job),
		Actions: dispatch.Allowed(job.Status), DueAt: deref(rec.DueAt),
	}
	if caller(ctx).Role == dispatch.RoleInstaller {
		view.Register.Phone = "" // AP-8: calls go through the platform
	}
	view.Missing, view.Clocks, view.Actions = some(view.Missing), some(view.Clocks), some(view.Actions)
	return gen.GetJob200JSONResponse(view), nil
}

// readable returns a job that the caller may see: an installer own visits, anybody else
// the jobs of their territories.
func (s *server) readable(ctx context.Context, number string) (postgres.Record, error) {
	if !dispatch.ValidServiceNumber(number) {
		return postgres.Record{}, noSuchJob(number)
	}
	rec, err := s.store.Job(ctx, number)
	if err != nil {
		return rec, err
	}
	return rec, mayRead(caller(ctx), &rec.Job)
}

func mayRead(c Caller, job *dispatch.Job) error {
	if c.Role == dispatch.RoleCustomer && c.ID != job.Number {
		return dispatch.Refuse(dispatch.CodeForbidden, "", "This is somebody else's job.")
	}
	if c.Role == dispatch.RoleInstaller {
		if v := job.LastVisit(); v == nil || v.Appointment.Installer != c.ID {
			return dispatch.Refuse(dispatch.CodeForbidden, "", "This job is assigned to somebody else. Ask the dispatcher.")
		}
		return nil
	}
	return c.mayServe(job.Territory)
}

// GetTimeline returns a page of the audit trail.
func (s *server) GetTimeline(ctx context.Context, r gen.GetTimelineRequestObject) (gen.GetTimelineResponseObject, error) {
	if _, err := s.readable(ctx, r.Number); err != nil {
		return nil, err
	}
	limit := pageSize(r.Params.Limit)
	items, err := s.store.Timeline(ctx, r.Number, r.Params.After, limit)
	if err != nil {
		return nil, err
	}
	out := gen.Timeline{Items: some(items)}
	if len(items) == limit {
		out.NextAfter = items[limit-1].Seq
	}
	return gen.GetTimeline200JSONResponse(out), nil
}

// SearchJobs lists jobs.
func (s *server) SearchJobs(ctx context.Context, r gen.SearchJobsRequestObject) (gen.SearchJobsResponseObject, error) {
	p := r.Params
	f := postgres.Filter{
		Status: p.Status, Territories: caller(ctx).Territories, Installer: p.Installer, Kind: p.Kind, Text: p.Text,
		Broken: dispatch.RuleID(p.BrokenRule), From: orNil(p.From), To: orNil(p.To), Sort: postgres.SortNewest,
	}
	if p.Territory != "" {
		if err := caller(ctx).mayServe(p.Territory); err != nil {
			return nil, err
		}
		f.Territories = []string{p.Territory}
	}
	if p.Sort == gen.Work {
		f.Sort = postgres.SortWorkOrder
	}
	page, err := s.store.Search(ctx, f, p.Cursor, pageSize(p.Limit))
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	return gen.SearchJobs200JSONResponse(jobPage(page)), nil
}
