package workflows_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// measured makes every photo look as this says.
func (s *story) measured(change func(dispatch.PhotoToInspect, *dispatch.PhotoFacts)) {
	s.books.inspect = func(p dispatch.PhotoToInspect) (dispatch.PhotoFacts, error) {
		f := goodPhoto()
		change(p, &f)
		return f, nil
	}
}

// asks gives commands in one request at an offset, when all before has been answered.
func (s *story) asks(d time.Duration, key string, by dispatch.Actor, commands ...dispatch.Command) **answer {
	a := new(*answer)
	s.at(d, func() { s.then(func(done func()) { *a = s.sendThen(key, done, by, commands...) }) })
	return a
}

// refusedWith checks that an answer is a refusal.
func refusedWith(t *testing.T, a *answer, code dispatch.Code, rule dispatch.RuleID) dispatch.Refusal {
	t.Helper()
	refusal, ok := refusalIn(a.err)
	require.True(t, ok, "%v", a)
	require.Equal(t, code, refusal.Code)
	require.Equal(t, rule, refusal.Rule)
	return refusal
}

// firstEdition takes out of the Standard what came with the second.
func (s *story) firstEdition() {
	s.std.Photo, s.std.Form, s.std.Retention = nil, nil, nil
}

func digits(d string) string { return strings.Repeat(d, 64) }

func Test_VI8_without_a_photo_nobody_completes(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"drop_cable_route", "splitter_label", "terminal_installed", "acceptance_form", "service_agreement"} {
		for _, by := range []dispatch.Actor{installer, dispatcher, supervisor} {
			t.Run(kind+" "+string(by.Role), func(t *testing.T) {
				s := tell(t, dispatch.KindInstall, opened)
				s.job.SoldOnline = true
				s.onSite(noon)
				s.does(noon+time.Minute, installer, evidence("photo:"+kind)...)
				if kind != "service_agreement" {
					s.does(noon+time.Minute, installer, photo("service_agreement"))
				}
				named := func(r dispatch.Refusal) {
					require.Equal(t, []string{"photo:" + kind}, whats(r.Missing))
				}
				s.refused(noon+2*time.Minute, by, dispatch.CodeIncomplete, "VI-8", &dispatch.Complete{}, named)
				batch := s.asks(noon+3*time.Minute, "", by, call(), &dispatch.Complete{})
				s.does(noon+4*time.Minute, installer, photo(kind))
				s.does(noon+5*time.Minute, by, &dispatch.Complete{})
				s.run()
				named(refusedWith(t, *batch, dispatch.CodeIncomplete, "VI-8"))
				require.Empty(t, s.facts("contact.attempted"), "of the batch nothing happened")
				s.once("job.completed")
			})
		}
	}
}

func whats(missing []dispatch.Missing) []string {
	var out []string
	for _, m := range missing {
		out = append(out, m.What)
	}
	return out
}

func Test_VI8_a_refused_photo_leaves_one_entry_and_changes_nothing(t *testing.T) {
	t.Parallel()
	far := dispatch.Place{Latitude: 41, Longitude: -74}
	for code, change := range map[dispatch.Code]func(*dispatch.PhotoFacts){
		dispatch.CodePhotoUnreadable: func(f *dispatch.PhotoFacts) { *f = dispatch.PhotoFacts{Unreadable: "This is a film."} },
		dispatch.CodePhotoSmall:      func(f *dispatch.PhotoFacts) { f.Width, f.Height = 320, 200 },
		dispatch.CodePhotoDark:       func(f *dispatch.PhotoFacts) { f.Luma = 0.01 },
		dispatch.CodePhotoBright:     func(f *dispatch.PhotoFacts) { f.Luma = 0.99 },
		dispatch.CodePhotoEmpty:      func(f *dispatch.PhotoFacts) { f.Contrast = 0 },
		dispatch.CodePhotoBlurred:    func(f *dispatch.PhotoFacts) { f.Blur = 1 },
		dispatch.CodePhotoStale:      func(f *dispatch.PhotoFacts) { old := opened; f.TakenAt = &old },
		dispatch.CodePhotoElsewhere:  func(f *dispatch.PhotoFacts) { f.Place = &far },
		dispatch.CodePhotoSeen: func(f *dispatch.PhotoFacts) {
			f.Alike = []dispatch.Likeness{{Number: "TR000000026", SHA256: digits("b"), Score: 1}}
		},
	} {
		t.Run(string(code), func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.onSite(noon)
			s.measured(func(_ dispatch.PhotoToInspect, f *dispatch.PhotoFacts) { change(f) })
			first := s.asks(noon+time.Minute, "the-photo", installer, photo("splitter_label"))
			again := s.asks(noon+2*time.Minute, "the-photo", installer, photo("splitter_label"))
			s.run()
			for _, a := range []*answer{*first, *again} {
				refusedWith(t, a, code, "VI-8")
			}
			e := s.once("photo.refused", "VI-8")
			require.Equal(t, installer, e.Actor)
			require.Equal(t, string(code), e.Data["code"])
			require.Equal(t, "splitter_label", e.Data["kind"])
			require.Equal(t, photo("splitter_label").SHA256, e.Data["sha256"])
			require.Empty(t, s.facts("photo.added"))
			s.unchanged(e)
		})
	}
}

