package postgres

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres/db"
)

// MessageState is where a message stands.
type MessageState string

// The states of a message. Withdrawn: what it told was replaced before it was sent.
const (
	MessageQueued    MessageState = "queued"
	MessageSending   MessageState = "sending"
	MessageSent      MessageState = "sent"
	MessageFailed    MessageState = "failed"
	MessageWithdrawn MessageState = "withdrawn"
)

// MessageRecord is a message in the log (AP-8). Recipient and Body are filled when it is
// sent.
type MessageRecord struct {
	ID         int64            `json:"id"`
	Number     string           `json:"number"`
	Message    dispatch.Message `json:"message"`
	State      MessageState     `json:"state"`
	Superseded bool             `json:"superseded,omitempty"`
	Attempts   int              `json:"attempts"`
	Recipient  string           `json:"recipient,omitempty"`
	Body       string           `json:"body,omitempty"`
	Provider   string           `json:"provider,omitempty"`
	ProviderID string           `json:"provider_id,omitempty"`
	QueuedAt   time.Time        `json:"queued_at"`
	SentAt     *time.Time       `json:"sent_at,omitempty"`
	Error      string           `json:"error,omitempty"`
}

// MessageFilter says which messages are looked for; an empty field does not restrict.
type MessageFilter struct {
	Number  string
	Purpose dispatch.Purpose
	State   MessageState
}

// ClaimMessages takes up to limit messages that are due, for one caller alone until the
// lease is over; then another may take them. MarkSent or MarkFailed ends a claim.
func (s *Store) ClaimMessages(ctx context.Context, limit int, lease time.Duration) ([]dispatch.Parcel, error) {
	rows, err := s.q.ClaimMessages(ctx, db.ClaimMessagesParams{Lease: lease, Count: int32(pageSize(limit))})
	if err != nil {
		return nil, fmt.Errorf("claiming messages: %w", err)
	}
	out := make([]dispatch.Parcel, len(rows))
	for i, r := range rows {
		std, err := s.Standard(ctx, r.Standard)
		if err != nil {
			return nil, err
		}
		out[i] = dispatch.Parcel{
			ID: r.ID, Job: r.Job, Message: r.Intent, Attempt: int(r.Attempts), Product: r.Product, Standard: std,
			Customer:  dispatch.Customer{Name: r.Name, Phone: r.Phone, Address: r.Address},
			Installer: r.InstallerName, Hotline: r.Hotline, TimeZone: r.TimeZone,
		}
	}
	return out, nil
}

// MarkSent logs that a message left (AP-8). Of a message that is marked already, nothing changes.
func (s *Store) MarkSent(ctx context.Context, id int64, sent dispatch.Sent) error {
	_, err := s.q.MarkSent(ctx, db.MarkSentParams{
		ID: id, Recipient: sent.Recipient, Body: sent.Body, Provider: sent.Provider, ProviderID: sent.ProviderID,
	})
	return wrap(err, "marking a message as sent")
}

// MarkFailed logs that a message could not be sent; with retryAt it is due again then, with
// nil it has failed for good.
func (s *Store) MarkFailed(ctx context.Context, id int64, reason string, retryAt *time.Time) error {
	_, err := s.q.MarkFailed(ctx, db.MarkFailedParams{ID: id, Error: reason, RetryAt: retryAt})
	return wrap(err, "marking a message as failed")
}

// Messages lists messages, the newest first.
func (s *Store) Messages(ctx context.Context, f MessageFilter, cursor string, limit int) (Page[MessageRecord], error) {
	limit = pageSize(limit)
	before := int64(math.MaxInt64)
	if cursor != "" {
		var err error
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return Page[MessageRecord]{}, badCursor()
		}
	}
	rows, err := s.q.Messages(ctx, db.MessagesParams{
		Job: f.Number, Purpose: string(f.Purpose), State: string(f.State), Before: before, Count: int32(limit + 1),
	})
	if err != nil {
		return Page[MessageRecord]{}, fmt.Errorf("listing messages: %w", err)
	}
	out := make([]MessageRecord, len(rows))
	for i, r := range rows {
		out[i] = MessageRecord{
			ID: r.ID, Number: r.Job, Message: r.Intent, State: MessageState(r.State), Superseded: r.Superseded,
			Attempts: int(r.Attempts), Recipient: r.Recipient, Body: r.Body, Provider: r.Provider, ProviderID: r.ProviderID,
			QueuedAt: r.QueuedAt, SentAt: r.SentAt, Error: r.Error,
		}
	}
	return paged(out, limit, func(m MessageRecord) string { return strconv.FormatInt(m.ID, 10) }), nil
}
