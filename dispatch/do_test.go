package dispatch_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"truckroll/dispatch"
)

func newJob() dispatch.Job {
	return dispatch.Job{
		Number: "TR000000018", Kind: dispatch.KindInstall, Territory: "t", TimeZone: "Asia/Shanghai", Product: "fttr-300",
		ContractMbps: 100, WorkTime: dispatch.Duration(time.Hour), OpenedAt: day, Status: dispatch.StatusReceived, Seq: 1,
	}
}

// anyCommand draws a command that may or may not make sense.
func anyCommand(t *rapid.T, now time.Time) dispatch.Command {
	start := now.Add(time.Duration(rapid.IntRange(-60, 600).Draw(t, "start")) * time.Minute)
	who := []string{rapid.SampledFrom([]string{"i1", "i2"}).Draw(t, "installer")}
	reason := rapid.SampledFrom([]string{"", "no_free_port", "customer_not_ready", "unsafe"}).Draw(t, "reason")
	party := rapid.SampledFrom([]dispatch.Party{"", dispatch.PartyCustomer, dispatch.PartyCompany}).Draw(t, "party")
	std := []string{"shoe_covers", "floor_cloth", "cleaning_cloth", "rubbish_bag", "service_record"}
	score := rapid.IntRange(-1, 11).Draw(t, "score")
	hash := "00000000000000000000000000000000000000000000000000000000000000" + rapid.SampledFrom([]string{"aa", "bb", "cc", "dd", "ee"}).Draw(t, "hash")
	return rapid.SampledFrom([]dispatch.Command{
		&dispatch.ContactAttempt{Channel: "call", Outcome: rapid.SampledFrom([]string{"reached", "no_answer"}).Draw(t, "outcome")},
		&dispatch.Book{Start: start, Installers: who, Wish: rapid.Bool().Draw(t, "wish")},
		&dispatch.Move{Start: start, Installers: who, By: party, Reason: reason, Override: reason, ByPhone: rapid.Bool().Draw(t, "phone")},
		&dispatch.Assign{Installer: who[0]},
		&dispatch.ReportDelay{ExpectedAt: start},
		&dispatch.CustomerAnswer{Answer: "accepts"},
		&dispatch.Depart{ToolsChecked: true, PartsChecked: true, Packed: std},
		&dispatch.Arrive{}, &dispatch.Enter{}, &dispatch.NoAccess{},
		&dispatch.ConfirmStep{
			Step:   rapid.SampledFrom([]string{"introduce", "explain", "safety", "cabling", "activate", "show", "clean_up", "satisfied", "service_card"}).Draw(t, "step"),
			Values: map[string]string{"customer_label": "a", "splitter_label": "b", "authentication_code": "c", "answer": "yes"},
		},
		&dispatch.RecordTest{
			Resources: &dispatch.ResourceCheck{PortMatches: true, LineMatches: true}, Authentication: &dispatch.AuthCheck{InSync: true},
			OpticalPower: &dispatch.PowerReading{DBm: -20}, Speed: &dispatch.SpeedReading{Mbps: 200},
		},
		&dispatch.AddPhoto{
			Kind:   rapid.SampledFrom([]string{"drop_cable_route", "splitter_label", "terminal_installed", "acceptance_form", "visit_note"}).Draw(t, "photo"),
			SHA256: hash, Reason: reason, Facts: anyFacts(t, now),
		},
		&dispatch.Sign{SHA256: hash, Signer: "customer", Consent: "consent-1"}, &dispatch.Complete{Override: reason},
		&dispatch.PutOnHold{Reason: reason, NextStep: "x"}, &dispatch.Resume{},
		&dispatch.Cancel{By: party, Reason: reason, Override: reason}, &dispatch.Fail{Reason: reason, NextStep: "x"},
		&dispatch.RecordFollowUp{Score: &score},
	}).Draw(t, "command")
}

// anyFacts draws what may have been measured on a photo.
func anyFacts(t *rapid.T, now time.Time) *dispatch.PhotoFacts {
	f := &dispatch.PhotoFacts{Width: 4000, Height: 3000, Luma: 0.5, Contrast: 0.2, Blur: rapid.SampledFrom([]float64{0.1, 0.9}).Draw(t, "blur")}
	if rapid.Bool().Draw(t, "exif") {
		taken := now.Add(-time.Duration(rapid.IntRange(-30, 30).Draw(t, "taken")) * time.Minute)
		f.TakenAt = &taken
	}
	if rapid.Bool().Draw(t, "like another") {
		f.Alike = []dispatch.Likeness{{Number: rapid.SampledFrom([]string{newJob().Number, "TR000000026"}).Draw(t, "whose"), Score: 1}}
	}
	return f
}

