package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
	"truckroll/internal/testkit"
	"truckroll/workflows"
)

// live runs one job on a real Temporal server, under a Standard in which quarters of an
// hour are seconds.
type live struct {
	t      *testing.T
	ctx    context.Context
	server testkit.TemporalServer
	books  *books
	std    *dispatch.Standard
	run    client.WorkflowRun
	keys   int
}

// quick is the default Standard with the times that people wait for made short.
func quick(t testing.TB) *dispatch.Standard {
	t.Helper()
	std, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	std.NoShowWait = dispatch.Duration(time.Second)
	std.FollowUpAfter, std.FollowUpRepeat = dispatch.Duration(time.Second), dispatch.Duration(time.Second)
	std.CallListWithin = dispatch.Duration(time.Second)
	std.QuietHours, std.ServiceDay = dispatch.Hours{}, dispatch.Hours{To: 1440}
	return std
}

func goLive(t *testing.T, kind dispatch.Kind, maxEvents int) *live {
	t.Helper()
	l := &live{t: t, ctx: testkit.Context(t), server: testkit.Temporal(t), books: &books{}, std: quick(t)}
	l.work()
	job := newJob(kind, l.std, time.Now())
	run, err := l.server.Client.ExecuteWorkflow(l.ctx, client.StartWorkflowOptions{
		ID: dispatch.WorkflowID(job.Number), TaskQueue: dispatch.TaskQueue,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
	}, dispatch.JobWorkflow, dispatch.JobInput{Job: job, Standard: *l.std, MaxEvents: maxEvents})
	require.NoError(t, err)
	l.run = run
	return l
}

