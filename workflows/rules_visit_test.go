package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

const noon = 3 * time.Hour // after opening

func Test_VI1_nobody_sets_out_unpacked(t *testing.T) {
	t.Parallel()
	for _, missing := range []string{"tools", "parts", "shoe_covers", "floor_cloth", "cleaning_cloth", "rubbish_bag", "service_record"} {
		t.Run(missing, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.does(0, dispatcher, book(opened.Add(noon)), &dispatch.Assign{})
			d := packed()
			d.ToolsChecked = missing != "tools"
			d.PartsChecked = missing != "parts"
			var items []string
			for _, i := range d.Packed {
				if i != missing {
					items = append(items, i)
				}
			}
			d.Packed = items
			s.refused(noon, installer, dispatch.CodeNotPacked, "VI-1", d, func(r dispatch.Refusal) {
				require.Len(t, r.Missing, 1)
			})
			s.run()
		})
	}
}

// Test_VI_every_step_is_needed leaves out one piece of evidence after the other.
func Test_VI_every_piece_of_evidence_is_needed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule dispatch.RuleID
		what string
		also []string // steps that cannot be done without it
	}{
		{"VI-2", "step:introduce", []string{"step:explain", "step:safety", "step:cabling", "step:activate", "step:show", "step:clean_up", "step:satisfied", "step:service_card"}},
		{"VI-3", "step:explain", []string{"step:cabling", "step:activate", "step:show", "step:clean_up", "step:satisfied", "step:service_card"}},
		{"VI-4", "step:safety", []string{"step:cabling", "step:activate", "step:show", "step:clean_up", "step:satisfied", "step:service_card"}},
		{"VI-5", "step:cabling", []string{"step:activate", "step:show", "step:clean_up", "step:satisfied", "step:service_card"}},
		{"VI-6", "step:activate", []string{"step:show", "step:satisfied", "step:service_card"}},
		{"VI-7", "tests", nil},
		{"VI-8", "photo:drop_cable_route", nil},
		{"VI-8", "photo:splitter_label", nil},
		{"VI-8", "photo:terminal_installed", nil},
		{"VI-8", "photo:acceptance_form", nil},
		{"VI-9", "step:show", nil},
		{"VI-10", "step:clean_up", nil},
		{"VI-11", "step:satisfied", []string{"step:service_card"}},
		{"VI-12", "signature", nil},
		{"VI-13", "step:service_card", nil},
	} {
		t.Run(string(c.rule)+" "+c.what, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.onSite(noon)
			s.does(noon+time.Minute, installer, evidence(append(c.also, c.what)...)...)
			s.refused(noon+2*time.Minute, installer, dispatch.CodeIncomplete, c.rule, &dispatch.Complete{}, func(r dispatch.Refusal) {
				if c.what != "tests" {
					require.Equal(t, c.what, r.Missing[0].What)
				}
			})
			s.run()
			require.NotEqual(t, dispatch.StatusCompleted, s.final().Status)
		})
	}
}

func Test_VI_with_all_of_it_the_job_is_completed(t *testing.T) {
	t.Parallel()
	for _, kind := range dispatch.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			s := tell(t, kind, opened)
			if kind == dispatch.KindRemove {
				s.onSite(noon)
				s.does(noon+time.Minute, installer, step("introduce"), step("explain"), step("safety"),
					step("take_down", "serial_number", "SN1"), step("clean_up"), step("satisfied", "answer", "yes"),
					step("service_card"), photo("acceptance_form"), signature(), &dispatch.Complete{})
			} else {
				s.onSite(noon)
				var without []string
				if kind == dispatch.KindRepair || kind == dispatch.KindUpgrade {
					without = []string{"photo:drop_cable_route", "photo:splitter_label"}
				}
				s.does(noon+time.Minute, installer, evidence(without...)...)
				s.does(noon+2*time.Minute, installer, &dispatch.Complete{})
			}
			s.run()
			s.once("job.completed", "VI-15")
			require.Len(t, s.texts(dispatch.PurposeCompleted), 1)
		})
	}
}

func Test_VI2_entering_is_recorded(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.refused(noon+time.Minute, installer, dispatch.CodeStepOrder, "VI-2", step("explain"))
	s.does(noon+time.Minute, installer, step("introduce"))
	s.run()
	s.once("step.confirmed", "VI-2")
}

func Test_VI3_the_work_is_explained_before_it_begins(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, step("introduce"), step("safety"))
	s.refused(noon+time.Minute, installer, dispatch.CodeStepOrder, "VI-3", step("cabling", "customer_label", "a", "splitter_label", "b"))
	s.run()
}