// unchanged asserts that an entry left the job as it was, but for the number of the entry.
func (s *story) unchanged(e dispatch.Entry) {
	i := slices.IndexFunc(s.books.commits, func(c dispatch.Commit) bool {
		return slices.ContainsFunc(c.Outcome.Entries, func(f dispatch.Entry) bool { return f.Seq == e.Seq })
	})
	before, after := s.books.commits[i-1].Outcome.Job, s.books.commits[i].Outcome.Job
	before.Seq = after.Seq
	was, err := json.Marshal(before)
	require.NoError(s.t, err)
	is, err := json.Marshal(after)
	require.NoError(s.t, err)
	require.JSONEq(s.t, string(was), string(is))
	require.Len(s.t, s.books.commits[i].Outcome.Entries, 1)
	require.Empty(s.t, s.books.commits[i].Outcome.Messages)
}

func Test_VI8_a_photo_refused_in_a_batch_is_noted_too(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.atDoor(noon, noon)
	s.measured(func(p dispatch.PhotoToInspect, f *dispatch.PhotoFacts) {
		if p.Kind == "splitter_label" {
			f.Luma = 0
		}
	})
	a := s.asks(noon+time.Minute, "", installer, &dispatch.Enter{}, photo("terminal_installed"), photo("splitter_label"))
	s.run()
	refusedWith(t, *a, dispatch.CodePhotoDark, "VI-8")
	e := s.once("photo.refused", "VI-8")
	require.Equal(t, "splitter_label", e.Data["kind"])
	require.Equal(t, dispatch.StatusWaiting, e.Status, "of the batch nothing happened")
	s.unchanged(e)
}

func Test_VI8_a_refusal_noted_in_an_earlier_run_is_not_noted_again(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.seen = map[string]string{"the-photo/refused": "x"}
	s.onSite(noon)
	s.measured(func(_ dispatch.PhotoToInspect, f *dispatch.PhotoFacts) { f.Luma = 0 })
	a := s.asks(noon+time.Minute, "the-photo", installer, photo("splitter_label"))
	s.run()
	refusedWith(t, *a, dispatch.CodePhotoDark, "VI-8")
	require.Empty(t, s.facts("photo.refused"))
}

func Test_VI8_alike_within_the_job_needs_a_reason_and_is_flagged(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.measured(func(_ dispatch.PhotoToInspect, f *dispatch.PhotoFacts) {
		place, taken := *s.job.Site, opened.Add(noon)
		f.Place, f.TakenAt = &place, &taken
		f.Alike = []dispatch.Likeness{{Number: s.job.Number, SHA256: digits("b"), Score: 0.99}}
	})
	p := photo("terminal_installed")
	s.refused(noon+time.Minute, installer, dispatch.CodePhotoSeen, "VI-8", p, func(r dispatch.Refusal) { require.Equal(t, "reason", r.Field) })
	with := *p
	with.Reason = "two boxes of the same make"
	s.does(noon+2*time.Minute, installer, &with)
	s.run()
	e := s.once("photo.added", "VI-8")
	require.Equal(t, []string{dispatch.FlagAlike}, e.Data["flags"])
	require.Equal(t, with.Reason, e.Data["reason"])
	require.Equal(t, []string{dispatch.FlagAlike}, s.final().Visits[0].Photos[0].Flags)
}

func Test_VI8_what_nothing_is_known_of_is_flagged_and_not_refused(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, photo("splitter_label"))
	s.run()
	require.Equal(t, []string{dispatch.FlagNoTime, dispatch.FlagNoPlace, dispatch.FlagNoLabel}, s.final().Visits[0].Photos[0].Flags)
	require.Equal(t, []dispatch.PhotoToInspect{{
		Number: s.job.Number, Kind: "splitter_label", SHA256: photo("splitter_label").SHA256, TimeZone: s.job.TimeZone,
	}}, s.books.inspected)
}

