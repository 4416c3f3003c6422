package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// admission prepares registrations: it knows the standard in force and the territories, and
// remembers what it has looked up, as the rows of an import ask the same again and again.
type admission struct {
	s           *server
	std         *dispatch.Standard
	territories []dispatch.Territory
	certified   map[string]bool             // by territory and skills: somebody holds them all
	shifts      map[string][]dispatch.Shift // by territory, skills and day
}

func (s *server) newAdmission(ctx context.Context) (*admission, error) {
	std, err := s.store.Current(ctx)
	if err != nil {
		return nil, err
	}
	territories, err := s.store.Territories(ctx)
	if err != nil {
		return nil, err
	}
	return &admission{
		s: s, std: std, territories: territories, certified: map[string]bool{}, shifts: map[string][]dispatch.Shift{},
	}, nil
}

// admitted is a registration that will be accepted, and the job it opens.
type admitted struct {
	postgres.Registration

	job dispatch.Job // once it is registered
}

// admit checks a request against the standard and prepares its registration (IN-1, IN-2).
// What will keep it from being served, short of a refusal, goes on the dispatcher's list
// with the first audit entries: nobody holds the skills (TE-2), or the wish lies outside
// every shift of that day (AP-2).
func (a *admission) admit(ctx context.Context, in dispatch.Intake, key string) (*admitted, error) {
	std, err := a.standard(ctx, in.Standard)
	if err != nil {
		return nil, err
	}
	draft, err := dispatch.Admit(std, a.territories, in, dispatch.ServiceNumber(0), a.s.now())
	if err != nil {
		return nil, err
	}
	if err := caller(ctx).mayServe(draft.Territory); err != nil {
		return nil, err
	}
	alerts, err := a.foresee(ctx, &draft, in.WishStart)
	if err != nil {
		return nil, err
	}
	actor, out := caller(ctx).Actor, new(admitted)
	out.Registration = postgres.Registration{Intake: in, Actor: actor, Key: key}
	out.Admit = func(number string, now time.Time) (dispatch.Job, []dispatch.Entry, error) {
		job, err := dispatch.Admit(std, a.territories, in, number, now)
		if err != nil {
			return job, nil, err
		}
		entries := []dispatch.Entry{job.Opened(actor, in.Channel)}
		for _, e := range alerts {
			job.Seq++
			e.Seq, e.At, e.Actor, e.Action, e.Status = job.Seq, job.OpenedAt, actor, entries[0].Action, job.Status
			e.Alert = dispatch.RoleDispatcher
			entries = append(entries, e)
		}
		out.job = job
		return job, entries, nil
	}
	return out, nil
}

// standard returns the version that a request names, or the one in force.
func (a *admission) standard(ctx context.Context, version string) (*dispatch.Standard, error) {
	if version == "" {
		return a.std, nil
	}
	std, err := a.s.store.Standard(ctx, version)
	if r, ok := errors.AsType[*dispatch.Refusal](err); ok {
		r.Field = "standard"
	}
	return std, err
}

// foresee returns what a dispatcher has to look at before the job can be served.
func (a *admission) foresee(ctx context.Context, job *dispatch.Job, wish *time.Time) ([]dispatch.Entry, error) {
	certified, err := a.anyCertified(ctx, job)
	if err != nil {
		return nil, err
	}
	if !certified {
		return []dispatch.Entry{{
			Fact: "skills.missing", Rule: dispatch.RuleCertified,
			Data: map[string]any{"territory": job.Territory, "skills": job.Skills},
		}}, nil
	}
	if wish == nil {
		return nil, nil
	}
	shifts, err := a.shiftsOn(ctx, job, *wish)
	if err != nil {
		return nil, err
	}
	end := wish.Add(job.WorkTime.D())
	if slices.ContainsFunc(shifts, func(s dispatch.Shift) bool { return !wish.Before(s.Start) && !end.After(s.End) }) {
		return nil, nil
	}
	return []dispatch.Entry{{
		Fact: "wish.outside_shifts", Rule: dispatch.RuleCustomersTime, Data: map[string]any{"wish": wish.UTC()},
	}}, nil
}

func (a *admission) anyCertified(ctx context.Context, job *dispatch.Job) (bool, error) {
	key := job.Territory + "\n" + strings.Join(job.Skills, "\n")
	if known, ok := a.certified[key]; ok {
		return known, nil
	}
	now, after := a.s.now(), ""
	for {
		page, err := a.s.store.Installers(ctx, job.Territory, after, postgres.MaxPage)
		if err != nil {
			return false, err
		}
		for _, i := range page.Items {
			if i.Active && holdsAll(i, job.Skills, now) {
				a.certified[key] = true
				return true, nil
			}
		}
		if after = page.Next; after == "" {
			a.certified[key] = false
			return false, nil
		}
	}
}

func holdsAll(i postgres.Installer, skills []string, at time.Time) bool {
	for _, skill := range skills {
		if !slices.ContainsFunc(i.Certificates, func(c postgres.Certificate) bool { return c.Skill == skill && c.ValidUntil.After(at) }) {
			return false
		}
	}
	return true
}

// shiftsOn returns the shifts, of those who hold the skills, that touch the wish's day.
func (a *admission) shiftsOn(ctx context.Context, job *dispatch.Job, wish time.Time) ([]dispatch.Shift, error) {
	local := wish.In(job.Zone())
	from := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())
	key := job.Territory + "\n" + strings.Join(job.Skills, "\n") + "\n" + from.Format(time.DateOnly)
	if known, ok := a.shifts[key]; ok {
		return known, nil
	}
	shifts, _, err := a.s.store.ShiftsAndBusy(ctx, job.Territory, job.Skills, "", from, from.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	a.shifts[key] = shifts
	return shifts, nil
}
