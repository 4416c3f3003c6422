package postgres

import (
	"context"
	"time"

	"truckroll/dispatch"
)

// Record is a job in the register: its process state, and whom it is for. It holds
// personal data and is for those who may see them.
type Record struct {
	Job           dispatch.Job      `json:"job"`
	ExternalOrder string            `json:"external_order"`
	Channel       dispatch.Channel  `json:"channel"`
	Customer      dispatch.Customer `json:"customer"`
	Account       string            `json:"account,omitempty"`
	Model         string            `json:"model,omitempty"`
	ContractedAt  *time.Time        `json:"contracted_at,omitempty"`
	ContractPlace string            `json:"contract_place,omitempty"`
	Description   string            `json:"description,omitempty"`
	WishStart     *time.Time        `json:"wish_start,omitempty"`
	DueAt         *time.Time        `json:"due_at,omitempty"` // VI-15; absent while the clock stands still
	RankClass     int               `json:"rank_class"`       // smaller is served first (CU-3)
	StartedAt     *time.Time        `json:"started_at,omitempty"`
	UpdatedAt     time.Time         `json:"updated_at"`
}

// Job returns a job (not_found).
func (s *Store) Job(ctx context.Context, number string) (Record, error) {
	r, err := s.q.Registered(ctx, number)
	if err != nil {
		return Record{}, missing(err, "reading the job", "job", number)
	}
	return Record{
		Job: r.State, ExternalOrder: r.ExternalOrder, Channel: dispatch.Channel(r.Channel),
		Customer: dispatch.Customer{Name: r.Name, Phone: r.Phone, Address: r.Address, Place: r.State.Site, Languages: languages(r.Languages)},
		Account:  r.Account, Model: r.Model, ContractedAt: r.ContractedAt, ContractPlace: r.ContractPlace,
		Description: r.Description, WishStart: r.WishStart, DueAt: r.DueAt, RankClass: int(r.RankClass),
		StartedAt: r.StartedAt, UpdatedAt: r.UpdatedAt,
	}, nil
}

func languages(names []string) []dispatch.Language {
	var out []dispatch.Language
	for _, n := range names {
		out = append(out, dispatch.Language(n))
	}
	return out
}

// NumberOf returns the service number of an external order; false if it is not registered.
func (s *Store) NumberOf(ctx context.Context, externalOrder string) (string, bool, error) {
	found, err := s.q.NumbersByOrder(ctx, []string{externalOrder})
	if err != nil || len(found) == 0 {
		return "", false, wrap(err, "reading the register")
	}
	return found[0].Number, true, nil
}