// Whatever people and clocks do, and in whatever order: what must be true stays true.
func Test_any_life_of_a_job_keeps_the_invariants(t *testing.T) {
	std := standard(t)
	rapid.Check(t, func(t *rapid.T) {
		job, now := newJob(), day
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes")) * time.Minute)
			for _, c := range dispatch.Clocks(std, &job) { // clocks that came meanwhile fire first
				if !c.At.After(now) {
					job = must(t, std, job, dispatch.Actor{Role: dispatch.RoleSystem, ID: "x"}, &dispatch.ClockFired{Key: c.Key}, now)
					break
				}
			}
			job = sealSome(t, std, job, now)
			before, err := json.Marshal(job)
			if err != nil {
				t.Fatal(err)
			}
			actor := dispatch.Actor{Role: rapid.SampledFrom([]dispatch.Role{dispatch.RoleDispatcher, dispatch.RoleSupervisor}).Draw(t, "role"), ID: "d"}
			req, err := dispatch.NewRequest(actor, dispatch.Timed{Command: anyCommand(t, now)})
			if err != nil {
				t.Fatal(err)
			}
			out, err := dispatch.Do(std, job, req, now)
			after, _ := json.Marshal(job)
			if string(before) != string(after) {
				t.Fatalf("%s changed the job it was given", req.Name())
			}
			if err != nil {
				var refusal *dispatch.Refusal
				if !errors.As(err, &refusal) || refusal.Message == "" || dispatch.Codes[refusal.Code].HTTP == 0 {
					t.Fatalf("%s: %v is no refusal people can read", req.Name(), err)
				}
				continue
			}
			check(t, std, &job, out, now)
			job = out.Job
		}
	})
}

// sealSome makes the documents that are owed, at some time or other.
func sealSome(t *rapid.T, std *dispatch.Standard, job dispatch.Job, now time.Time) dispatch.Job {
	for _, d := range dispatch.DocumentsOwed(std, &job) {
		if !rapid.Bool().Draw(t, "sealed now") {
			continue
		}
		seal := &dispatch.SealDocument{DocumentWanted: d, SealedDocument: dispatch.SealedDocument{SHA256: "d", Pages: 1}}
		by := dispatch.Actor{Role: dispatch.RoleSystem, ID: "x"}
		job = must(t, std, job, by, seal, now)
		req, err := dispatch.NewRequest(by, dispatch.Timed{Command: seal})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dispatch.Do(std, job, req, now); err == nil {
			t.Fatalf("%s was sealed twice", d.No)
		}
	}
	return job
}

func must(t *rapid.T, std *dispatch.Standard, job dispatch.Job, by dispatch.Actor, c dispatch.Command, now time.Time) dispatch.Job {
	req, err := dispatch.NewRequest(by, dispatch.Timed{Command: c})
	if err != nil {
		t.Fatal(err)
	}
	out, err := dispatch.Do(std, job, req, now)
	if err != nil {
		t.Fatalf("%s: %v", req.Name(), err)
	}
	check(t, std, &job, out, now)
	return out.Job
}

// check is what is true of every outcome.
func check(t *rapid.T, std *dispatch.Standard, was *dispatch.Job, out dispatch.Outcome, now time.Time) {
	j := out.Job
	if len(out.Entries) == 0 || j.Seq != was.Seq+int64(len(out.Entries)) {
		t.Fatalf("an outcome without its audit entries: %v", out)
	}
	sequences := map[int64]bool{}
	for _, m := range out.Messages {
		if sequences[m.Sequence] || m.Sequence <= was.Seq || m.Sequence > j.Seq {
			t.Fatalf("message %s has the sequence %d", m.Purpose, m.Sequence)
		}
		sequences[m.Sequence] = true
	}
	if !dispatch.CanBecome(was.Status, j.Status) {
		t.Fatalf("%s became %s", was.Status, j.Status)
	}
	live := j.Visit() != nil
	switch j.Status {
	case dispatch.StatusScheduled, dispatch.StatusDispatched, dispatch.StatusEnRoute, dispatch.StatusWaiting, dispatch.StatusOnSite:
		if !live {
			t.Fatalf("%s without a visit", j.Status)
		}
	default:
		if live {
			t.Fatalf("%s with a live visit", j.Status)
		}
	}
	if (j.Status == dispatch.StatusHeld) != (j.Hold != nil) {
		t.Fatalf("%s, hold %v", j.Status, j.Hold)
	}
	if j.Status == dispatch.StatusCompleted && was.Status == dispatch.StatusOnSite && len(dispatch.MissingFor(std, was)) > 0 {
		e, v := out.Entries[0], j.LastVisit()
		if e.Actor.Role != dispatch.RoleSupervisor || v.Override == nil || v.Override.Reason == "" || len(v.Override.Missing) == 0 || len(j.Breaches) == len(was.Breaches) {
			t.Fatal("completed with something missing")
		}
	}
	checkDocuments(t, std, was, &j)
	keys := map[string]bool{}
	for _, c := range dispatch.Clocks(std, &j) {
		if keys[c.Key] || c.Rule == "" || c.Says == "" || c.At.IsZero() {
			t.Fatalf("clock %v", c)
		}
		keys[c.Key] = true
	}
	if j.Status.Ended() && len(keys) > 0 {
		t.Fatalf("%s with clocks %v", j.Status, keys)
	}
	for i, p := range j.Pauses {
		if p.Until == nil && i < len(j.Pauses)-1 {
			t.Fatalf("pause %d of %v never ended", i, j.Pauses)
		}
	}
	_ = now
}

