package acceptance_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// AP-2: a hundred customers want the one window of the one installer in the same moment.
// One gets it; the others get windows that are really free.
func Test_AP2_a_hundred_bookings_of_one_window(t *testing.T) {
	s := start(t)
	s.installers("i1")
	const n = 100
	numbers := make([]string, n)
	for i := range numbers {
		numbers[i] = s.register(fmt.Sprintf("order-%d", i))
	}
	window := time.Now().Add(2 * hour).Truncate(time.Minute).UTC()
	type answer struct {
		code int
		err  error
	}
	answers := make([]answer, n)
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i, number := range numbers {
		wg.Go(func() {
			<-begin
			code, err := s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/appointment", apiclient.NewKey(), map[string]any{"start": window}, nil)
			answers[i] = answer{code, err}
		})
	}
	close(begin)
	wg.Wait()
	booked, offers := 0, map[string]dispatch.Window{}
	for i, a := range answers {
		if a.code == http.StatusCreated {
			booked++
			continue
		}
		f := refused(t, a.err)
		require.Equal(t, http.StatusConflict, f.Status, "%v", f)
		require.Equal(t, dispatch.CodeSlotTaken, f.Code)
		require.Equal(t, dispatch.RuleCustomersTime, f.Rule)
		require.NotEmpty(t, f.Alternatives)
		for _, w := range f.Alternatives {
			require.False(t, w.Start.Before(window.Add(hour)) && window.Before(w.End), "%v overlaps what was taken", w)
		}
		offers[numbers[i]] = f.Alternatives[0]
	}
	require.Equal(t, 1, booked)
	require.Len(t, offers, n-1)

	// Really free: whoever takes one that nobody took yet gets it.
	taken := map[int64]bool{}
	for number, w := range offers {
		if taken[w.Start.Unix()] {
			continue
		}
		taken[w.Start.Unix()] = true
		code, err := s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/appointment", apiclient.NewKey(), map[string]any{"start": w.Start}, nil)
		if len(taken) == 1 {
			require.NoError(t, err)
			require.Equal(t, http.StatusCreated, code)
		}
	}
}

// The same request twice is one booking with one answer; another under the same key is refused.
func Test_the_same_key(t *testing.T) {
	s := start(t)
	s.installers("i1")
	number := s.register("order")
	book := map[string]any{"start": time.Now().Add(2 * hour).UTC()}
	var first, second dispatch.Receipt
	key := apiclient.NewKey()
	code, err := s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/appointment", key, book, &first)
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, code)
	code, err = s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/appointment", key, book, &second)
	require.NoError(t, err, "the window is no longer free, and yet the answer is the first one")
	require.Equal(t, http.StatusCreated, code)
	require.Equal(t, first, second)
	_, err = s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/appointment", key, map[string]any{"start": time.Now().Add(5 * hour).UTC()}, nil)
	require.Equal(t, dispatch.CodeKeyReused, refused(t, err).Code)

	var again struct {
		Number  string `json:"number"`
		Created bool   `json:"created"`
	}
	code, err = s.desk.Do(s.ctx, http.MethodPost, "jobs", apiclient.NewKey(), intake("order"), &again)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, code, "IN-1: one job for an external order")
	require.Equal(t, number, again.Number)
}
