package apiclient_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/internal/apiclient"
)

func TestWhatIsNotSetIsNotSent(t *testing.T) {
	t.Parallel()
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r }))
	defer server.Close()
	client, err := apiclient.NewClient(server.URL, apiclient.WithRequestEditorFn(apiclient.LeaveOutAbsent))
	require.NoError(t, err)

	send := func(resp *http.Response, err error) {
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	send(client.FindSlots(t.Context(), "TR000000018", &apiclient.FindSlotsParams{}))
	require.Empty(t, got.URL.RawQuery)

	near := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	send(client.FindSlots(t.Context(), "TR000000018", &apiclient.FindSlotsParams{Near: near, Limit: 5}))
	require.Equal(t, "5", got.URL.Query().Get("limit"))
	require.Equal(t, "2026-03-02T09:00:00Z", got.URL.Query().Get("near"))

	send(client.Enter(t.Context(), "TR000000018", &apiclient.EnterParams{IdempotencyKey: "k"}, apiclient.Enter{}))
	require.Empty(t, got.Header.Values("Device-At"))
	require.Equal(t, "k", got.Header.Get("Idempotency-Key"))

	send(client.SearchJobs(t.Context(), &apiclient.SearchJobsParams{Status: apiclient.StatusFilter{"received", "held"}, Territory: "sf"}))
	require.Equal(t, []string{"received", "held"}, got.URL.Query()["status"])
	require.Equal(t, "sf", got.URL.Query().Get("territory"))
	require.False(t, got.URL.Query().Has("cursor"))
}
