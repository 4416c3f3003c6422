package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Installer is somebody who visits customers.
type Installer struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Phone        string          `json:"phone"` // E.164
	Territory    string          `json:"territory"`
	Place        *dispatch.Place `json:"place,omitempty"` // where the day starts
	Active       bool            `json:"active"`
	Certificates []Certificate   `json:"certificates"`
}

// Certificate allows an installer one kind of work until a moment (TE-2).
type Certificate struct {
	Skill      string    `json:"skill"`
	ValidUntil time.Time `json:"valid_until"`
}

// PutTerritory creates or replaces a territory.
func (s *Store) PutTerritory(ctx context.Context, t dispatch.Territory) error {
	if _, err := time.LoadLocation(t.TimeZone); err != nil || t.TimeZone == "" {
		r := dispatch.Refuse(dispatch.CodeInvalid, "", "The time zone is an IANA name such as Europe/Berlin.")
		r.Field = "time_zone"
		return r
	}
	if t.RadiusMetres <= 0 {
		r := dispatch.Refuse(dispatch.CodeInvalid, "", "The radius is more than zero metres.")
		r.Field = "radius_m"
		return r
	}
	return wrap(s.q.PutTerritory(ctx, db.PutTerritoryParams{
		ID: t.ID, Name: t.Name, TimeZone: t.TimeZone, Latitude: t.Center.Latitude, Longitude: t.Center.Longitude,
		RadiusMetres: t.RadiusMetres, Hotline: t.Hotline,
	}), "keeping the territory")
}

// Territories lists every territory by id; an operator has few.
func (s *Store) Territories(ctx context.Context) ([]dispatch.Territory, error) {
	rows, err := s.q.Territories(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing territories: %w", err)
	}
	out := make([]dispatch.Territory, len(rows))
	for i, r := range rows {
		out[i] = territory(r)
	}
	return out, nil
}

// Territory returns one territory (not_found).
func (s *Store) Territory(ctx context.Context, id string) (dispatch.Territory, error) {
	row, err := s.q.GetTerritory(ctx, id)
	if err != nil {
		return dispatch.Territory{}, missing(err, "reading the territory", "territory", id)
	}
	return territory(row), nil
}

// DeleteTerritory removes a territory that nothing refers to (not_found, already_exists).
func (s *Store) DeleteTerritory(ctx context.Context, id string) error {
	n, err := s.q.DeleteTerritory(ctx, id)
	return gone(n, err, "territory", id)
}

func territory(r db.Territory) dispatch.Territory {
	return dispatch.Territory{
		ID: r.ID, Name: r.Name, TimeZone: r.TimeZone, Center: dispatch.Place{Latitude: r.Latitude, Longitude: r.Longitude},
		RadiusMetres: r.RadiusMetres, Hotline: r.Hotline,
	}
}

// PutInstaller creates or replaces an installer with all certificates. Appointments of one
// who is made inactive or loses a certificate stay: the dispatcher reassigns them.
func (s *Store) PutInstaller(ctx context.Context, in Installer) error {
	p := db.PutInstallerParams{ID: in.ID, Name: in.Name, Phone: in.Phone, TerritoryID: in.Territory, Active: in.Active}
	if in.Place != nil {
		p.Latitude, p.Longitude = &in.Place.Latitude, &in.Place.Longitude
	}
	skills, until := make([]string, len(in.Certificates)), make([]time.Time, len(in.Certificates))
	for i, c := range in.Certificates {
		skills[i], until[i] = c.Skill, c.ValidUntil
	}
	err := s.inTx(ctx, func(q *db.Queries, _ pgx.Tx) error {
		if err := q.PutInstaller(ctx, p); err != nil {
			return err
		}
		return q.ReplaceCertificates(ctx, db.ReplaceCertificatesParams{Installer: in.ID, Skills: skills, ValidUntil: until})
	})
	if is(err, foreignKeyViolation) {
		r := notFound("territory", in.Territory)
		r.Code, r.Field = dispatch.CodeInvalid, "territory"
		return r
	}
	return wrap(err, "keeping the installer")
}

// Installer returns one installer (not_found).
func (s *Store) Installer(ctx context.Context, id string) (Installer, error) {
	row, err := s.q.GetInstaller(ctx, id)
	if err != nil {
		return Installer{}, missing(err, "reading the installer", "installer", id)
	}
	out := []Installer{installer(row)}
	return out[0], s.certify(ctx, out)
}

// Installers lists installers by id, of one territory or of all (""), after a cursor.
func (s *Store) Installers(ctx context.Context, territory, after string, limit int) (Page[Installer], error) {
	limit = pageSize(limit)
	rows, err := s.q.Installers(ctx, db.InstallersParams{Territory: territory, After: after, Count: int32(limit + 1)})
	if err != nil {
		return Page[Installer]{}, fmt.Errorf("listing installers: %w", err)
	}
	out := make([]Installer, len(rows))
	for i, r := range rows {
		out[i] = installer(r)
	}
	if err := s.certify(ctx, out); err != nil {
		return Page[Installer]{}, err
	}
	return paged(out, limit, func(i Installer) string { return i.ID }), nil
}

// DeleteInstaller removes an installer who never had an appointment (not_found,
// already_exists); make others inactive.
func (s *Store) DeleteInstaller(ctx context.Context, id string) error {
	n, err := s.q.DeleteInstaller(ctx, id)
	return gone(n, err, "installer", id)
}

func installer(r db.Installer) Installer {
	out := Installer{ID: r.ID, Name: r.Name, Phone: r.Phone, Territory: r.TerritoryID, Active: r.Active, Certificates: []Certificate{}}
	if r.Latitude != nil && r.Longitude != nil {
		out.Place = &dispatch.Place{Latitude: *r.Latitude, Longitude: *r.Longitude}
	}
	return out
}

// certify fills in the certificates.
func (s *Store) certify(ctx context.Context, list []Installer) error {
	at, ids := map[string]int{}, make([]string, len(list))
	for i := range list {
		ids[i] = list[i].ID
		at[list[i].ID] = i
	}
	rows, err := s.q.Certificates(ctx, ids)
	if err != nil {
		return fmt.Errorf("reading certificates: %w", err)
	}
	for _, r := range rows {
		in := &list[at[r.InstallerID]]
		in.Certificates = append(in.Certificates, Certificate{Skill: r.Skill, ValidUntil: r.ValidUntil})
	}
	return nil
}

// gone reports what a delete came to.
func gone(n int64, err error, what, id string) error {
	switch {
	case is(err, foreignKeyViolation):
		return dispatch.Refuse(dispatch.CodeDuplicate, "", "The %s %s is in use and cannot be deleted.", what, id)
	case err != nil:
		return fmt.Errorf("deleting the %s: %w", what, err)
	case n == 0:
		return notFound(what, id)
	}
	return nil
}

// paged cuts the one item too many that was read to see whether there is another page.
func paged[T any](items []T, limit int, cursor func(T) string) Page[T] {
	if len(items) <= limit {
		return Page[T]{Items: items}
	}
	items = items[:limit]
	return Page[T]{Items: items, Next: cursor(items[limit-1])}
}
