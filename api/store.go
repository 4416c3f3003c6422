package api

import (
	"context"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// Caller is who asks, and for which territories; without any, for all.
type Caller struct {
	dispatch.Actor

	Territories []string
}

// Store is what the API reads and writes in Postgres; [*postgres.Store] is the one there
// is. Errors are a [*dispatch.Refusal] for what a caller can mend.
type Store interface { //nolint:interfacebloat // one method for each question the routes ask
	Ping(ctx context.Context) error
	Authenticate(ctx context.Context, token string) (postgres.Identity, error)
	PutToken(ctx context.Context, token string, id postgres.Identity, label string, until *time.Time) error

	Register(ctx context.Context, in dispatch.Intake, actor dispatch.Actor, key string, admit postgres.Admit) (string, bool, error)
	RegisterBatch(ctx context.Context, rows []postgres.Registration) ([]postgres.Registered, error)
	MarkStarted(ctx context.Context, number string) error
	Recall(ctx context.Context, number, key string) (dispatch.Receipt, bool, error)
	Job(ctx context.Context, number string) (postgres.Record, error)
	Timeline(ctx context.Context, number string, after int64, limit int) ([]dispatch.Entry, error)
	JobSlots(ctx context.Context, number string, from, to, near time.Time, limit int) ([]dispatch.Window, error)
	ShiftsAndBusy(
		ctx context.Context, territory string, skills []string, exceptJob string, from, to time.Time,
	) ([]dispatch.Shift, []dispatch.Busy, error)

	Search(ctx context.Context, f postgres.Filter, cursor string, limit int) (postgres.Page[postgres.Record], error)
	WorkQueue(ctx context.Context, territory, cursor string, limit int) (postgres.Page[postgres.Record], error)
	LeftOver(ctx context.Context, territory, cursor string, limit int) (postgres.Page[postgres.Record], error)
	Unreconciled(ctx context.Context, territory, cursor string, limit int) (postgres.Page[postgres.Record], error)
	CallList(ctx context.Context, territory, cursor string, limit int) (postgres.Page[postgres.Record], error)
	Alerts(ctx context.Context, f postgres.AlertFilter, cursor string, limit int) (postgres.Page[postgres.Alert], error)
	Acknowledge(ctx context.Context, number string, seq int64, by dispatch.Actor, note string) error
	Messages(ctx context.Context, f postgres.MessageFilter, cursor string, limit int) (postgres.Page[postgres.MessageRecord], error)

	KPI(ctx context.Context, from, to time.Time, territory string) ([]postgres.Figure, error)

	Territories(ctx context.Context) ([]dispatch.Territory, error)
	Territory(ctx context.Context, id string) (dispatch.Territory, error)
	PutTerritory(ctx context.Context, t dispatch.Territory) error
	Installers(ctx context.Context, territory, after string, limit int) (postgres.Page[postgres.Installer], error)
	Installer(ctx context.Context, id string) (postgres.Installer, error)
	PutInstaller(ctx context.Context, in postgres.Installer) error
	InstallerDay(ctx context.Context, installer string, date time.Time, loc *time.Location) ([]postgres.DayJob, error)
	Shifts(ctx context.Context, installer string, from, to time.Time) ([]dispatch.Shift, error)
	PutShifts(ctx context.Context, shifts []dispatch.Shift) error

	Standard(ctx context.Context, version string) (*dispatch.Standard, error)
	Current(ctx context.Context) (*dispatch.Standard, error)
	Standards(ctx context.Context) ([]postgres.StandardVersion, error)
	PutStandard(ctx context.Context, source []byte, inForceFrom time.Time) (*dispatch.Standard, error)

	OpenImport(ctx context.Context, id, label string, actor dispatch.Actor) error
	PutImportRows(ctx context.Context, id string, rows []postgres.ImportRow) error
	Import(ctx context.Context, id string) (postgres.Import, error)
	ImportRows(ctx context.Context, id string, refusedOnly bool, cursor string, limit int) (postgres.Page[postgres.ImportRow], error)

	ClaimFile(ctx context.Context, f postgres.File, quota *dispatch.PhotoRules) (revived bool, err error)
	HoldFiles(ctx context.Context, number, reason string, by dispatch.Actor) error
	ReleaseFiles(ctx context.Context, number string) error
	File(ctx context.Context, sha256 string) (postgres.File, error)
	Files(ctx context.Context, number string) ([]postgres.File, error)
	Document(ctx context.Context, no string) (postgres.StoredDocument, error)

	// Feed returns audit entries after a cursor; FeedEnd the cursor of now.
	Feed(ctx context.Context, after string, limit int) ([]postgres.FeedEvent, error)
	FeedEnd(ctx context.Context) (string, error)

	// Replay, Remember and Forget are the Idempotency-Keys of calls that are no commands.
	Replay(ctx context.Context, scope, key, hash string) (*postgres.Answer, error)
	Remember(ctx context.Context, scope, key string, a postgres.Answer) error
	Forget(ctx context.Context, scope, key string) error
}

var _ Store = (*postgres.Store)(nil)
