package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"truckroll/activities"
	"truckroll/dispatch"
	"truckroll/workflows"
)

// Who acts in the tests.
var (
	dispatcher = dispatch.Actor{Role: dispatch.RoleDispatcher, ID: "d1"}
	supervisor = dispatch.Actor{Role: dispatch.RoleSupervisor, ID: "s1"}
	installer  = dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i1"}
	customer   = dispatch.Actor{Role: dispatch.RoleCustomer, ID: "TR000000018"}
)

// opened is a Monday morning in New York, where the jobs of the tests are.
var opened = time.Date(2026, 3, 2, 9, 0, 0, 0, newYork)

var newYork = func() *time.Location {
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	return loc
}()

// books is a record store in memory: it keeps what was committed, for the tests to read.
type books struct {
	mu         sync.Mutex
	commits    []dispatch.Commit
	free       func(dispatch.Reservation) (dispatch.Window, error)
	projection time.Time
	failures   int                   // commits to fail before the next succeeds
	onCommit   func(dispatch.Commit) // before it is written
	inspect    func(dispatch.PhotoToInspect) (dispatch.PhotoFacts, error)
	proof      dispatch.Proof
	inspected  []dispatch.PhotoToInspect
	proofs     int
	seal       func(dispatch.DocumentWanted) error
	sealed     []dispatch.DocumentWanted // every attempt
}

// goodPhoto is what is measured on a photo that is in order.
func goodPhoto() dispatch.PhotoFacts {
	return dispatch.PhotoFacts{Width: 4000, Height: 3000, Luma: 0.5, Contrast: 0.2, Blur: 0.3}
}

// inspectPhoto looks at a photo as the test says; without a word of it, all is well.
func (b *books) inspectPhoto(_ context.Context, p dispatch.PhotoToInspect) (dispatch.PhotoFacts, error) {
	b.mu.Lock()
	b.inspected = append(b.inspected, p)
	inspect := b.inspect
	b.mu.Unlock() // looking takes time in which others write
	if inspect == nil {
		return goodPhoto(), nil
	}
	return inspect(p)
}

func (b *books) proofForm(context.Context, dispatch.FormToProof) (dispatch.Proof, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.proofs++
	return b.proof, nil
}

func (b *books) sealDocument(_ context.Context, d dispatch.DocumentWanted) (dispatch.SealedDocument, error) {
	b.mu.Lock()
	b.sealed = append(b.sealed, d)
	seal := b.seal
	b.mu.Unlock()
	if seal != nil {
		if err := seal(d); err != nil {
			return dispatch.SealedDocument{}, err
		}
	}
	return dispatch.SealedDocument{SHA256: strings.Repeat("d", 64), Pages: 2}, nil
}

func (b *books) Commit(_ context.Context, c dispatch.Commit) error {
	if b.onCommit != nil {
		b.onCommit(c)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures > 0 {
		b.failures--
		return errors.New("the database is away")
	}
	b.commits = append(b.commits, c)
	return nil
}

func (b *books) Recall(_ context.Context, _, key string) (dispatch.Receipt, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.commits {
		if c.Key == key {
			return c.Receipt, true, nil
		}
	}
	return dispatch.Receipt{}, false, nil
}

func (b *books) Reserve(_ context.Context, r dispatch.Reservation) (dispatch.Window, error) {
	if b.free != nil {
		return b.free(r)
	}
	w := r.Window
	w.Installer = r.Installers[0]
	return w, nil
}

func (b *books) Project(context.Context, string) (dispatch.Projection, error) {
	return dispatch.Projection{ExpectedAt: b.projection}, nil
}

// activities are a job's activities over these books, by name.
func (b *books) activities() map[string]any {
	records := &activities.Records{Store: b}
	return map[string]any{
		dispatch.ActivityCommit: records.Commit, dispatch.ActivityRecall: records.Recall,
		dispatch.ActivityReserve: records.Reserve, dispatch.ActivityProject: records.Project,
		dispatch.ActivityInspectPhoto: b.inspectPhoto, dispatch.ActivityProofForm: b.proofForm,
		dispatch.ActivitySealDocument: b.sealDocument,
	}
}

// story runs one job in skipped time. Steps are given at offsets from the opening.
type story struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	std   *dispatch.Standard
	job   dispatch.Job
	books *books
	seen  map[string]string
	plan  map[time.Duration][]func()
	last  time.Duration
	keys  int
	queue []func(done func()) // what people do one after the other
	busy  bool
}