func Test_VI8_nobody_measures_a_photo_but_the_workflow(t *testing.T) {
	t.Parallel()
	for name, edition := range map[string]func(*story){"second edition": func(*story) {}, "first edition": (*story).firstEdition} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			edition(s)
			s.onSite(noon)
			good := goodPhoto()
			p := photo("splitter_label")
			p.Facts = &good
			s.refused(noon+time.Minute, installer, dispatch.CodeForbidden, "VI-8", p)
			batch := s.asks(noon+time.Minute, "", supervisor, call(), p)
			s.run()
			refusedWith(t, *batch, dispatch.CodeForbidden, "VI-8")
			require.Empty(t, s.books.inspected)
			require.Empty(t, s.facts("photo.added"))
		})
	}
}

func Test_VI8_a_photo_that_cannot_be_checked_is_taken_again(t *testing.T) {
	t.Parallel()
	for name, failing := range map[string]error{
		"failed for good":        temporal.NewNonRetryableApplicationError("no such file", "broken", nil),
		"failed until the limit": errors.New("the file store is away"),
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.onSite(noon)
			s.does(noon+time.Minute, installer, evidence("photo:splitter_label")...)
			s.at(noon+2*time.Minute, func() {
				s.books.inspect = func(dispatch.PhotoToInspect) (dispatch.PhotoFacts, error) { return dispatch.PhotoFacts{}, failing }
			})
			s.refused(noon+2*time.Minute, installer, dispatch.CodePhotoUnchecked, "VI-8", photo("splitter_label"))
			s.at(noon+10*time.Minute, func() { s.books.inspect = nil })
			s.does(noon+10*time.Minute, installer, photo("splitter_label"), &dispatch.Complete{})
			s.run()
			require.Empty(t, s.facts("photo.refused"), "the photo is not to blame")
			require.Len(t, s.facts("photo.added"), 4)
			s.once("job.completed")
		})
	}
}

func Test_VI8_photos_are_looked_at_side_by_side_and_others_pass(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	both, passed := sync.WaitGroup{}, make(chan struct{})
	both.Add(2)
	s.measured(func(dispatch.PhotoToInspect, *dispatch.PhotoFacts) {
		both.Done()
		both.Wait() // neither is done before the other has begun
		<-passed
	})
	s.books.onCommit = func(c dispatch.Commit) {
		if c.Outcome.Entries[0].Fact == "step.confirmed" {
			close(passed)
		}
	}
	var answers []*answer
	s.at(noon+time.Minute, func() {
		answers = append(answers, s.send("", installer, photo("drop_cable_route")), s.send("", installer, photo("splitter_label")),
			s.send("", installer, step("introduce")))
	})
	s.run()
	for _, a := range answers {
		require.NoError(t, a.err)
	}
	require.Len(t, s.facts("photo.added"), 2)
	require.Less(t, s.once("step.confirmed").Seq, s.facts("photo.added")[0].Seq)
	require.Len(t, s.final().Visits[0].Photos, 2)
}

func Test_VI8_the_same_photo_twice_at_once_counts_once(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	var answers []*answer
	s.at(noon+time.Minute, func() {
		answers = append(answers, s.send("", installer, photo("splitter_label")), s.send("", installer, photo("splitter_label")))
	})
	s.run()
	taken := slices.DeleteFunc(answers, func(a *answer) bool { return a.err != nil })
	require.Len(t, taken, 1)
	s.once("photo.added")
	require.Equal(t, string(dispatch.CodePhotoSeen), s.once("photo.refused").Data["code"])
}

func Test_NA4_the_visit_note_is_made_whatever_becomes_of_the_job(t *testing.T) {
	t.Parallel()
	const gone = noon + 15*time.Minute
	for name, meanwhile := range map[string]func(*story){
		"booked again": func(s *story) { s.does(gone+time.Second, dispatcher, book(opened.Add(29*time.Hour))) },
		"held": func(s *story) {
			s.does(gone+time.Second, dispatcher, &dispatch.PutOnHold{Reason: "customer_absent", NextStep: "the customer calls"})
		},
		"cancelled": func(s *story) { s.does(gone+time.Second, dispatcher, &dispatch.Cancel{By: dispatch.PartyCustomer}) },
		"failed": func(s *story) {
			s.does(gone+time.Second, dispatcher, &dispatch.Fail{Reason: "no_free_port", NextStep: "none"})
		},
		"left as it is": func(*story) {},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.noAccess(noon)
			s.sealFails(4) // 15 seconds, in which the rest happens
			meanwhile(s)
			s.run()
			e := s.once("document.sealed", "NA-4")
			require.Equal(t, s.job.Number+"-N1", e.Data["document"])
			require.Equal(t, dispatch.RoleSystem, e.Actor.Role)
			require.Len(t, s.books.sealed, 5)
			require.Len(t, s.atEnd().Documents, 1)
			require.Len(t, s.atEnd().Documents[0].Copies, 3)
			require.Empty(t, s.texts(dispatch.PurposeFormReady), "there is no form to read")
			require.Len(t, s.texts(dispatch.PurposeVisitNote), 1)
		})
	}
}

