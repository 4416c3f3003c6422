package importer

import (
	"context"
	"errors"
	"fmt"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// Outcome is what became of one row.
type Outcome struct {
	Row     Row
	Number  string // of the job, if there is one
	Created bool   // false when refused, or registered before (IN-1)
	Refusal *Refusal
}

// Sender sends rows. It is safe for several goroutines.
type Sender struct {
	api  *apiclient.ClientWithResponses
	call Caller
	run  string // of this run of the program; keys begin with it
}

// NewSender sends to the API; run is a text that no other run has, at most 64 letters, digits and hyphens.
func NewSender(api *apiclient.ClientWithResponses, call Caller, run string) *Sender {
	return &Sender{api: api, call: call, run: run}
}

// maxBatch is how many rows the API takes at once.
var maxBatch = map[Target]int{ //nolint:gochecknoglobals // a table
	TargetJobs: 500, TargetInstallers: 500, TargetShifts: 2000, TargetTerritories: 500,
}

// open starts an import of jobs and returns its id.
func (s *Sender) open(ctx context.Context, name string, step int) (string, error) {
	params := &apiclient.CreateImportParams{IdempotencyKey: fmt.Sprintf("%s:%d", s.run, step)}
	var id string
	err := s.call.Do(ctx, func(ctx context.Context) (answer, error) {
		r, err := s.api.CreateImportWithResponse(ctx, params, apiclient.NewImport{Name: name})
		if err != nil {
			return answer{}, err
		}
		if r.JSON201 != nil {
			id = r.JSON201.Id
		}
		return answer{r.HTTPResponse, r.ApplicationproblemJSONDefault, r.JSON201 != nil}, nil
	})
	return id, err
}

// AddStandard puts a version of the service standard in force; again the same is no change.
func (s *Sender) AddStandard(ctx context.Context, source []byte) error {
	params := &apiclient.AddStandardParams{IdempotencyKey: s.run + ":standard"}
	return s.call.Do(ctx, func(ctx context.Context) (answer, error) {
		r, err := s.api.AddStandardWithBodyWithResponse(ctx, params, "application/yaml", body(source))
		if err != nil {
			return answer{}, err
		}
		return answer{r.HTTPResponse, r.ApplicationproblemJSONDefault, r.StatusCode()/100 == 2}, nil
	})
}

// send sends rows of one target and answers with an outcome for each, in their order. A batch that is refused as a
// whole is halved until the row is found that cannot be taken. keys identifies the file within the run.
func (s *Sender) send(ctx context.Context, target Target, importID, keys string, rows []Row) ([]Outcome, error) {
	var outcomes []Outcome
	var err error
	if key := fmt.Sprintf("%s:%d+%d", keys, rows[0].Line, len(rows)); target == TargetJobs {
		outcomes, err = s.jobs(ctx, importID, key, rows)
	} else {
		outcomes, err = s.put(ctx, target, key, rows)
	}
	var problem *ProblemError
	if err == nil || !errors.As(err, &problem) || !problem.aboutContent() {
		return outcomes, err
	}
	if len(rows) == 1 {
		p := problem.Problem
		return []Outcome{{Row: rows[0], Refusal: &Refusal{
			Line: rows[0].Line, External: rows[0].External, Code: p.Code, Rule: dispatch.RuleID(p.Rule), Field: p.Field, Reason: p.Detail,
		}}}, nil
	}
	first, err := s.send(ctx, target, importID, keys, rows[:len(rows)/2])
	if err != nil {
		return nil, err
	}
	second, err := s.send(ctx, target, importID, keys, rows[len(rows)/2:])
	return append(first, second...), err
}

// put stores installers, shifts or territories, all of them or none.
func (s *Sender) put(ctx context.Context, target Target, key string, rows []Row) ([]Outcome, error) {
	err := s.call.Do(ctx, func(ctx context.Context) (answer, error) {
		switch target {
		case TargetInstallers:
			r, err := s.api.PutInstallersWithResponse(ctx, &apiclient.PutInstallersParams{IdempotencyKey: key},
				apiclient.Installers{Installers: collect[apiclient.Installer](rows)})
			if err != nil {
				return answer{}, err
			}
			return answer{r.HTTPResponse, r.ApplicationproblemJSONDefault, r.JSON200 != nil}, nil
		case TargetShifts:
			r, err := s.api.PutShiftsWithResponse(ctx, &apiclient.PutShiftsParams{IdempotencyKey: key},
				apiclient.ShiftList{Shifts: collect[apiclient.Shift](rows)})
			if err != nil {
				return answer{}, err
			}
			return answer{r.HTTPResponse, r.ApplicationproblemJSONDefault, r.JSON200 != nil}, nil
		case TargetTerritories:
			r, err := s.api.PutTerritoriesWithResponse(ctx, &apiclient.PutTerritoriesParams{IdempotencyKey: key},
				apiclient.TerritoryList{Territories: collect[dispatch.Territory](rows)})
			if err != nil {
				return answer{}, err
			}
			return answer{r.HTTPResponse, r.ApplicationproblemJSONDefault, r.JSON200 != nil}, nil
		case TargetJobs:
		}
		return answer{}, fmt.Errorf("no way to send %s", target)
	})
	if err != nil {
		return nil, err
	}
	outcomes := make([]Outcome, len(rows))
	for i, row := range rows {
		outcomes[i] = Outcome{Row: row, Created: true}
	}
	return outcomes, nil
}

func collect[T any](rows []Row) []T {
	all := make([]T, 0, len(rows))
	for _, r := range rows {
		if v, ok := r.Value.(T); ok {
			all = append(all, v)
		}
	}
	return all
}
