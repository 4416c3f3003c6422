package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// ListInstallers lists installers.
func (s *server) ListInstallers(ctx context.Context, r gen.ListInstallersRequestObject) (gen.ListInstallersResponseObject, error) {
	territory, err := oneTerritory(ctx, r.Params.Territory)
	if err != nil {
		return nil, err
	}
	page, err := s.store.Installers(ctx, territory, r.Params.Cursor, pageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	out := gen.InstallerPage{Items: make([]gen.Installer, len(page.Items)), NextCursor: page.Next}
	for i, in := range page.Items {
		out.Items[i] = installerOf(in)
	}
	return gen.ListInstallers200JSONResponse(out), nil
}

// PutInstallers adds or replaces installers, one after the other; sent again, it does the
// same again.
func (s *server) PutInstallers(ctx context.Context, r gen.PutInstallersRequestObject) (gen.PutInstallersResponseObject, error) {
	_, out, err := once(ctx, s, "putInstallers", r.Params.IdempotencyKey, r.Body, func() (int, gen.Stored, error) {
		for _, in := range r.Body.Installers {
			if err := caller(ctx).mayServe(in.Territory); err != nil {
				return 0, gen.Stored{}, err
			}
		}
		for i, in := range r.Body.Installers {
			row := postgres.Installer{
				ID: in.Id, Name: in.Name, Phone: in.Phone, Territory: in.Territory, Active: in.Active == nil || *in.Active,
			}
			if in.Home != (dispatch.Place{}) {
				row.Place = &in.Home
			}
			for _, c := range in.Certificates {
				row.Certificates = append(row.Certificates, postgres.Certificate{Skill: c.Skill, ValidUntil: c.ValidUntil})
			}
			if err := s.store.PutInstaller(ctx, row); err != nil {
				return 0, gen.Stored{}, under(fmt.Sprintf("installers.%d", i), err)
			}
		}
		return http.StatusOK, gen.Stored{Stored: len(r.Body.Installers)}, nil
	})
	if err != nil {
		return nil, err
	}
	return gen.PutInstallers200JSONResponse(out), nil
}

// GetInstallerDay returns an installer's jobs and shifts of one day, in the territory's
// time zone.
func (s *server) GetInstallerDay(ctx context.Context, r gen.GetInstallerDayRequestObject) (gen.GetInstallerDayResponseObject, error) {
	who := caller(ctx)
	if who.Role == dispatch.RoleInstaller && who.ID != r.Id {
		return nil, dispatch.Refuse(dispatch.CodeForbidden, "", "This is somebody else's day.")
	}
	in, err := s.store.Installer(ctx, r.Id)
	if err != nil {
		return nil, err
	}
	if err := who.mayServe(in.Territory); err != nil {
		return nil, err
	}
	territory, err := s.store.Territory(ctx, in.Territory)
	if err != nil {
		return nil, err
	}
	loc, err := time.LoadLocation(territory.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("territory %s: %w", territory.ID, err)
	}
	day := s.now().In(loc)
	if !r.Params.Date.IsZero() {
		d := r.Params.Date
		day = time.Date(d.Year(), d.Month(), d.Day(), 12, 0, 0, 0, loc)
		if err := checkTime(day, "date"); err != nil {
			return nil, err
		}
	}
	jobs, err := s.store.InstallerDay(ctx, r.Id, day, loc)
	if err != nil {
		return nil, err
	}
	from := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, loc)
	shifts, err := s.store.Shifts(ctx, r.Id, from, from.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	out := gen.Day{Installer: r.Id, Date: day.Format(time.DateOnly), Shifts: shiftsOf(shifts), Jobs: make([]gen.JobSummary, len(jobs))}
	for i, j := range jobs {
		out.Jobs[i] = summary(postgres.Record{Job: j.Job, Customer: j.Customer})
	}
	return gen.GetInstallerDay200JSONResponse(out), nil
}

func shiftsOf(shifts []dispatch.Shift) []gen.Shift {
	out := make([]gen.Shift, len(shifts))
	for i, sh := range shifts {
		out[i] = gen.Shift{Installer: sh.Installer, Start: sh.Start, End: sh.End, MaxJobs: sh.MaxJobs}
	}
	return out
}

// ListTerritories lists the territories.
func (s *server) ListTerritories(ctx context.Context, _ gen.ListTerritoriesRequestObject) (gen.ListTerritoriesResponseObject, error) {
	all, err := s.store.Territories(ctx)
	if err != nil {
		return nil, err
	}
	return gen.ListTerritories200JSONResponse{Territories: some(all)}, nil
}

// PutTerritories adds or replaces territories, one after the other.
func (s *server) PutTerritories(ctx context.Context, r gen.PutTerritoriesRequestObject) (gen.PutTerritoriesResponseObject, error) {
	_, out, err := once(ctx, s, "putTerritories", r.Params.IdempotencyKey, r.Body, func() (int, gen.Stored, error) {
		for _, t := range r.Body.Territories {
			if err := caller(ctx).mayServe(t.ID); err != nil {
				return 0, gen.Stored{}, err
			}
		}
		for i, t := range r.Body.Territories {
			if err := s.store.PutTerritory(ctx, t); err != nil {
				return 0, gen.Stored{}, under(fmt.Sprintf("territories.%d", i), err)
			}
		}
		return http.StatusOK, gen.Stored{Stored: len(r.Body.Territories)}, nil
	})
	if err != nil {
		return nil, err
	}
	return gen.PutTerritories200JSONResponse(out), nil
}

// ListShifts lists the shifts of an installer, or of a territory's installers.
func (s *server) ListShifts(ctx context.Context, r gen.ListShiftsRequestObject) (gen.ListShiftsResponseObject, error) {
	p := r.Params
	if !p.To.After(p.From) || p.To.Sub(p.From) > maxSearch {
		return nil, invalid("", "to", "The end lies after the beginning, at most 31 days on.")
	}
	if p.Installer != "" {
		in, err := s.store.Installer(ctx, p.Installer)
		if err != nil {
			return nil, err
		}
		if err := caller(ctx).mayServe(in.Territory); err != nil {
			return nil, err
		}
		shifts, err := s.store.Shifts(ctx, p.Installer, p.From, p.To)
		if err != nil {
			return nil, err
		}
		return gen.ListShifts200JSONResponse{Shifts: shiftsOf(shifts)}, nil
	}
	territory, err := oneTerritory(ctx, p.Territory)
	if err != nil {
		return nil, err
	}
	if territory == "" {
		return nil, badRequest("territory", "Name a territory or an installer.")
	}
	shifts, _, err := s.store.ShiftsAndBusy(ctx, territory, nil, "", p.From, p.To)
	if err != nil {
		return nil, err
	}
	return gen.ListShifts200JSONResponse{Shifts: shiftsOf(shifts)}, nil
}

// PutShifts adds or replaces shifts, all or nothing.
func (s *server) PutShifts(ctx context.Context, r gen.PutShiftsRequestObject) (gen.PutShiftsResponseObject, error) {
	_, out, err := once(ctx, s, "putShifts", r.Params.IdempotencyKey, r.Body, func() (int, gen.Stored, error) {
		if err := s.mayPlan(ctx, r.Body.Shifts); err != nil {
			return 0, gen.Stored{}, err
		}
		shifts := make([]dispatch.Shift, len(r.Body.Shifts))
		for i, sh := range r.Body.Shifts {
			shifts[i] = dispatch.Shift{Installer: sh.Installer, Start: sh.Start, End: sh.End, MaxJobs: sh.MaxJobs}
		}
		return http.StatusOK, gen.Stored{Stored: len(shifts)}, s.store.PutShifts(ctx, shifts)
	})
	if err != nil {
		return nil, err
	}
	return gen.PutShifts200JSONResponse(out), nil
}

// mayPlan refuses shifts of installers outside the caller's territories.
func (s *server) mayPlan(ctx context.Context, shifts []gen.Shift) error {
	if len(caller(ctx).Territories) == 0 {
		return nil
	}
	var seen []string
	for _, sh := range shifts {
		if slices.Contains(seen, sh.Installer) {
			continue
		}
		seen = append(seen, sh.Installer)
		in, err := s.store.Installer(ctx, sh.Installer)
		if err != nil {
			return err
		}
		if err := caller(ctx).mayServe(in.Territory); err != nil {
			return err
		}
	}
	return nil
}
