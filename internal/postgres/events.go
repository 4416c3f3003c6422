package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// Timeline returns a job's audit entries after a number, in order; the next page begins
// after the last one's number.
func (s *Store) Timeline(ctx context.Context, number string, after int64, limit int) ([]dispatch.Entry, error) {
	rows, err := s.q.Timeline(ctx, db.TimelineParams{Job: number, Seq: after, Limit: int32(pageSize(limit))})
	if err != nil {
		return nil, fmt.Errorf("reading the timeline: %w", err)
	}
	out := make([]dispatch.Entry, len(rows))
	for i, r := range rows {
		if out[i], err = entry(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func entry(r db.TimelineRow) (dispatch.Entry, error) {
	e := dispatch.Entry{
		Seq: r.Seq, At: r.At.UTC(), DeviceAt: r.DeviceAt, Actor: dispatch.Actor{Role: dispatch.Role(r.ActorRole), ID: r.ActorID},
		Action: dispatch.Action(r.Action), Fact: r.Fact, Rule: dispatch.RuleID(r.Rule), Status: dispatch.Status(r.Status),
		Alert: dispatch.Role(r.Alert), Breach: r.Breach,
	}
	if err := json.Unmarshal(r.Data, &e.Data); err != nil {
		return e, fmt.Errorf("reading audit entry %d: %w", r.Seq, err)
	}
	if len(e.Data) == 0 {
		e.Data = nil
	}
	return e, nil
}

// Alert is an audit entry that is on somebody's list.
type Alert struct {
	Job       string         `json:"job"`
	Territory string         `json:"territory"`
	Entry     dispatch.Entry `json:"entry"`
	AckedAt   *time.Time     `json:"acknowledged_at,omitempty"`
	AckedBy   string         `json:"acknowledged_by,omitempty"`
	AckNote   string         `json:"acknowledged_note,omitempty"`
}

// AlertFilter says which alerts are looked for; an empty field does not restrict.
type AlertFilter struct {
	Role      dispatch.Role // whose list
	Territory string
	WithAcked bool // those somebody has dealt with, too
}

// Alerts lists what needs attention, the newest first.
func (s *Store) Alerts(ctx context.Context, f AlertFilter, cursor string, limit int) (Page[Alert], error) {
	limit = pageSize(limit)
	p := db.AlertsParams{
		Role: string(f.Role), Territory: f.Territory, WithAcked: f.WithAcked, Count: int32(limit + 1),
		BeforeAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	if cursor != "" {
		c, err := parseCursor(cursor, alertSort)
		if err != nil {
			return Page[Alert]{}, err
		}
		p.BeforeAt, p.BeforeJob, p.BeforeSeq = c.At, c.Number, int64(c.Class)
	}
	rows, err := s.q.Alerts(ctx, p)
	if err != nil {
		return Page[Alert]{}, fmt.Errorf("listing alerts: %w", err)
	}
	out := make([]Alert, len(rows))
	for i, r := range rows {
		e, err := entry(db.TimelineRow{
			Seq: r.Seq, At: r.At, DeviceAt: r.DeviceAt, ActorRole: r.ActorRole, ActorID: r.ActorID, Action: r.Action,
			Fact: r.Fact, Rule: r.Rule, Status: r.Status, Data: r.Data, Alert: r.Alert, Breach: r.Breach,
		})
		if err != nil {
			return Page[Alert]{}, err
		}
		out[i] = Alert{Job: r.Job, Territory: r.TerritoryID, Entry: e, AckedAt: r.AckedAt, AckedBy: r.AckedBy, AckNote: r.AckNote}
	}
	return paged(out, limit, func(a Alert) string {
		return jobCursor{Sort: alertSort, At: a.Entry.At, Class: int(a.Entry.Seq), Number: a.Job}.String()
	}), nil
}

const alertSort Sort = "alerts"

// Acknowledge takes an alert off the list (not_found). A second one changes nothing.
func (s *Store) Acknowledge(ctx context.Context, number string, seq int64, by dispatch.Actor, note string) error {
	n, err := s.q.AckAlert(ctx, db.AckAlertParams{Job: number, Seq: seq, Actor: by.ID, Note: note})
	if err != nil {
		return fmt.Errorf("acknowledging: %w", err)
	}
	if n == 0 {
		known, err := s.q.AlertExists(ctx, db.AlertExistsParams{Job: number, Seq: seq})
		if err != nil {
			return fmt.Errorf("acknowledging: %w", err)
		}
		if !known {
			return notFound("alert", fmt.Sprintf("%s/%d", number, seq))
		}
	}
	return nil
}

// FeedEvent is an audit entry in the change feed.
type FeedEvent struct {
	Cursor string         `json:"cursor"`
	Job    string         `json:"job"`
	Entry  dispatch.Entry `json:"entry"`
}

// Feed returns audit entries of all jobs after a cursor ("" is the beginning), in an order
// in which nothing can turn up before what was returned: entries are held back while a
// transaction runs that began before theirs, in any database of the server. After the last
// event its cursor goes on.
func (s *Store) Feed(ctx context.Context, after string, limit int) ([]FeedEvent, error) {
	xid, id, err := parseFeedCursor(after)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT xid::text, id, job, seq, at, device_at, actor_role, actor_id, action, fact, rule, status,
	data, alert, breach
FROM job_events
WHERE (xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT $3`, xid, id, pageSize(limit))
	if err != nil {
		return nil, fmt.Errorf("reading the feed: %w", err)
	}
	defer rows.Close()
	var out []FeedEvent
	for rows.Next() {
		var x, job string
		var n int64
		var r db.TimelineRow
		if err := rows.Scan(&x, &n, &job, &r.Seq, &r.At, &r.DeviceAt, &r.ActorRole, &r.ActorID, &r.Action, &r.Fact, &r.Rule,
			&r.Status, &r.Data, &r.Alert, &r.Breach); err != nil {
			return nil, fmt.Errorf("reading the feed: %w", err)
		}
		e, err := entry(r)
		if err != nil {
			return nil, err
		}
		out = append(out, FeedEvent{Cursor: fmt.Sprintf("%s-%d", x, n), Job: job, Entry: e})
	}
	return out, wrap(rows.Err(), "reading the feed")
}

func parseFeedCursor(text string) (xid string, id int64, err error) {
	if text == "" {
		return "0", 0, nil
	}
	xid, rest, ok := strings.Cut(text, "-")
	_, err1 := strconv.ParseUint(xid, 10, 64)
	id, err2 := strconv.ParseInt(rest, 10, 64)
	if !ok || errors.Join(err1, err2) != nil {
		return "", 0, badCursor()
	}
	return xid, id, nil
}