// atEnd is the job after the very last commit.
func (s *story) atEnd() *dispatch.Job {
	return &s.books.commits[len(s.books.commits)-1].Outcome.Job
}

// sealFails lets the making of documents fail so many times before it succeeds.
func (s *story) sealFails(times int) {
	s.books.seal = func(dispatch.DocumentWanted) error {
		s.books.mu.Lock()
		defer s.books.mu.Unlock()
		if times > 0 {
			times--
			return errors.New("no paper")
		}
		return nil
	}
}

func Test_NA4_each_visit_without_access_leaves_its_note(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.noAccess(noon)
	s.does(noon+16*time.Minute, installer, photo(dispatch.PhotoVisitNote))
	s.noAccess2(27 * time.Hour)
	blurred := photo(dispatch.PhotoVisitNote)
	blurred.SHA256 = digits("c")
	s.at(28*time.Hour, func() {
		s.measured(func(_ dispatch.PhotoToInspect, f *dispatch.PhotoFacts) { f.Blur = 1 })
	})
	s.refused(28*time.Hour, installer, dispatch.CodePhotoBlurred, "VI-8", blurred)
	s.run()
	var numbers []string
	for _, d := range s.final().Documents {
		numbers = append(numbers, d.No)
	}
	require.Equal(t, []string{s.job.Number + "-N1", s.job.Number + "-N2"}, numbers)
	s.once("visit_note.photographed", "NA-4")
	require.InDelta(t, 2, s.once("photo.refused").Data["visit"], 0)
}

func Test_VI12_only_the_customer_signs_the_text_in_force(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.refused(noon, installer, dispatch.CodeForbidden, "VI-12", signature())
	old, none := signature(), signature()
	old.Consent, none.Consent = "consent-0", ""
	s.refused(noon, customer, dispatch.CodeConsentOutdated, "VI-12", old, func(r dispatch.Refusal) {
		require.Equal(t, "consent", r.Field)
	})
	s.refused(noon, customer, dispatch.CodeConsentOutdated, "VI-12", none)
	s.does(noon, customer, evidence("signature")...)
	s.refused(noon, installer, dispatch.CodeIncomplete, "VI-12", &dispatch.Complete{})
	s.does(noon, customer, signature())
	s.does(noon, installer, &dispatch.Complete{})
	s.refused(noon+time.Minute, customer, dispatch.CodeWrongStatus, "", signature())
	s.run()
	e := s.once("form.signed", "VI-12")
	require.Equal(t, "consent-1", e.Data["consent"])
	require.Equal(t, "consent-1", s.final().Visits[0].Signature.Consent)
}

func Test_VI12_the_last_signature_counts_and_each_is_kept(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, evidence()...)
	second := signature()
	second.SHA256, second.Signer = digits("b"), "representative"
	s.does(noon+2*time.Minute, customer, second)
	s.does(noon+3*time.Minute, installer, &dispatch.Complete{})
	s.run()
	signed := s.facts("form.signed", "VI-12")
	require.Len(t, signed, 2)
	require.Equal(t, signature().SHA256, signed[0].Data["sha256"])
	require.Equal(t, second.SHA256, signed[1].Data["sha256"])
	require.Equal(t, second.SHA256, s.final().Visits[0].Signature.SHA256)
	require.Equal(t, "representative", s.final().Visits[0].Signature.Signer)
}

