package simulate

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// never is when the run's standard comes into force for jobs that do not name it.
const never = 100 * 365 * 24 * time.Hour

// prepare puts in place what the run needs and no other job uses: its standard, territory,
// installers and shifts.
func (r *run) prepare(ctx context.Context, plans []Plan) error {
	std, source, err := Scaled(r.id, r.opt.SpeedUp)
	if err != nil {
		return fmt.Errorf("scaling the standard: %w", err)
	}
	r.std = std
	r.crew = &crew{}
	r.began = time.Now().Add(4 * time.Second).UTC().Truncate(time.Millisecond)
	skills := neededSkills(std, plans)
	team := r.team(skills)
	for _, todo := range []struct {
		what string
		send send
	}{
		{"the standard", func(ctx context.Context) (*http.Response, error) {
			return r.api.AddStandardWithBody(ctx, &apiclient.AddStandardParams{
				IdempotencyKey: r.id + ".standard", InForceFrom: r.began.Add(never),
			}, "application/yaml", bytes.NewReader(source))
		}},
		{"the territory", func(ctx context.Context) (*http.Response, error) {
			return r.api.PutTerritories(ctx, &apiclient.PutTerritoriesParams{IdempotencyKey: r.id + ".territory"},
				apiclient.TerritoryList{Territories: []dispatch.Territory{r.territory()}})
		}},
		{"the installers", func(ctx context.Context) (*http.Response, error) {
			return r.api.PutInstallers(ctx, &apiclient.PutInstallersParams{IdempotencyKey: r.id + ".installers"},
				apiclient.Installers{Installers: team})
		}},
		{"the shifts", func(ctx context.Context) (*http.Response, error) {
			return r.api.PutShifts(ctx, &apiclient.PutShiftsParams{IdempotencyKey: r.id + ".shifts"}, apiclient.ShiftList{Shifts: r.shifts(team)})
		}},
	} {
		ans, err := r.api.call(ctx, todo.send)
		if err == nil && ans.problem != nil {
			err = &refusedError{*ans.problem}
		}
		if err != nil {
			return fmt.Errorf("preparing %s: %w", todo.what, err)
		}
	}
	return nil
}

// neededSkills lists the skills that the jobs ask for, in the order of the alphabet.
func neededSkills(std *dispatch.Standard, plans []Plan) []string {
	var out []string
	for _, p := range plans {
		skills := p.Intake.Skills
		if product, ok := std.Product(p.Intake.Product); ok && len(skills) == 0 {
			skills = product.Skills[p.Intake.Kind]
		}
		out = append(out, skills...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// copyRegister makes the jobs of the run copies of those in the register: what is to be
// done, with which skills and how long. People and places stay made up.
func (r *run) copyRegister(ctx context.Context, plans []Plan) error {
	n, cursor := 0, ""
	for n < len(plans) {
		page, err := get[apiclient.JobPage](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
			return r.api.SearchJobs(ctx, &apiclient.SearchJobsParams{
				Status: []dispatch.Status{dispatch.StatusReceived}, Limit: 200, Cursor: cursor,
			})
		})
		if err != nil {
			return fmt.Errorf("reading the register: %w", err)
		}
		for _, item := range page.Items {
			if n == len(plans) || strings.HasPrefix(item.Territory, prefix) {
				continue // enough, or a job of another run
			}
			view, err := get[apiclient.JobView](ctx, r.api, func(ctx context.Context) (*http.Response, error) {
				return r.api.GetJob(ctx, item.Number)
			})
			if err != nil {
				return fmt.Errorf("reading job %s: %w", item.Number, err)
			}
			plans[n].Intake = copied(plans[n].Intake, view.Job, r.pace)
			n++
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if n < len(plans) {
		return fmt.Errorf("%d jobs wait in the register (status received), the run asks for %d: import more, or give --jobs", n, len(plans))
	}
	return nil
}

func copied(in dispatch.Intake, job dispatch.Job, p pace) dispatch.Intake {
	in.Kind, in.Charge, in.Grade, in.Product = job.Kind, job.Charge, job.Grade, job.Product
	in.Skills, in.ContractMbps, in.SoldOnline = job.Skills, job.ContractMbps, job.SoldOnline
	in.WorkTime = dispatch.Duration(p.real(job.WorkTime.D()).Round(time.Millisecond))
	if in.Account == "" {
		in.Account = "AC-" + job.Number
	}
	return in
}
