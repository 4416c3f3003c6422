package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// maxRounds is how often a row that the API could not take just now is sent again.
const maxRounds = 6

// jobs registers rows. Rows that the API answers with "busy" or "unavailable" go again in a request of their own, with
// a key of its own: the old key would only bring the old answer back.
func (s *Sender) jobs(ctx context.Context, importID, key string, rows []Row) ([]Outcome, error) {
	outcomes, err := s.register(ctx, importID, key, rows)
	for round := 1; err == nil && round < maxRounds; round++ {
		var again []Row
		var at []int
		for i, o := range outcomes {
			if o.Refusal != nil && passing(o.Refusal.Code) {
				again, at = append(again, o.Row), append(at, i)
			}
		}
		if len(again) == 0 {
			break
		}
		if err := s.call.pause(ctx, round, 0); err != nil {
			return nil, err
		}
		var more []Outcome
		more, err = s.register(ctx, importID, fmt.Sprintf("%s/%d", key, round), again)
		for i := range more {
			outcomes[at[i]] = more[i]
		}
	}
	return outcomes, err
}

// passing tells whether a refusal is about the moment, not about the row.
func passing(code dispatch.Code) bool {
	return dispatch.Codes[code].HTTP >= http.StatusInternalServerError
}

func (s *Sender) register(ctx context.Context, importID, key string, rows []Row) ([]Outcome, error) {
	request := apiclient.ImportRows{Rows: make([]apiclient.ImportRow, 0, len(rows))}
	for _, row := range rows {
		intake, err := json.Marshal(row.Value)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, err)
		}
		request.Rows = append(request.Rows, apiclient.ImportRow{Line: row.Line, Intake: intake})
	}
	var results []apiclient.RowResult
	err := s.call.Do(ctx, func(ctx context.Context) (answer, error) {
		r, err := s.api.ImportRowsWithResponse(ctx, importID, &apiclient.ImportRowsParams{IdempotencyKey: key}, request)
		if err != nil {
			return answer{}, err
		}
		if r.JSON200 != nil {
			results = r.JSON200.Results
		}
		return answer{r.HTTPResponse, r.ApplicationproblemJSONDefault, r.JSON200 != nil}, nil
	})
	if err != nil {
		return nil, err
	}
	return match(rows, results)
}

// match puts results to their rows. A row without a result must not count as done.
func match(rows []Row, results []apiclient.RowResult) ([]Outcome, error) {
	byLine := make(map[int]apiclient.RowResult, len(results))
	for _, r := range results {
		byLine[r.Line] = r
	}
	outcomes := make([]Outcome, 0, len(rows))
	for _, row := range rows {
		r, ok := byLine[row.Line]
		if !ok {
			return nil, fmt.Errorf("the API gave no result for line %d", row.Line)
		}
		o := Outcome{Row: row, Number: r.Number, Created: r.Created}
		if r.Number == "" {
			o.Refusal = &Refusal{
				Line: row.Line, External: row.External, Code: r.Code, Rule: dispatch.RuleID(r.Rule), Field: r.Field, Reason: r.Reason,
			}
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// body is read anew on every attempt.
func body(source []byte) io.Reader { return bytes.NewReader(source) }