func Test_VI4_safety_comes_before_work(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, step("introduce"), step("explain"))
	s.refused(noon+time.Minute, installer, dispatch.CodeStepOrder, "VI-4", step("cabling", "customer_label", "a", "splitter_label", "b"))
	s.run()
}

func Test_VI4_a_stop_for_safety_is_no_breach(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon+time.Minute, installer, &dispatch.PutOnHold{Reason: "unsafe", NextStep: "electrician on Tuesday"})
	s.does(noon+2*time.Minute, dispatcher, &dispatch.Cancel{By: dispatch.PartyCustomer})
	s.run()
	require.Equal(t, dispatch.RoleDispatcher, s.once("job.held", "VI-4").Alert)
	require.Equal(t, dispatch.VisitSafetyStop, s.final().Visits[0].Outcome)
	require.Empty(t, s.facts("rule.broken"))
}

func Test_VI5_labels_at_both_ends(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon, installer, step("introduce"), step("explain"), step("safety"))
	s.refused(noon, installer, dispatch.CodeStepValue, "VI-5", step("cabling", "customer_label", "a"))
	s.refused(noon, installer, dispatch.CodeStepValue, "VI-5", step("cabling", "splitter_label", "b", "customer_label", "  "))
	s.run()
}

func Test_VI6_the_authentication_code_is_entered(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon, installer, evidence("step:activate", "step:show", "step:satisfied", "step:service_card")...)
	s.refused(noon, installer, dispatch.CodeStepValue, "VI-6", step("activate"))
	s.run()
}

func Test_VI7_a_failed_part_is_named_and_a_retest_stands_beside_it(t *testing.T) {
	t.Parallel()
	for part, bad := range map[dispatch.TestPart]*dispatch.RecordTest{
		dispatch.TestResources:      {Resources: &dispatch.ResourceCheck{PortMatches: true}},
		dispatch.TestAuthentication: {Authentication: &dispatch.AuthCheck{}},
		dispatch.TestOpticalPower:   {OpticalPower: &dispatch.PowerReading{DBm: -25}},
		dispatch.TestSpeed:          {Speed: &dispatch.SpeedReading{Mbps: 299.9}},
	} {
		t.Run(string(part), func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.onSite(noon)
			s.does(noon, installer, evidence()...)
			s.does(noon, installer, bad)
			s.refused(noon, installer, dispatch.CodeIncomplete, "VI-7", &dispatch.Complete{}, func(r dispatch.Refusal) {
				require.Equal(t, "test:"+string(part), r.Missing[0].What)
			})
			s.does(noon+time.Minute, installer, goodTest(), &dispatch.Complete{})
			s.run()
			require.Len(t, s.final().Visits[0].Tests, 3)
			require.Equal(t, []dispatch.TestPart{part}, s.final().Visits[0].Tests[1].Failed)
		})
	}
}

func Test_VI7_boundaries(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon, installer, evidence("tests")...)
	good := goodTest()
	good.OpticalPower.DBm, good.Speed.Mbps = -24.99, 300
	s.does(noon, installer, good, &dispatch.Complete{})
	s.run()

	for _, bad := range []*dispatch.RecordTest{
		{OpticalPower: &dispatch.PowerReading{DBm: 0.1}}, {OpticalPower: &dispatch.PowerReading{DBm: -40.1}},
		{Speed: &dispatch.SpeedReading{Mbps: -1}},
	} {
		t.Run("implausible", func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.onSite(noon)
			s.refused(noon, installer, dispatch.CodeTestImplausible, "VI-7", bad)
			s.run()
		})
	}
}

func Test_VI8_photos(t *testing.T) {
	t.Parallel()
	t.Run("an online order needs the service agreement", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.job.SoldOnline = true
		s.onSite(noon)
		s.does(noon, installer, evidence()...)
		s.refused(noon, installer, dispatch.CodeIncomplete, "VI-8", &dispatch.Complete{}, func(r dispatch.Refusal) {
			require.Equal(t, "photo:service_agreement", r.Missing[0].What)
		})
		s.run()
	})
	t.Run("taken during this visit", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.onSite(noon)
		old, ahead, near := opened.Add(noon-11*time.Minute), opened.Add(noon+11*time.Minute), opened.Add(noon-10*time.Minute)
		stale := photo("splitter_label")
		stale.TakenAt = &old
		s.refused(noon, installer, dispatch.CodePhotoStale, "VI-8", stale)
		future := photo("splitter_label")
		future.TakenAt = &ahead
		s.refused(noon, installer, dispatch.CodePhotoStale, "VI-8", future)
		fresh := photo("splitter_label")
		fresh.TakenAt = &near
		s.does(noon, installer, fresh)
		s.refused(noon+time.Minute, installer, dispatch.CodePhotoSeen, "VI-8", photo("splitter_label"))
		s.refused(noon+time.Minute, installer, dispatch.CodePhotoRefused, "VI-8", photo("cat"))
		s.run()
	})
}

