package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// maxCandidates is how many installers a booking offers the workflow: enough that one is
// still free when somebody else books in the same second.
const maxCandidates = 5

// alternativesAhead is how far from a wish free windows are looked for.
const alternativesAhead = 7 * 24 * time.Hour

// BookAppointment agrees an appointment (AP-2).
func (s *server) BookAppointment(ctx context.Context, r gen.BookAppointmentRequestObject) (gen.BookAppointmentResponseObject, error) {
	c := *r.Body
	receipt, err := s.reserving(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, &c, c.Start, &c.Installers)
	if err != nil {
		return nil, err
	}
	return gen.BookAppointment201JSONResponse(receipt), nil
}

// MoveAppointment changes an appointment, for the customer (AP-7) or the company (AP-6).
func (s *server) MoveAppointment(ctx context.Context, r gen.MoveAppointmentRequestObject) (gen.MoveAppointmentResponseObject, error) {
	c := *r.Body
	receipt, err := s.reserving(ctx, r.Number, r.Params.IdempotencyKey, r.Params.DeviceAt, &c, c.Start, &c.Installers)
	if err != nil {
		return nil, err
	}
	return gen.MoveAppointment200JSONResponse(receipt), nil
}

// reserving runs a command that needs an installer's time. Where it names nobody, those who
// are free are filled in. The hash stays that of what the caller sent: a repeat finds other
// installers free, and must still be known as a repeat.
func (s *server) reserving(
	ctx context.Context, number, key string, deviceAt time.Time, c dispatch.Command, start time.Time, installers *[]string,
) (dispatch.Receipt, error) {
	if len(*installers) > 0 {
		return s.command(ctx, number, key, deviceAt, c)
	}
	if err := s.mayTouch(ctx, number); err != nil {
		return dispatch.Receipt{}, err
	}
	req, err := dispatch.NewRequest(caller(ctx).Actor, timed(c, deviceAt))
	if err != nil {
		return dispatch.Receipt{}, err
	}
	// Before looking who is free: after the first time, this very job holds the window.
	if receipt, done, err := s.store.Recall(ctx, number, key); err != nil || done {
		if err != nil {
			return receipt, err
		}
		return answer(receipt, req)
	}
	rec, err := s.store.Job(ctx, number)
	if err != nil {
		return dispatch.Receipt{}, err
	}
	// What is refused for another reason than capacity is for the workflow to refuse.
	if len(dispatch.Targets(rec.Job.Status, c.Action())) > 0 && start.After(s.now()) {
		if *installers, err = s.candidates(ctx, rec, start); err != nil {
			return dispatch.Receipt{}, err
		}
	}
	filled, err := dispatch.NewRequest(caller(ctx).Actor, timed(c, deviceAt))
	if err != nil {
		return dispatch.Receipt{}, err
	}
	filled.Hash = req.Hash
	return s.send(ctx, number, key, filled)
}

// candidates returns who may serve the window, or refuses it with the nearest free ones (AP-2).
func (s *server) candidates(ctx context.Context, rec postgres.Record, start time.Time) ([]string, error) {
	job := rec.Job
	std, err := s.store.Standard(ctx, job.Standard)
	if err != nil {
		return nil, err
	}
	end := start.Add(job.WorkTime.D())
	shifts, busy, err := s.store.ShiftsAndBusy(ctx, job.Territory, job.Skills, job.Number, start, end)
	if err != nil {
		return nil, err
	}
	if free := freeInstallers(std, &job, start, shifts, busy); len(free) > 0 {
		return free, nil
	}
	from := start.Add(-alternativesAhead)
	if now := s.now(); from.Before(now) {
		from = now
	}
	windows, err := s.store.JobSlots(ctx, job.Number, from, start.Add(alternativesAhead), start, maxCandidates)
	if err != nil {
		return nil, err
	}
	r := dispatch.Refuse(dispatch.CodeSlotTaken, dispatch.RuleCustomersTime,
		"No installer is free at that time. Offer the customer one of the alternatives.")
	if len(windows) == 0 {
		r.Message = "No installer is free at that time, nor within a week of it. Add a shift, or ask another territory."
	}
	r.Field, r.Alternatives = "start", windows
	return nil, r
}

// freeInstallers returns who is on shift and free for the whole window and the way to the
// next, the present installer first, then those with the fewest appointments in the shift.
// The end of a shift is kept for those who are served first (NA-5, IN-5).
func freeInstallers(std *dispatch.Standard, job *dispatch.Job, start time.Time, shifts []dispatch.Shift, busy []dispatch.Busy) []string {
	type candidate struct {
		id   string
		load int
	}
	end, reserve := start.Add(job.WorkTime.D()), std.PriorityReserve.D()
	if job.First() {
		reserve = 0
	}
	var free []candidate
	for _, sh := range shifts {
		if start.Before(sh.Start) || end.Add(reserve).After(sh.End) {
			continue
		}
		load, taken := 0, false
		for _, b := range busy {
			if b.Installer != sh.Installer {
				continue
			}
			if b.Start.Before(sh.End) && sh.Start.Before(b.End) {
				load++
			}
			taken = taken || b.Start.Before(end.Add(std.Travel.D())) && start.Before(b.End)
		}
		if !taken && (sh.MaxJobs == 0 || load < sh.MaxJobs) {
			free = append(free, candidate{sh.Installer, load})
		}
	}
	present := job.Installer()
	slices.SortFunc(free, func(a, b candidate) int {
		if a.id == present || b.id == present {
			return cmp.Compare(b2i(b.id == present), b2i(a.id == present))
		}
		return cmp.Or(cmp.Compare(a.load, b.load), cmp.Compare(a.id, b.id))
	})
	var ids []string
	for _, c := range free {
		if len(ids) < maxCandidates && !slices.Contains(ids, c.id) {
			ids = append(ids, c.id)
		}
	}
	return ids
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// maxSearch bounds the stretch in which windows are looked for at once.
const maxSearch = 31 * 24 * time.Hour

// FindSlots returns free windows near a wish (AP-2).
func (s *server) FindSlots(ctx context.Context, r gen.FindSlotsRequestObject) (gen.FindSlotsResponseObject, error) {
	if _, err := s.readable(ctx, r.Number); err != nil {
		return nil, err
	}
	p := r.Params
	from, to, limit := p.From, p.To, p.Limit
	if now := s.now(); from.Before(now) {
		from = now
		// A wish further off than the default stretch moves it along.
		if p.From.IsZero() && to.IsZero() && p.Near.After(now.Add(alternativesAhead)) {
			from = p.Near.Add(-alternativesAhead / 2)
		}
	}
	if to.IsZero() {
		to = from.Add(alternativesAhead)
	}
	if to.Before(from) || to.Sub(from) > maxSearch {
		return nil, invalid(dispatch.RuleCustomersTime, "to", "The end lies after the beginning and after now, and at most 31 days on.")
	}
	if limit == 0 {
		limit = 10
	}
	windows, err := s.store.JobSlots(ctx, r.Number, from, to, p.Near, limit)
	if err != nil {
		return nil, err
	}
	return gen.FindSlots200JSONResponse{Windows: some(windows)}, nil
}
