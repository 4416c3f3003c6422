package postgres

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
)

// Sort is an order of jobs.
type Sort string

// The orders. Work order is second appointments (NA-5), jobs left over (IN-5), the grades
// (CU-3), within each the earliest due first.
const (
	SortNewest    Sort = "newest"
	SortWorkOrder Sort = "work_order"
)

// Filter says which jobs are looked for; an empty field does not restrict.
type Filter struct {
	Status      []dispatch.Status
	Territories []string
	Installer   string // of the live appointment
	Kind        dispatch.Kind
	From, To    *time.Time // of the live appointment's start; To is excluded
	// Text matches words, or their beginnings, of number, external order, name, address,
	// account, description, and the phone's whole number or its last 10, 7 or 4 digits.
	Text   string
	Broken dispatch.RuleID
	Sort   Sort // newest if empty
}

// Search lists jobs page by page. A cursor is valid for the order it came from.
func (s *Store) Search(ctx context.Context, f Filter, cursor string, limit int) (Page[Record], error) {
	var w where
	f.restrict(&w)
	return s.list(ctx, &w, f.Sort, cursor, limit)
}

func (f *Filter) restrict(w *where) {
	if len(f.Status) > 0 {
		w.add("j.status = ANY (%s)", strs(f.Status))
	}
	if len(f.Territories) > 0 {
		w.add("j.territory_id = ANY (%s)", f.Territories)
	}
	if f.Installer != "" {
		w.add("j.installer_id = %s", f.Installer)
	}
	if f.Kind != "" {
		w.add("j.kind = %s", string(f.Kind))
	}
	if f.From != nil {
		w.add("j.appointment_start >= %s", *f.From)
	}
	if f.To != nil {
		w.add("j.appointment_start < %s", *f.To)
	}
	if q := textQuery(f.Text); q != "" {
		w.add("r.search @@ to_tsquery('simple', %s)", q)
	}
	if f.Broken != "" {
		w.add("j.broken_rules @> ARRAY[%s]::text[] AND j.broken_rules <> '{}'", string(f.Broken))
	}
}

// list reads a page of the jobs that meet the conditions.
func (s *Store) list(ctx context.Context, w *where, sort Sort, cursor string, limit int) (Page[Record], error) {
	limit = pageSize(limit)
	order := "j.opened_at DESC, j.number DESC"
	if sort == SortWorkOrder {
		order = "j.rank_class, j.rank_due_at, j.number"
	} else {
		sort = SortNewest
	}
	if cursor != "" {
		c, err := parseCursor(cursor, sort)
		if err != nil {
			return Page[Record]{}, err
		}
		if sort == SortWorkOrder {
			w.add("(j.rank_class, j.rank_due_at, j.number) > (%s, %s, %s)", c.Class, c.At, c.Number)
		} else {
			w.add("(j.opened_at, j.number) < (%s, %s)", c.At, c.Number)
		}
	}
	rows, err := s.pool.Query(ctx, `SELECT j.state, r.external_order, r.channel, r.name, r.phone, r.address, r.account, r.model,
	r.contracted_at, r.contract_place, r.description, r.wish_start, j.due_at, j.rank_class, j.started_at, j.updated_at, j.rank_due_at
FROM jobs j JOIN register r ON r.number = j.number `+w.sql()+fmt.Sprintf(" ORDER BY %s LIMIT %d", order, limit+1), w.args...)
	if err != nil {
		return Page[Record]{}, fmt.Errorf("searching jobs: %w", err)
	}
	ranked := map[string]time.Time{}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Record, error) {
		var r Record
		var due time.Time
		err := row.Scan(&r.Job, &r.ExternalOrder, &r.Channel, &r.Customer.Name, &r.Customer.Phone, &r.Customer.Address, &r.Account,
			&r.Model, &r.ContractedAt, &r.ContractPlace, &r.Description, &r.WishStart, &r.DueAt, &r.RankClass, &r.StartedAt,
			&r.UpdatedAt, &due)
		r.Customer.Place = r.Job.Site
		ranked[r.Job.Number] = due
		return r, err
	})
	if err != nil {
		return Page[Record]{}, fmt.Errorf("searching jobs: %w", err)
	}
	return paged(out, limit, func(r Record) string {
		c := jobCursor{Sort: sort, At: r.Job.OpenedAt, Number: r.Job.Number}
		if sort == SortWorkOrder {
			c.At, c.Class = ranked[r.Job.Number], r.RankClass
		}
		return c.String()
	}), nil
}

// where collects conditions and their arguments.
type where struct {
	terms []string
	args  []any
}

// add adds a condition; each %s stands for the next argument.
func (w *where) add(term string, args ...any) {
	marks := make([]any, len(args))
	for i, a := range args {
		w.args = append(w.args, a)
		marks[i] = fmt.Sprintf("$%d", len(w.args))
	}
	w.terms = append(w.terms, fmt.Sprintf(term, marks...))
}

func (w *where) sql() string {
	if len(w.terms) == 0 {
		return ""
	}
	return "WHERE " + strings.Join(w.terms, " AND ")
}

// textQuery makes a tsquery that all words, as beginnings, must meet.
func textQuery(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) > 0 && strings.HasPrefix(strings.TrimSpace(text), "+") && strings.Trim(text, "+0123456789-() ") == "" {
		words = []string{strings.Join(words, "")} // a phone number
	}
	for i, w := range words {
		words[i] = w + ":*"
	}
	return strings.Join(words, " & ")
}

// jobCursor is the place after a job in an order.
type jobCursor struct {
	Sort   Sort      `json:"s"`
	At     time.Time `json:"t"`
	Class  int       `json:"c,omitempty"`
	Number string    `json:"n"`
}

func (c jobCursor) String() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err) // a time beyond the year 9999, which the API refuses
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(text string, sort Sort) (jobCursor, error) {
	var c jobCursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Sort != sort {
		return c, badCursor()
	}
	return c, nil
}

func badCursor() *dispatch.Refusal {
	r := dispatch.Refuse(dispatch.CodeBadRequest, "", "The cursor does not belong to this list. Start again without one.")
	r.Field = "cursor"
	return r
}

func strs[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}