// checkDocuments is true of the documents of any job: one a visit, its number its own, and none
// but for visits that ended so that they leave one.
func checkDocuments(t *rapid.T, std *dispatch.Standard, was, j *dispatch.Job) {
	numbers := map[string]bool{}
	for _, d := range j.Documents {
		want := map[dispatch.DocumentKind]dispatch.VisitOutcome{
			dispatch.DocumentForm: dispatch.VisitCompleted, dispatch.DocumentNote: dispatch.VisitNoAccess,
		}[d.Kind]
		if numbers[d.No] || len(d.Copies) != 3 || j.Visits[d.Visit-1].Outcome != want {
			t.Fatalf("document %v", d)
		}
		numbers[d.No] = true
	}
	for _, d := range dispatch.DocumentsOwed(std, j) {
		if numbers[d.No] {
			t.Fatalf("%s is owed and there", d.No)
		}
		numbers[d.No] = true
	}
	if len(j.Documents) < len(was.Documents) {
		t.Fatal("a document is gone")
	}
}

func Test_what_the_workflow_does_by_itself_nobody_can_ask_for(t *testing.T) {
	for _, c := range []dispatch.Command{&dispatch.ClockFired{}, &dispatch.RefusePhoto{}, &dispatch.SealDocument{}} {
		require.True(t, c.Action().Internal(), c.Action())
		for _, s := range dispatch.Statuses {
			require.NotContains(t, dispatch.Allowed(s), c.Action())
		}
	}
}

func Test_a_clone_shares_nothing_a_command_changes(t *testing.T) {
	job := newJob()
	job.Visits = []dispatch.Visit{{Steps: []dispatch.StepDone{{Step: "a"}}, Photos: []dispatch.Photo{{}}, Tests: []dispatch.TestAttempt{{}}}}
	job.Pauses, job.Breaches, job.Fired, job.Skills = []dispatch.Pause{{}}, []dispatch.Breach{{}}, []string{"x"}, []string{"s"}
	clone := job.Clone()
	var walk func(path string, a, b reflect.Value)
	walk = func(path string, a, b reflect.Value) {
		switch a.Kind() {
		case reflect.Struct:
			for i := range a.NumField() {
				if a.Type().Field(i).IsExported() {
					walk(path+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
				}
			}
		case reflect.Slice:
			if a.Len() > 0 {
				require.NotEqual(t, a.Pointer(), b.Pointer(), path)
				walk(path+"[0]", a.Index(0), b.Index(0))
			}
		}
	}
	walk("job", reflect.ValueOf(job), reflect.ValueOf(clone))
	require.Equal(t, job, clone)
}

func Test_every_code_is_explained(t *testing.T) {
	for code, info := range dispatch.Codes {
		require.NotEmpty(t, info.Title, code)
		require.True(t, info.HTTP >= 400 && info.HTTP < 600, code)
	}
}

func Test_NA5_IN5_CU3_the_order_of_work(t *testing.T) {
	due := day.Add(time.Hour)
	order := []dispatch.Rank{
		{Second: true, Grade: dispatch.GradeD, DueAt: due.Add(time.Hour)},
		{Carried: true, Grade: dispatch.GradeD, DueAt: due},
		{Grade: dispatch.GradeA, DueAt: due.Add(time.Hour)},
		{Grade: dispatch.GradeB, DueAt: due},
		{Grade: dispatch.GradeC, DueAt: due},
		{DueAt: due.Add(time.Minute)}, // without a grade like C, by the time it is due
		{Grade: dispatch.GradeD, DueAt: due.Add(-time.Hour)},
	}
	for i := 1; i < len(order); i++ {
		require.Negative(t, order[i-1].Compare(order[i]), "%d before %d", i-1, i)
		require.Positive(t, order[i].Compare(order[i-1]))
	}
}