// tell prepares a story that opens at a time.
func tell(t *testing.T, kind dispatch.Kind, at time.Time) *story {
	t.Helper()
	t.Parallel()
	std, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &story{t: t, env: suite.NewTestWorkflowEnvironment(), std: std, books: &books{},
		plan: map[time.Duration][]func(){}}
	s.env.SetStartTime(at)
	s.env.SetTestTimeout(20 * time.Second)
	s.env.RegisterWorkflowWithOptions(workflows.Job, workflow.RegisterOptions{Name: dispatch.JobWorkflow})
	for name, fn := range s.books.activities() {
		s.env.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
	s.job = newJob(kind, std, at)
	return s
}

func newJob(kind dispatch.Kind, std *dispatch.Standard, at time.Time) dispatch.Job {
	return dispatch.Job{
		Number: "TR000000018", Kind: kind, Charge: dispatch.ChargeContract, Territory: "nyc", TimeZone: "America/New_York",
		Product: "fttr-300", Skills: []string{"fiber_install"}, ContractMbps: 300, WorkTime: dispatch.Duration(time.Hour),
		Standard: std.Version, OpenedAt: at.UTC(), Status: dispatch.StatusReceived, Seq: 1,
		Site: &dispatch.Place{Latitude: 40.7, Longitude: -74},
	}
}

// at runs something at an offset from the opening; things at the same offset happen in
// the order they were told.
func (s *story) at(d time.Duration, f func()) {
	s.last = max(s.last, d)
	if s.plan[d] == nil {
		s.env.RegisterDelayedCallback(func() {
			for _, f := range s.plan[d] {
				f()
			}
		}, d)
	}
	s.plan[d] = append(s.plan[d], f)
}

// then runs something after all that was queued before has been answered, as people do
// who wait for the answer before they go on.
func (s *story) then(f func(done func())) {
	s.queue = append(s.queue, f)
	if !s.busy {
		s.next()
	}
}

func (s *story) next() {
	s.busy = len(s.queue) > 0
	if s.busy {
		f := s.queue[0]
		s.queue = s.queue[1:]
		f(s.next)
	}
}

// answer is what came back from a command.
type answer struct {
	receipt dispatch.Receipt
	err     error
}

// send gives a command and returns where its answer will be.
func (s *story) send(key string, by dispatch.Actor, commands ...dispatch.Command) *answer {
	return s.sendThen(key, func() {}, by, commands...)
}

func (s *story) sendThen(key string, done func(), by dispatch.Actor, commands ...dispatch.Command) *answer {
	timed := make([]dispatch.Timed, len(commands))
	for i, c := range commands {
		timed[i].Command = c
	}
	req, err := dispatch.NewRequest(by, timed...)
	require.NoError(s.t, err)
	if key == "" {
		s.keys++
		key = fmt.Sprintf("key-%d", s.keys)
	}
	a := &answer{err: errors.New("no answer")}
	s.env.UpdateWorkflow(req.Name(), key, &testsuite.TestUpdateCallback{
		OnAccept: func() {},
		OnReject: func(err error) {
			a.err = err
			done()
		},
		OnComplete: func(v any, err error) {
			a.err = err
			if r, ok := v.(dispatch.Receipt); ok {
				a.receipt = r
			}
			done()
		},
	}, req)
	return a
}

// does gives commands at an offset, one after the other; each must be taken.
func (s *story) does(d time.Duration, by dispatch.Actor, commands ...dispatch.Command) {
	s.t.Helper()
	answers := make([]*answer, len(commands))
	s.at(d, func() {
		for i, c := range commands {
			s.then(func(done func()) { answers[i] = s.sendThen("", done, hand(by, c), c) })
		}
	})
	s.t.Cleanup(func() {
		for i, a := range answers {
			if a == nil || a.err != nil {
				s.t.Errorf("at %s %s was not taken: %v", d, commands[i].Action(), a)
			}
		}
	})
}

// hand hands the phone to the customer, where one signs.
func hand(by dispatch.Actor, c dispatch.Command) dispatch.Actor {
	if _, ok := c.(*dispatch.Sign); ok {
		return customer
	}
	return by
}

// refused gives a command at an offset; it must be refused with this code and rule, and
// the refusal is handed to the checks.
func (s *story) refused(d time.Duration, by dispatch.Actor, code dispatch.Code, rule dispatch.RuleID, c dispatch.Command, checks ...func(dispatch.Refusal)) {
	s.t.Helper()
	var a *answer
	s.at(d, func() { s.then(func(done func()) { a = s.sendThen("", done, by, c) }) })
	s.t.Cleanup(func() {
		if a == nil {
			s.t.Errorf("at %s %s was never sent", d, c.Action())
			return
		}
		refusal, ok := refusalIn(a.err)
		if !ok || refusal.Code != code || refusal.Rule != rule {
			s.t.Errorf("at %s %s: got %v, want a refusal %s by %s", d, c.Action(), a.err, code, rule)
			return
		}
		for _, check := range checks {
			check(refusal)
		}
	})
}

// String says how a command was answered.
func (a *answer) String() string {
	if a == nil {
		return "never sent"
	}
	return fmt.Sprintf("%v (receipt #%d)", a.err, a.receipt.Seq)
}

// refusalIn unpacks a refusal from what an Update returned.
func refusalIn(err error) (dispatch.Refusal, bool) {
	var refusal dispatch.Refusal
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || !app.HasDetails() || app.Details(&refusal) != nil {
		return refusal, false
	}
	return refusal, app.Type() == string(refusal.Code) && app.NonRetryable()
}

// run plays the story to its end. A job that would go on is ended after a month, so that
// every clock has had its chance.
func (s *story) run() {
	s.t.Helper()
	s.env.RegisterDelayedCallback(func() {
		s.send("the-end", supervisor, &dispatch.Fail{Reason: "customer_refused", NextStep: "none"})
	}, s.last+30*24*time.Hour)
	s.env.ExecuteWorkflow(dispatch.JobWorkflow, dispatch.JobInput{Job: s.job, Standard: *s.std, Seen: s.seen})
	require.True(s.t, s.env.IsWorkflowCompleted())
	require.NoError(s.t, s.env.GetWorkflowError())
	s.checkBooks()
}

// checkBooks is true of every story: entries are numbered without gaps and every status
// change stands in the transition table.
func (s *story) checkBooks() {
	seq, status := int64(1), dispatch.StatusReceived
	for _, e := range s.entries() {
		seq++
		require.Equal(s.t, seq, e.Seq)
		if e.Status != status {
			require.True(s.t, dispatch.CanBecome(status, e.Status), "%s to %s", status, e.Status)
			status = e.Status
		}
	}
}

func (s *story) entries() []dispatch.Entry {
	var out []dispatch.Entry
	for _, c := range s.books.commits {
		out = append(out, c.Outcome.Entries...)
	}
	return out
}

// facts returns the entries that record a fact, and its rule if one is given.
func (s *story) facts(fact string, rule ...dispatch.RuleID) []dispatch.Entry {
	return slices.DeleteFunc(s.entries(), func(e dispatch.Entry) bool {
		return e.Fact != fact || len(rule) > 0 && e.Rule != rule[0]
	})
}

// once returns the one entry that records a fact.
func (s *story) once(fact string, rule ...dispatch.RuleID) dispatch.Entry {
	s.t.Helper()
	found := s.facts(fact, rule...)
	require.Len(s.t, found, 1, "%s %v in %v", fact, rule, s.entries())
	return found[0]
}

// texts returns the messages of a purpose.
func (s *story) texts(p dispatch.Purpose) []dispatch.Message {
	var out []dispatch.Message
	for _, c := range s.books.commits {
		for _, m := range c.Outcome.Messages {
			if m.Purpose == p {
				out = append(out, m)
			}
		}
	}
	return out
}

// final returns the job after the last commit before the story was ended from outside.
func (s *story) final() *dispatch.Job {
	for _, c := range slices.Backward(s.books.commits) {
		if c.Key != "the-end" {
			return &c.Outcome.Job
		}
	}
	return &s.job
}

// same asserts that two moments are the same.
func same(t *testing.T, want, got time.Time) {
	t.Helper()
	require.True(t, want.Equal(got), "want %s, got %s", want, got.In(want.Location()))
}