func Test_VI9_may_be_skipped_only_for_a_stated_reason(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon, installer, evidence("step:show")...)
	s.refused(noon, installer, dispatch.CodeStepSkip, "VI-9", &dispatch.ConfirmStep{Step: "show", Skip: "no time"})
	s.does(noon, installer, &dispatch.ConfirmStep{Step: "show", Skip: "customer_declined"}, &dispatch.Complete{})
	s.run()
}

func Test_VI11_nobody_leaves_an_unsatisfied_customer(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.does(noon, installer, evidence("step:satisfied", "step:service_card")...)
	s.refused(noon, installer, dispatch.CodeNotSatisfied, "VI-11", step("satisfied", "answer", "no"))
	s.does(noon, installer, step("satisfied", "answer", "put_right"))
	s.run()
}

func Test_VI12_the_customer_signs(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	s.refused(noon, customer, dispatch.CodeInvalid, "VI-12", &dispatch.Sign{SHA256: signature().SHA256, Signer: "installer"})
	s.does(noon, installer, signature())
	s.run()
	s.once("form.signed", "VI-12")
}

func Test_VI14_nothing_ends_silently(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.onSite(noon)
	for _, c := range []dispatch.Command{
		&dispatch.Fail{NextStep: "none"}, &dispatch.Fail{Reason: "no_free_port"}, &dispatch.Fail{Reason: "felt like it", NextStep: "none"},
		&dispatch.PutOnHold{Reason: "parts_missing", NextStep: " "},
	} {
		s.refused(noon, installer, dispatch.CodeReasonRequired, "VI-14", c)
	}
	s.refused(noon, dispatcher, dispatch.CodeWrongStatus, "VI-14", &dispatch.Cancel{By: dispatch.PartyCustomer})
	s.does(noon, installer, &dispatch.Fail{Reason: "no_free_port", NextStep: "network planning extends the splitter"})
	s.run()
	require.Equal(t, dispatch.StatusFailed, s.final().Status)
	require.Equal(t, "no_free_port", s.once("job.failed", "VI-14").Data["reason"])
}

func Test_VI15_overdue_escalates_to_the_second(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.run()
	e := s.once("rule.broken", "VI-15")
	same(t, opened.Add(48*time.Hour), e.At)
	require.Equal(t, dispatch.RoleSupervisor, e.Alert)
}

func Test_VI15_a_grade_moves_it(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.job.Grade = dispatch.GradeA
	s.run()
	same(t, opened.Add(24*time.Hour), s.once("rule.broken", "VI-15").At)
}

func Test_VI15_stands_still_while_the_customer_is_the_cause(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	hold := &dispatch.PutOnHold{Reason: "customer_not_ready", NextStep: "the customer calls"}
	s.does(10*time.Hour, dispatcher, hold)
	s.does(110*time.Hour, dispatcher, &dispatch.Resume{})
	s.run()
	same(t, opened.Add(148*time.Hour), s.once("rule.broken", "VI-15").At)
}

func Test_VI15_runs_on_while_the_company_is(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(10*time.Hour, dispatcher, &dispatch.PutOnHold{Reason: "parts_missing", NextStep: "delivery on Friday"})
	s.run()
	same(t, opened.Add(48*time.Hour), s.once("rule.broken", "VI-15").At)
}

func Test_VI15_waits_for_a_customers_wish(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	b := book(opened.Add(100 * time.Hour))
	b.Wish = true
	s.does(time.Hour, dispatcher, b)
	s.run()
	same(t, opened.Add(48*time.Hour+99*time.Hour), s.once("rule.broken", "VI-15").At)
}

func Test_VI15_what_is_overdue_is_not_overdue_again_after_a_pause(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(60*time.Hour, dispatcher, &dispatch.PutOnHold{Reason: "customer_not_ready", NextStep: "the customer calls"})
	s.does(63*time.Hour, dispatcher, &dispatch.Resume{})
	s.run()
	same(t, opened.Add(48*time.Hour), s.once("rule.broken", "VI-15").At)
}
