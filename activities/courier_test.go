package activities_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"

	"truckroll/activities"
	"truckroll/dispatch"
)

// outbox hands out its parcels once and keeps what became of them.
type outbox struct {
	mu      sync.Mutex
	parcels []dispatch.Parcel
	sent    map[int64]dispatch.Sent
	failed  map[int64]*time.Time
	done    func()
}

func (o *outbox) ClaimMessages(context.Context, int, time.Duration) ([]dispatch.Parcel, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := o.parcels
	o.parcels = nil
	if out == nil {
		o.done()
	}
	return out, nil
}

func (o *outbox) MarkSent(_ context.Context, id int64, s dispatch.Sent) error {
	o.sent[id] = s
	return nil
}

func (o *outbox) MarkFailed(_ context.Context, id int64, _ string, retryAt *time.Time) error {
	o.failed[id] = retryAt
	return nil
}

// sender refuses one number.
type sender struct{}

func (sender) Name() string { return "test" }

func (sender) Send(_ context.Context, to, text string) (string, error) {
	if to == "+4900000000" {
		return "", errors.New("no such number")
	}
	return "id-" + text[:3], nil
}

func parcel(t *testing.T, id int64, p dispatch.Purpose) dispatch.Parcel {
	t.Helper()
	std, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	at := time.Date(2026, 3, 2, 14, 30, 0, 0, time.UTC)
	return dispatch.Parcel{
		ID: id, Job: "TR000000018", Attempt: 1, Standard: std, Product: "fttr-300", Installer: "Lin Wei", Hotline: "+49301", TimeZone: "Europe/Berlin",
		Customer: dispatch.Customer{Name: "Ada Li", Phone: "+4930123456", Address: "Torstr. 1"},
		Message:  dispatch.Message{Purpose: p, Start: &at, Expected: &at, Arrived: &at, Left: &at, Reason: "a van broke down", Installer: "i1"},
	}
}

func deliver(t *testing.T, parcels ...dispatch.Parcel) *outbox {
	t.Helper()
	o := &outbox{parcels: parcels, sent: map[int64]dispatch.Sent{}, failed: map[int64]*time.Time{}}
	stop := make(chan struct{})
	o.done = sync.OnceFunc(func() { close(stop) })
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestActivityEnvironment()
	env.SetWorkerStopChannel(stop)
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	c := &activities.Courier{Outbox: o, Sender: sender{}, Log: slog.New(slog.DiscardHandler), Wake: wake}
	env.RegisterActivity(c.Deliver)
	v, err := env.ExecuteActivity(c.Deliver)
	require.NoError(t, err)
	var n int
	require.NoError(t, v.Get(&n))
	require.Equal(t, len(parcels), n)
	return o
}

// Every purpose has a text that is whole: no placeholder is left, times are the customer's.
func Test_AP8_every_text_is_whole(t *testing.T) {
	t.Parallel()
	for i, p := range dispatch.Purposes {
		o := deliver(t, parcel(t, int64(i), p))
		text := o.sent[int64(i)].Body
		require.NotEmpty(t, text, p)
		require.False(t, strings.ContainsAny(text, "{}"), "%s: %s", p, text)
		require.Equal(t, "+4930123456", o.sent[int64(i)].Recipient)
		if p == dispatch.PurposeAgreed {
			require.Contains(t, text, "Mon 2 Mar at 15:30", "on the customer's wall clock")
			require.Contains(t, text, "Fibre 300")
		}
		if p == dispatch.PurposeVisitNote {
			for _, want := range []string{"Ada Li", "Torstr. 1", "Lin Wei", "15:30", "+49301"} {
				require.Contains(t, text, want, "NA-4")
			}
		}
	}
}

func Test_a_message_that_fails_is_tried_again_and_at_last_given_up(t *testing.T) {
	t.Parallel()
	bad, last := parcel(t, 1, dispatch.PurposeReminder), parcel(t, 2, dispatch.PurposeReminder)
	bad.Customer.Phone, last.Customer.Phone = "+4900000000", "+4900000000"
	last.Attempt = 5
	o := deliver(t, bad, last, parcel(t, 3, dispatch.PurposeReminder))
	require.NotNil(t, o.failed[1], "again later")
	require.Contains(t, o.failed, int64(2))
	require.Nil(t, o.failed[2], "given up")
	require.Equal(t, "test", o.sent[3].Provider, "one bad number holds up nobody")
}
