package activities

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"

	"truckroll/dispatch"
)

// Sender hands a text to somebody who delivers it.
type Sender interface {
	// Name says which provider this is, e.g. "outbox" or "twilio".
	Name() string
	// Send returns the provider's id of the message. An error means that it was not
	// accepted, or that nobody knows.
	Send(ctx context.Context, to, text string) (id string, err error)
}

// Outbox is what [Courier] needs of Postgres.
type Outbox interface {
	// ClaimMessages leases messages that are due; those of a courier who died come back
	// when the lease ends.
	ClaimMessages(ctx context.Context, limit int, lease time.Duration) ([]dispatch.Parcel, error)
	MarkSent(ctx context.Context, id int64, sent dispatch.Sent) error
	// MarkFailed makes the message due again at retryAt, or gives it up when that is nil.
	MarkFailed(ctx context.Context, id int64, reason string, retryAt *time.Time) error
}

// Courier sends what is in the outbox.
type Courier struct {
	Outbox Outbox
	Sender Sender
	Log    *slog.Logger
	// PublicURL is where customers reach the API, without a slash at the end.
	PublicURL string
	// Wake is signalled when a message was committed in this process; may be nil.
	Wake <-chan struct{}
}

// How the courier works: it looks every pollEvery, or at once when woken, for a round of
// ten minutes; a failed message is tried five times within about half an hour.
const (
	round       = 10 * time.Minute
	pollEvery   = time.Second
	batch       = 50
	lease       = 2 * time.Minute
	maxAttempts = 5
)

// Deliver sends due messages until its round is over. It returns how many it sent.
func (c *Courier) Deliver(ctx context.Context) (int, error) {
	end := time.NewTimer(round)
	defer end.Stop()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	sent := 0
	for {
		n, err := c.deliverDue(ctx)
		sent += n
		if err != nil {
			return sent, err
		}
		activity.RecordHeartbeat(ctx, sent)
		select {
		case <-ctx.Done():
			return sent, ctx.Err()
		case <-end.C:
			return sent, nil
		case <-activity.GetWorkerStopChannel(ctx):
			return sent, nil
		case <-c.Wake:
		case <-tick.C:
		}
	}
}

func (c *Courier) deliverDue(ctx context.Context) (int, error) {
	sent := 0
	for {
		parcels, err := c.Outbox.ClaimMessages(ctx, batch, lease)
		if err != nil {
			return sent, fmt.Errorf("claiming messages: %w", err)
		}
		for _, p := range parcels {
			if err := c.deliver(ctx, p); err != nil {
				return sent, err
			}
			sent++
		}
		if len(parcels) < batch {
			return sent, nil
		}
		activity.RecordHeartbeat(ctx, sent)
	}
}

func (c *Courier) deliver(ctx context.Context, p dispatch.Parcel) error {
	text := render(p, c.PublicURL)
	id, err := c.Sender.Send(ctx, p.Customer.Phone, text)
	if err == nil {
		return c.Outbox.MarkSent(ctx, p.ID, dispatch.Sent{
			Recipient: p.Customer.Phone, Body: text, Provider: c.Sender.Name(), ProviderID: id,
		})
	}
	c.Log.WarnContext(ctx, "message not sent", "job", p.Job, "purpose", p.Message.Purpose, "attempt", p.Attempt, "error", err)
	var retryAt *time.Time
	if p.Attempt < maxAttempts {
		at := time.Now().Add(time.Minute << p.Attempt)
		retryAt = &at
	}
	return c.Outbox.MarkFailed(ctx, p.ID, err.Error(), retryAt)
}