// work starts a worker for the rest of the test.
func (l *live) work() {
	w := worker.New(l.server.Client, dispatch.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(workflows.Job, workflow.RegisterOptions{Name: dispatch.JobWorkflow})
	for name, fn := range l.books.activities() {
		w.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	require.NoError(l.t, w.Start())
	l.t.Cleanup(w.Stop)
}

// try gives a command and waits for the answer.
func (l *live) try(key string, by dispatch.Actor, c dispatch.Command) (dispatch.Receipt, error) {
	req, err := dispatch.NewRequest(by, dispatch.Timed{Command: c})
	require.NoError(l.t, err)
	if key == "" {
		l.keys++
		key = fmt.Sprintf("key-%d", l.keys)
	}
	handle, err := l.server.Client.UpdateWorkflow(l.ctx, client.UpdateWorkflowOptions{
		WorkflowID: l.run.GetID(), UpdateName: req.Name(), UpdateID: key, Args: []any{req},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	var receipt dispatch.Receipt
	if err == nil {
		err = handle.Get(l.ctx, &receipt)
	}
	return receipt, err
}

// do gives commands that must be taken.
func (l *live) do(by dispatch.Actor, commands ...dispatch.Command) {
	l.t.Helper()
	for _, c := range commands {
		_, err := l.try("", hand(by, c), c)
		require.NoError(l.t, err, "%s", c.Action())
	}
}

// refused gives a command that must be refused.
func (l *live) refused(code dispatch.Code, by dispatch.Actor, c dispatch.Command) {
	l.t.Helper()
	_, err := l.try("", by, c)
	refusal, ok := refusalIn(err)
	require.True(l.t, ok, "%v", err)
	require.Equal(l.t, code, refusal.Code)
}

// status waits until the job is in a status.
func (l *live) status(want dispatch.Status) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return l.state().Status == want }, time.Minute, 50*time.Millisecond, "%s", want)
}

func (l *live) state() dispatch.Job {
	var job dispatch.Job
	v, err := l.server.Client.QueryWorkflow(l.ctx, l.run.GetID(), "", dispatch.StateQuery)
	require.NoError(l.t, err)
	require.NoError(l.t, v.Get(&job))
	return job
}

// waited waits out the fifteen minutes, which are a second here, by the server's clock.
func (l *live) waited() {
	job := l.state()
	until := job.DoorWaitUntil(l.std)
	require.Eventually(l.t, func() bool {
		job := l.state()
		for _, c := range dispatch.Clocks(l.std, &job) {
			if c.Rule == dispatch.RuleDoorWait {
				return false
			}
		}
		return true
	}, time.Minute, 50*time.Millisecond, "wait until %s", until)
}

// soon is an agreed time a little ahead.
func (l *live) soon() time.Time { return time.Now().Add(1500 * time.Millisecond) }

// door brings the installer to the door of a visit.
func (l *live) door() {
	l.do(dispatcher, book(l.soon()), &dispatch.Assign{})
	l.do(installer, packed(), &dispatch.Arrive{})
}

// scenarios are the lives of jobs whose histories are kept and replayed by every later
// version of the workflow.
var scenarios = map[string]struct {
	kind      dispatch.Kind
	maxEvents int
	play      func(*live)
}{
	"install-clean": {kind: dispatch.KindInstall, play: func(l *live) {
		l.do(dispatcher, &dispatch.ContactAttempt{Channel: "call", Outcome: "reached"})
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence()...)
		l.do(installer, &dispatch.Complete{})
		score := 10
		l.do(dispatcher, &dispatch.RecordFollowUp{Score: &score})
		l.ends(dispatch.StatusClosed)
	}},
	"repair-clean-unanswered": {kind: dispatch.KindRepair, play: func(l *live) {
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence("photo:drop_cable_route", "photo:splitter_label")...)
		l.do(installer, &dispatch.Complete{})
		l.ends(dispatch.StatusClosed) // asked twice, handed over, given up
	}},
	"no-access-twice": {kind: dispatch.KindInstall, play: func(l *live) {
		for range 2 {
			l.door()
			l.do(installer, call())
			l.refused(dispatch.CodeTooEarly, installer, &dispatch.NoAccess{})
			l.waited()
			l.do(installer, &dispatch.NoAccess{})
		}
		l.status(dispatch.StatusHeld)
		l.do(dispatcher, &dispatch.Resume{}, &dispatch.Cancel{By: dispatch.PartyCompany, Reason: "nobody home"})
		l.ends(dispatch.StatusCancelled)
	}},
	"company-move-with-override": {kind: dispatch.KindInstall, play: func(l *live) {
		l.do(dispatcher, book(time.Now().Add(time.Hour)), &dispatch.Assign{})
		move := &dispatch.Move{Start: time.Now().Add(4 * time.Hour), Installers: []string{"i2"}, By: dispatch.PartyCompany, Reason: "illness"}
		l.refused(dispatch.CodeNoticeTooShort, dispatcher, move)
		move.Override = "nobody else can come"
		l.do(dispatcher, move, &dispatch.Cancel{By: dispatch.PartyCustomer})
		l.ends(dispatch.StatusCancelled)
	}},
	"failed-test-and-retest": {kind: dispatch.KindInstall, play: func(l *live) {
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence("tests")...)
		l.do(installer, &dispatch.RecordTest{OpticalPower: &dispatch.PowerReading{DBm: -31}})
		l.refused(dispatch.CodeIncomplete, installer, &dispatch.Complete{})
		l.do(installer, goodTest(), &dispatch.Complete{})
		score := 7
		l.do(dispatcher, &dispatch.RecordFollowUp{Score: &score})
		l.ends(dispatch.StatusClosed)
	}},
	"hold-and-resume": {kind: dispatch.KindInstall, play: func(l *live) {
		l.door()
		l.do(installer, &dispatch.Enter{}, &dispatch.PutOnHold{Reason: "unsafe", NextStep: "electrician first"})
		l.do(dispatcher, &dispatch.Resume{})
		l.door()
		l.do(installer, &dispatch.Enter{}, &dispatch.Fail{Reason: "no_free_port", NextStep: "extend the splitter"})
		l.ends(dispatch.StatusFailed)
	}},
	"continue-as-new": {kind: dispatch.KindInstall, maxEvents: 60, play: func(l *live) {
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence()...)
		first, err := l.try("the-key", installer, &dispatch.Complete{})
		require.NoError(l.t, err)
		require.Eventually(l.t, func() bool { return l.currentRun() != l.run.GetRunID() }, time.Minute, 50*time.Millisecond)
		again, err := l.try("the-key", installer, &dispatch.Complete{})
		require.NoError(l.t, err, "the same key after continuing as new gives the first answer")
		require.Equal(l.t, first.Seq, again.Seq)
		score := 8
		l.do(dispatcher, &dispatch.RecordFollowUp{Score: &score})
		l.ends(dispatch.StatusClosed)
	}},
	"evidence-clean": {kind: dispatch.KindInstall, play: func(l *live) {
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence()...)
		l.do(installer, &dispatch.Complete{})
		l.sealed("F1")
		l.closes()
	}},
	"evidence-photo-refused": {kind: dispatch.KindInstall, play: func(l *live) {
		dark := photo("splitter_label")
		dark.SHA256 = digits("c")
		l.books.inspect = func(p dispatch.PhotoToInspect) (dispatch.PhotoFacts, error) {
			f := goodPhoto()
			if p.SHA256 == dark.SHA256 {
				f.Luma = 0
			}
			return f, nil
		}
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.refused(dispatch.CodePhotoDark, installer, dark)
		l.do(installer, evidence()...)
		l.do(installer, &dispatch.Complete{})
		l.sealed("F1")
		l.closes()
	}},
	"evidence-no-access-note": {kind: dispatch.KindInstall, play: func(l *live) {
		l.door()
		l.do(installer, call())
		l.waited()
		l.do(installer, &dispatch.NoAccess{}, photo(dispatch.PhotoVisitNote))
		l.sealed("N1")
		l.do(dispatcher, &dispatch.Cancel{By: dispatch.PartyCustomer})
		l.ends(dispatch.StatusCancelled)
	}},
	"evidence-override": {kind: dispatch.KindInstall, play: func(l *live) {
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence("signature")...)
		l.refused(dispatch.CodeIncomplete, dispatcher, &dispatch.Complete{Override: "the customer left"})
		l.do(supervisor, &dispatch.Complete{Override: "the customer left"})
		l.sealed("F1")
		l.closes()
	}},
	"evidence-continue-as-new": {kind: dispatch.KindInstall, maxEvents: 60, play: func(l *live) {
		failing := 2
		l.books.seal = func(dispatch.DocumentWanted) error {
			l.books.mu.Lock()
			defer l.books.mu.Unlock()
			if failing--; failing >= 0 {
				return errors.New("no paper")
			}
			return nil
		}
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.do(installer, evidence()...)
		l.do(installer, &dispatch.Complete{})
		require.Eventually(l.t, func() bool { return l.currentRun() != l.run.GetRunID() }, time.Minute, 50*time.Millisecond)
		l.sealed("F1")
		l.closes()
	}},
	"cancel-received":   cancelled(func(*live) {}),
	"cancel-booking":    cancelled(func(l *live) { l.do(dispatcher, call()) }),
	"cancel-scheduled":  cancelled(func(l *live) { l.do(dispatcher, book(time.Now().Add(time.Hour))) }),
	"cancel-dispatched": cancelled(func(l *live) { l.do(dispatcher, book(time.Now().Add(time.Hour)), &dispatch.Assign{}) }),
	"cancel-en-route": cancelled(func(l *live) {
		l.do(dispatcher, book(time.Now().Add(time.Hour)), &dispatch.Assign{})
		l.do(installer, packed())
	}),
	"cancel-waiting": cancelled(func(l *live) { l.door() }),
	"cancel-held":    cancelled(func(l *live) { l.do(dispatcher, &dispatch.PutOnHold{Reason: "parts_missing", NextStep: "order"}) }),
	"cancel-refused-on-site-and-after": {kind: dispatch.KindInstall, play: func(l *live) {
		cancel := &dispatch.Cancel{By: dispatch.PartyCustomer, ByPhone: true}
		l.door()
		l.do(installer, &dispatch.Enter{})
		l.refused(dispatch.CodeWrongStatus, dispatcher, cancel)
		l.do(installer, evidence()...)
		l.do(installer, &dispatch.Complete{})
		l.refused(dispatch.CodeWrongStatus, dispatcher, cancel)
		l.do(dispatcher, &dispatch.RecordFollowUp{Final: true})
		l.ends(dispatch.StatusClosed)
	}},
}