func Test_VI12_the_form_is_sealed_once_after_completion(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]int{"at once": 0, "at the sixth try": 5} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.sealFails(fails)
			s.completed(noon)
			s.run()
			e := s.once("document.sealed", "VI-12")
			require.Greater(t, e.Seq, s.once("job.completed").Seq)
			require.Len(t, s.books.sealed, fails+1)
			d := s.final().Documents
			require.Len(t, d, 1)
			require.Equal(t, s.job.Number+"-F1", d[0].No)
			require.Equal(t, digits("d"), d[0].SHA256)
			var copies []string
			for _, c := range d[0].Copies {
				copies = append(copies, c.For)
				same(t, e.At, c.At)
			}
			require.Equal(t, []string{"customer", "installer", "archive"}, copies)
			require.Len(t, e.Data["copies"], 3, "the audit trail has them")
			m := s.texts(dispatch.PurposeFormReady)
			require.Len(t, m, 1)
			require.Equal(t, d[0].No, m[0].Document)
		})
	}
}

func Test_VI12_the_form_is_made_though_the_job_was_closed_before(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.sealFails(5)
	s.completed(noon)
	score := 9
	s.does(noon+2*time.Minute+5*time.Second, dispatcher, &dispatch.RecordFollowUp{Score: &score})
	s.run()
	e := s.once("document.sealed", "VI-12")
	require.Greater(t, e.Seq, s.once("follow_up.recorded").Seq)
	require.Equal(t, dispatch.StatusClosed, e.Status)
	require.Len(t, s.texts(dispatch.PurposeFormReady), 1)
}

func Test_VI12_a_job_does_not_continue_as_new_without_what_is_being_made(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.completed(noon)
	s.sealFails(5)
	s.at(noon+2*time.Minute+time.Second, func() { s.env.SetCurrentHistoryLength(1000) })
	s.env.ExecuteWorkflow(dispatch.JobWorkflow, dispatch.JobInput{Job: s.job, Standard: *s.std, MaxEvents: 500})
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, s.env.GetWorkflowError(), &again)
	var next dispatch.JobInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(again.Input, &next))
	require.Len(t, next.Job.Documents, 1)
	require.Empty(t, dispatch.DocumentsOwed(s.std, &next.Job))
	require.Len(t, s.books.sealed, 6)
	s.once("document.sealed")
}

func Test_VI12_a_run_that_begins_with_a_debt_pays_it(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	window := dispatch.Window{Start: opened.Add(-time.Hour), End: opened, Installer: "i1"}
	left := opened.Add(-time.Minute).UTC()
	s.job.Status, s.job.CompletedAt = dispatch.StatusCompleted, &left
	s.job.Visits = []dispatch.Visit{{
		No: 1, Appointment: dispatch.Appointment{Window: window, Revision: 1}, First: window,
		ArrivedAt: &window.Start, EnteredAt: &window.Start, LeftAt: &left, Outcome: dispatch.VisitCompleted,
	}}
	s.env.ExecuteWorkflow(dispatch.JobWorkflow, dispatch.JobInput{Job: s.job, Standard: *s.std})
	require.NoError(t, s.env.GetWorkflowError())
	require.Len(t, s.books.sealed, 1)
	s.once("document.sealed", "VI-12")
}

func Test_VI12_what_cannot_be_printed_is_mended_before_the_visit_ends(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, evidence()...)
	s.at(noon+time.Minute, func() {
		s.books.proof.Refusal = dispatch.Refuse(dispatch.CodeGlyphMissing, dispatch.RuleSigned, "No letter for 𰻞.")
	})
	s.refused(noon+2*time.Minute, installer, dispatch.CodeGlyphMissing, "VI-12", &dispatch.Complete{})
	batch := s.asks(noon+3*time.Minute, "", supervisor, call(), &dispatch.Complete{Override: "never mind"})
	s.at(noon+4*time.Minute, func() {
		require.Empty(t, s.facts("job.completed"))
		s.books.proof.Refusal = nil
	})
	s.does(noon+5*time.Minute, installer, &dispatch.Complete{})
	s.run()
	refusedWith(t, *batch, dispatch.CodeGlyphMissing, "VI-12")
	s.once("job.completed")
	require.Empty(t, s.facts("contact.attempted"))
	s.once("document.sealed")
}

