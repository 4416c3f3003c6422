package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// reject keeps the error of an Update.
func reject(into *error) *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept:   func() {},
		OnReject:   func(err error) { *into = err },
		OnComplete: func(_ any, err error) { *into = err },
	}
}

func Test_a_batch_happens_whole_or_not_at_all(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	var good, bad *answer
	s.at(noon+time.Minute, func() {
		bad = s.send("", installer, step("introduce"), step("explain"), step("activate", "authentication_code", "1"))
		good = s.send("", installer, step("introduce"), step("explain"), step("safety"))
	})
	s.run()
	refusal, ok := refusalIn(bad.err)
	require.True(t, ok)
	require.Equal(t, dispatch.RuleID("VI-5"), refusal.Rule, "the first refusal is named")
	require.NoError(t, good.err)
	require.Len(t, s.facts("step.confirmed"), 3)
}

func Test_a_key_from_an_earlier_run_is_not_taken_twice(t *testing.T) {
	t.Run("same body: the first answer", func(t *testing.T) {
		s := carriedOver(t)
		var a *answer
		s.at(time.Minute, func() { a = s.send("k1", dispatcher, call()) })
		s.run()
		require.NoError(t, a.err)
		require.Equal(t, int64(1), a.receipt.Seq)
		require.Empty(t, s.facts("contact.attempted"), "it happened in the earlier run")
	})
	t.Run("another body: refused", func(t *testing.T) {
		s := carriedOver(t)
		var a *answer
		s.at(time.Minute, func() { a = s.send("k1", dispatcher, book(opened.Add(5*time.Hour))) })
		s.run()
		refusal, _ := refusalIn(a.err)
		require.Equal(t, dispatch.CodeKeyReused, refusal.Code)
	})
}

// carriedOver is a story that continues a run which took a command under the key k1.
func carriedOver(t *testing.T) *story {
	t.Helper()
	s := tell(t, dispatch.KindInstall, opened)
	req, err := dispatch.NewRequest(dispatcher, dispatch.Timed{Command: call()})
	require.NoError(t, err)
	s.seen = map[string]string{"k1": req.Hash}
	s.books.commits = []dispatch.Commit{{Key: "k1", Receipt: dispatch.Receipt{Number: s.job.Number, Seq: 1}}}
	return s
}

func Test_a_database_outage_loses_nothing(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.at(time.Minute, func() { s.books.failures = 12 })
	s.does(time.Minute, dispatcher, book(opened.Add(5*time.Hour)))
	s.run()
	s.once("appointment.booked")
}

func Test_ops_cancel_the_workflow_under_the_jobs_rules(t *testing.T) {
	t.Parallel()
	t.Run("before the visit", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.at(time.Hour, func() { s.env.CancelWorkflow() })
		s.run()
		require.Equal(t, dispatch.StatusCancelled, s.final().Status)
		require.Equal(t, dispatch.RoleOps, s.once("job.cancelled").Actor.Role)
	})
	t.Run("not while somebody is at work", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.onSite(noon)
		s.at(noon+time.Minute, func() { s.env.CancelWorkflow() })
		s.does(noon+2*time.Minute, installer, evidence()...)
		s.does(noon+3*time.Minute, installer, &dispatch.Complete{})
		s.run()
		s.once("job.completed")
	})
}

func Test_continues_as_new_with_all_it_knows(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.env.SetCurrentHistoryLength(1000)
	s.env.ExecuteWorkflow(dispatch.JobWorkflow, dispatch.JobInput{Job: s.job, Standard: *s.std, MaxEvents: 500})
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, s.env.GetWorkflowError(), &again)
	require.Equal(t, dispatch.JobWorkflow, again.WorkflowType.Name)
}

func Test_nobody_fires_a_clock_by_hand(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	var a *answer
	s.at(time.Minute, func() { a = s.send("", dispatcher, call(), &dispatch.ClockFired{Key: "AP-1"}) })
	s.run()
	refusal, _ := refusalIn(a.err)
	require.Equal(t, dispatch.CodeForbidden, refusal.Code)
}
