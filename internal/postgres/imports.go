package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Import is a file of requests that was read in (IN-1).
type Import struct {
	ID         string         `json:"id"`
	Label      string         `json:"label"` // e.g. the file's name
	Actor      dispatch.Actor `json:"actor"`
	StartedAt  time.Time      `json:"started_at"`
	FinishedAt *time.Time     `json:"finished_at,omitempty"`
	Rows       int            `json:"rows"`
	Created    int            `json:"created"`
	Refused    int            `json:"refused"`
}

// ImportRow is what became of a line: a number, or why it was refused.
type ImportRow struct {
	Line          int             `json:"line"`
	ExternalOrder string          `json:"external_order"`
	Number        string          `json:"number,omitempty"`
	Created       bool            `json:"created"`
	Code          dispatch.Code   `json:"code,omitempty"`
	Rule          dispatch.RuleID `json:"rule,omitempty"`
	Field         string          `json:"field,omitempty"`
	Reason        string          `json:"reason,omitempty"`
}

// OpenImport begins an import; one that was begun before goes on.
func (s *Store) OpenImport(ctx context.Context, id, label string, actor dispatch.Actor) error {
	_, err := s.q.OpenImport(ctx, db.OpenImportParams{ID: id, Label: label, ActorRole: string(actor.Role), ActorID: actor.ID})
	return wrap(err, "opening the import")
}

// PutImportRows keeps what became of lines; a line that is read again is replaced, and
// stays created.
func (s *Store) PutImportRows(ctx context.Context, id string, rows []ImportRow) error {
	p := db.PutImportRowsParams{ImportID: id}
	for _, r := range rows {
		p.Lines, p.Orders, p.Numbers = append(p.Lines, int32(r.Line)), append(p.Orders, r.ExternalOrder), append(p.Numbers, r.Number)
		p.Created, p.Codes, p.Rules = append(p.Created, r.Created), append(p.Codes, string(r.Code)), append(p.Rules, string(r.Rule))
		p.Fields, p.Reasons = append(p.Fields, r.Field), append(p.Reasons, r.Reason)
	}
	err := s.q.PutImportRows(ctx, p)
	if is(err, foreignKeyViolation) {
		return notFound("import", id)
	}
	return wrap(err, "keeping import rows")
}

// FinishImport marks an import as finished.
func (s *Store) FinishImport(ctx context.Context, id string) error {
	_, err := s.q.FinishImport(ctx, id)
	return wrap(err, "finishing the import")
}

// Import returns an import with its counts (not_found).
func (s *Store) Import(ctx context.Context, id string) (Import, error) {
	r, err := s.q.GetImport(ctx, id)
	if err != nil {
		return Import{}, missing(err, "reading the import", "import", id)
	}
	return Import{
		ID: r.ID, Label: r.Label, Actor: dispatch.Actor{Role: dispatch.Role(r.ActorRole), ID: r.ActorID}, StartedAt: r.StartedAt,
		FinishedAt: r.FinishedAt, Rows: int(r.Rows), Created: int(r.Created), Refused: int(r.Refused),
	}, nil
}

// ImportRows lists an import's lines in order, all or the refused ones.
func (s *Store) ImportRows(ctx context.Context, id string, refusedOnly bool, cursor string, limit int) (Page[ImportRow], error) {
	limit = pageSize(limit)
	var after int64
	if cursor != "" {
		var err error
		if after, err = strconv.ParseInt(cursor, 10, 32); err != nil {
			return Page[ImportRow]{}, badCursor()
		}
	}
	rows, err := s.q.ImportRows(ctx, db.ImportRowsParams{ImportID: id, After: int32(after), RefusedOnly: refusedOnly, Count: int32(limit + 1)})
	if err != nil {
		return Page[ImportRow]{}, fmt.Errorf("listing import rows: %w", err)
	}
	out := make([]ImportRow, len(rows))
	for i, r := range rows {
		out[i] = ImportRow{
			Line: int(r.Line), ExternalOrder: r.ExternalOrder, Number: r.Number, Created: r.Created,
			Code: dispatch.Code(r.Code), Rule: dispatch.RuleID(r.Rule), Field: r.Field, Reason: r.Reason,
		}
	}
	return paged(out, limit, func(r ImportRow) string { return strconv.Itoa(r.Line) }), nil
}