func Test_VI14_a_supervisor_completes_without_something_for_a_reason(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, evidence("photo:splitter_label", "photo:acceptance_form", "signature")...)
	override := &dispatch.Complete{Override: "the customer had to leave"}
	s.refused(noon+2*time.Minute, installer, dispatch.CodeIncomplete, "VI-8", override)
	s.refused(noon+2*time.Minute, dispatcher, dispatch.CodeIncomplete, "VI-8", override)
	s.refused(noon+2*time.Minute, customer, dispatch.CodeIncomplete, "VI-8", override)
	s.refused(noon+2*time.Minute, supervisor, dispatch.CodeIncomplete, "VI-8", &dispatch.Complete{})
	s.refused(noon+2*time.Minute, supervisor, dispatch.CodeIncomplete, "VI-8", &dispatch.Complete{Override: " \n"})
	s.does(noon+3*time.Minute, supervisor, override)
	s.run()
	v := s.final().Visits[0]
	require.Equal(t, "s1", v.Override.By)
	require.Equal(t, override.Override, v.Override.Reason)
	require.Equal(t, []string{"photo:splitter_label", "photo:acceptance_form", "signature"}, whats(v.Override.Missing))
	for _, rule := range []dispatch.RuleID{"VI-8", "VI-12"} {
		e := s.once("rule.broken", rule)
		require.True(t, e.Breach)
		require.Equal(t, dispatch.RoleSupervisor, e.Alert)
		require.Contains(t, e.Data["say"], override.Override)
	}
	require.Equal(t, []string{"VI-8", "VI-12"}, s.final().Broken())
	s.once("document.sealed", "VI-12")
}

func Test_VI14_an_override_of_nothing_breaks_nothing(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, evidence()...)
	s.does(noon+2*time.Minute, supervisor, &dispatch.Complete{Override: "just in case"})
	s.run()
	require.Nil(t, s.final().Visits[0].Override)
	require.Empty(t, s.facts("rule.broken"))
}

func Test_VI7_what_was_found_decides_nothing_and_is_kept(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	found := goodTest()
	found.Before, found.OpticalPower.DBm, found.Speed.Mbps = true, -40, 0
	good := goodTest()
	good.Before = true
	s.does(noon+time.Minute, installer, found, good)
	s.does(noon+time.Minute, installer, evidence("tests")...)
	s.refused(noon+2*time.Minute, installer, dispatch.CodeIncomplete, "VI-7", &dispatch.Complete{}, func(r dispatch.Refusal) {
		require.Len(t, r.Missing, len(dispatch.TestParts), "nothing was measured yet, good as it looked before")
	})
	measured := goodTest()
	measured.OpticalPower.Instrument, measured.Speed.Instrument = "OPM-7 #1234", "speed test 2.1"
	measured.Resources.Instrument, measured.Authentication.Instrument = "by eye", "AAA console"
	s.does(noon+3*time.Minute, installer, measured)
	late := goodTest()
	late.Before, late.Speed.Mbps = true, 1
	s.does(noon+4*time.Minute, installer, late)
	s.does(noon+5*time.Minute, installer, &dispatch.Complete{})
	s.run()
	tests := s.final().Visits[0].Tests
	require.Len(t, tests, 4)
	for _, i := range []int{0, 1, 3} {
		require.True(t, tests[i].Result.Before)
		require.Empty(t, tests[i].Passed)
		require.Empty(t, tests[i].Failed)
	}
	require.Equal(t, *found, tests[0].Result)
	require.Equal(t, *measured, tests[2].Result, "with its instruments")
	require.Equal(t, dispatch.TestParts, tests[2].Passed)
}

func Test_a_job_of_the_first_edition_goes_on_as_it_began(t *testing.T) {
	t.Parallel()
	t.Run("completed", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.firstEdition()
		s.onSite(noon)
		s.refused(noon, supervisor, dispatch.CodeIncomplete, "VI-2", &dispatch.Complete{Override: "in a hurry"})
		s.does(noon+time.Minute, installer, evidence("signature")...)
		a := s.asks(noon+2*time.Minute, "", installer, &dispatch.Sign{SHA256: digits("a"), Signer: "customer"})
		s.does(noon+3*time.Minute, installer, &dispatch.Complete{})
		s.run()
		require.NoError(t, (*a).err, "the installer hands in the signature")
		s.once("job.completed")
		require.Empty(t, s.books.inspected)
		require.Empty(t, s.books.sealed)
		require.Zero(t, s.books.proofs)
		require.Empty(t, s.texts(dispatch.PurposeFormReady))
		require.Empty(t, s.final().Documents)
		for _, p := range s.final().Visits[0].Photos {
			require.Empty(t, p.Flags)
		}
	})
	t.Run("no access", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.firstEdition()
		s.noAccess(noon)
		s.does(noon+16*time.Minute, installer, photo(dispatch.PhotoVisitNote))
		s.run()
		require.Len(t, s.texts(dispatch.PurposeVisitNote), 1)
		require.Empty(t, s.books.inspected)
		require.Empty(t, s.books.sealed)
	})
}