// sealed waits until a document of the job is there.
func (l *live) sealed(no string) {
	l.t.Helper()
	require.Eventually(l.t, func() bool {
		job := l.state()
		return slices.ContainsFunc(job.Documents, func(d dispatch.Document) bool { return d.No == job.Number+"-"+no })
	}, time.Minute, 50*time.Millisecond, "%s", no)
}

// closes hears the customer, with which the job ends.
func (l *live) closes() {
	l.t.Helper()
	score := 9
	l.do(dispatcher, &dispatch.RecordFollowUp{Score: &score})
	l.ends(dispatch.StatusClosed)
}

func cancelled(before func(*live)) struct {
	kind      dispatch.Kind
	maxEvents int
	play      func(*live)
} {
	return struct {
		kind      dispatch.Kind
		maxEvents int
		play      func(*live)
	}{kind: dispatch.KindInstall, play: func(l *live) {
		before(l)
		l.do(dispatcher, &dispatch.Cancel{By: dispatch.PartyCustomer, ByPhone: true})
		l.ends(dispatch.StatusCancelled)
	}}
}

func (l *live) currentRun() string {
	d, err := l.server.Client.DescribeWorkflowExecution(l.ctx, l.run.GetID(), "")
	require.NoError(l.t, err)
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

// ends waits for the workflow to end and checks where the job stood.
func (l *live) ends(want dispatch.Status) {
	l.t.Helper()
	require.NoError(l.t, l.server.Client.GetWorkflow(l.ctx, l.run.GetID(), "").Get(l.ctx, nil))
	l.books.mu.Lock()
	defer l.books.mu.Unlock()
	require.Equal(l.t, want, l.books.commits[len(l.books.commits)-1].Outcome.Job.Status)
}

// history reads the events of a run.
func (l *live) history(runID string) *historypb.History {
	var h historypb.History
	for iter := l.server.Client.GetWorkflowHistory(l.ctx, l.run.GetID(), runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); iter.HasNext(); {
		e, err := iter.Next()
		require.NoError(l.t, err)
		h.Events = append(h.Events, e)
	}
	return &h
}

// Each scenario runs on a real server, and what it left replays. With
// TRUCKROLL_RECORD_HISTORIES=1 a scenario that has no stored history yet gets one; a
// stored one is never written over.
func Test_scenarios_run_and_replay(t *testing.T) {
	t.Parallel()
	for name, sc := range scenarios {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := goLive(t, sc.kind, sc.maxEvents)
			sc.play(l)
			runs := map[string]string{"": l.run.GetRunID()}
			if sc.maxEvents > 0 {
				runs["-last"] = l.currentRun()
			}
			for suffix, run := range runs {
				h := l.history(run)
				r := worker.NewWorkflowReplayer()
				r.RegisterWorkflowWithOptions(workflows.Job, workflow.RegisterOptions{Name: dispatch.JobWorkflow})
				require.NoError(t, r.ReplayWorkflowHistory(nil, h))
				t.Logf("%d events", len(h.GetEvents()))
				record(t, name+suffix, h)
			}
		})
	}
}

const histories = "testdata/histories"

func record(t *testing.T, name string, h *historypb.History) {
	t.Helper()
	path := filepath.Join(histories, name+".json")
	if _, err := os.Stat(path); err == nil || os.Getenv("TRUCKROLL_RECORD_HISTORIES") == "" {
		return
	}
	raw, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(h)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(histories, 0o755))
	require.NoError(t, os.WriteFile(path, append(raw, '\n'), 0o600))
}

// Every stored history replays with the workflow as it is now. When this fails, the change
// is not compatible with jobs that run: version it (workflow.GetVersion), do not touch the
// histories.
func Test_stored_histories_replay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(histories, "*.json"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), len(scenarios), "every scenario has a stored history")
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			r := worker.NewWorkflowReplayer()
			r.RegisterWorkflowWithOptions(workflows.Job, workflow.RegisterOptions{Name: dispatch.JobWorkflow})
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, f))
		})
	}
}
