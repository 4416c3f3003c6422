package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

func Test_AP1_contact_within_alerts_at_the_deadline(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.run()
	e := s.once("rule.broken", "AP-1")
	same(t, opened.Add(2*time.Hour), e.At)
	require.Equal(t, dispatch.RoleDispatcher, e.Alert)
}

func Test_AP1_a_repair_has_one_hour(t *testing.T) {
	s := tell(t, dispatch.KindRepair, opened)
	s.run()
	same(t, opened.Add(time.Hour), s.once("rule.broken", "AP-1").At)
}

func Test_AP1_a_contact_in_time_stops_the_clock(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(2*time.Hour-time.Second, dispatcher, &dispatch.ContactAttempt{Channel: "call", Outcome: "reached"})
	s.run()
	require.Empty(t, s.facts("rule.broken", "AP-1"))
}

func Test_AP1_an_attempt_that_reached_nobody_does_not(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(time.Hour, dispatcher, call())
	s.run()
	same(t, opened.Add(2*time.Hour), s.once("rule.broken", "AP-1").At)
}

func Test_AP1_counts_in_the_service_day_over_a_daylight_saving_night(t *testing.T) {
	// Saturday 19:30, half an hour before the service day ends; the clocks go forward that
	// night. 30 minutes count on Saturday, 90 on Sunday from 08:00.
	at := time.Date(2026, 3, 7, 19, 30, 0, 0, newYork)
	s := tell(t, dispatch.KindInstall, at)
	s.run()
	e := s.once("rule.broken", "AP-1")
	same(t, time.Date(2026, 3, 8, 9, 30, 0, 0, newYork), e.At)
	require.Equal(t, 13*time.Hour, e.At.Sub(at), "an hour less really passes")
}

func Test_AP2_a_taken_window_is_refused_with_alternatives(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	other := dispatch.Window{Start: opened.Add(6 * time.Hour), End: opened.Add(7 * time.Hour), Installer: "i2"}
	s.books.free = func(dispatch.Reservation) (dispatch.Window, error) {
		r := dispatch.Refuse(dispatch.CodeSlotTaken, dispatch.RuleCustomersTime, "taken")
		r.Alternatives = []dispatch.Window{other}
		return dispatch.Window{}, r
	}
	s.refused(time.Minute, dispatcher, dispatch.CodeSlotTaken, "AP-2", book(opened.Add(5*time.Hour)), func(r dispatch.Refusal) {
		require.Len(t, r.Alternatives, 1)
		same(t, other.Start, r.Alternatives[0].Start)
	})
	s.run()
	require.Empty(t, s.facts("appointment.booked"), "a refused booking leaves nothing behind")
}

func Test_AP2_a_time_in_the_past_is_refused(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.refused(time.Hour, dispatcher, dispatch.CodeInThePast, "AP-2", book(opened.Add(time.Hour)))
	s.does(time.Hour, dispatcher, book(opened.Add(time.Hour+time.Second)))
	s.run()
}

func Test_AP3_reminded_eighteen_hours_before(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	start := opened.Add(30 * time.Hour) // Tuesday 15:00; the reminder falls on Monday 21:00, a quiet hour
	s.does(0, dispatcher, book(start))
	s.run()
	e := s.once("customer.reminded", "AP-3")
	same(t, start.Add(-18*time.Hour), e.At)
	m := s.texts(dispatch.PurposeReminder)
	require.Len(t, m, 1)
	same(t, time.Date(2026, 3, 3, 8, 0, 0, 0, newYork), m[0].NotBefore)
}

func Test_AP3_told_who_comes_when_the_installer_sets_out(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.atDoor(5*time.Hour, 5*time.Hour)
	s.run()
	m := s.texts(dispatch.PurposeOnTheWay)
	require.Len(t, m, 1)
	require.Equal(t, "i1", m[0].Installer)
	same(t, opened.Add(5*time.Hour), *m[0].Expected)
}

func Test_AP4_arrivals_are_early_on_time_or_late(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		offset time.Duration
		want   dispatch.Punctuality
	}{
		{"eleven minutes before", -11 * time.Minute, dispatch.PunctualityEarly},
		{"ten minutes before", -10 * time.Minute, dispatch.PunctualityOnTime},
		{"to the second", 0, dispatch.PunctualityOnTime},
		{"a second after", time.Second, dispatch.PunctualityLate},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.atDoor(5*time.Hour, 5*time.Hour+c.offset)
			s.run()
			e := s.once("visit.arrived", "AP-4")
			require.Equal(t, string(c.want), e.Data["punctuality"])
			require.Contains(t, e.Data, "place")
			require.Equal(t, c.want == dispatch.PunctualityLate, len(s.facts("rule.broken", "AP-4")) == 1)
		})
	}
}

func Test_AP4_a_visit_nobody_came_to_is_missed_by_us(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(0, dispatcher, book(opened.Add(5*time.Hour)), &dispatch.Assign{})
	s.run()
	same(t, opened.Add(6*time.Hour), s.once("rule.broken", "AP-4").At)
}

func Test_AP5_the_customer_is_told_before_the_agreed_time(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	start := opened.Add(5 * time.Hour)
	s.books.projection = start.Add(40 * time.Minute)
	s.does(0, dispatcher, book(start), &dispatch.Assign{})
	s.does(5*time.Hour-5*time.Minute, dispatcher, &dispatch.CustomerAnswer{Answer: "accepts"})
	s.run()
	told := s.once("delay.told", "AP-5")
	same(t, start.Add(-15*time.Minute), told.At)
	m := s.texts(dispatch.PurposeLate)
	require.Len(t, m, 1)
	same(t, start.Add(40*time.Minute), *m[0].Expected)
	require.Equal(t, "accepts", s.once("delay.answered", "AP-5").Data["answer"])
	require.Empty(t, s.facts("rule.broken", "AP-5"))
}

func Test_AP5_an_installer_on_time_troubles_nobody(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(0, dispatcher, book(opened.Add(5*time.Hour)), &dispatch.Assign{})
	s.does(4*time.Hour+30*time.Minute, installer, packed())
	s.run()
	require.Empty(t, s.texts(dispatch.PurposeLate))
}

func Test_AP5_told_after_the_agreed_time_is_a_breach(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	start := opened.Add(5 * time.Hour)
	s.does(0, dispatcher, book(start), &dispatch.Assign{})
	s.does(4*time.Hour+30*time.Minute, installer, packed())
	s.does(5*time.Hour+time.Second, installer, &dispatch.ReportDelay{ExpectedAt: start.Add(time.Hour)})
	s.run()
	require.Len(t, s.facts("rule.broken", "AP-5"), 1)
}

func Test_AP6_two_hours_to_the_second(t *testing.T) {
	t.Parallel()
	move := func(start time.Time) *dispatch.Move {
		return &dispatch.Move{By: dispatch.PartyCompany, Start: start, Installers: []string{"i1"}, Reason: "a van broke down"}
	}
	start := opened.Add(6 * time.Hour)
	t.Run("exactly two hours is allowed", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start))
		s.does(4*time.Hour, dispatcher, move(start.Add(3*time.Hour)))
		s.run()
		m := s.texts(dispatch.PurposeMovedByCompany)
		require.Len(t, m, 1)
		require.Equal(t, "a van broke down", m[0].Reason)
		require.Empty(t, s.facts("rule.broken", "AP-6"))
	})
	t.Run("a second less is refused", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start))
		s.refused(4*time.Hour+time.Second, dispatcher, dispatch.CodeNoticeTooShort, "AP-6", move(start.Add(3*time.Hour)), func(r dispatch.Refusal) {
			same(t, start.Add(-2*time.Hour), *r.AllowedUntil)
		})
		s.run()
		require.Empty(t, s.facts("appointment.moved"))
	})
	t.Run("a dispatcher overrides: a breach the supervisor sees", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start))
		m := move(start.Add(3 * time.Hour))
		m.Override = "the installer is in hospital"
		s.does(5*time.Hour, dispatcher, m)
		s.run()
		e := s.once("rule.broken", "AP-6")
		require.Equal(t, dispatch.RoleSupervisor, e.Alert)
		require.Len(t, s.texts(dispatch.PurposeMovedByCompany), 1, "the customer gets an apology")
		require.Contains(t, s.final().Broken(), "AP-6")
	})
	t.Run("an installer may not override", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start))
		m := move(start.Add(3 * time.Hour))
		m.Override = "I would rather not"
		s.refused(5*time.Hour, installer, dispatch.CodeNoticeTooShort, "AP-6", m)
		s.run()
	})
	t.Run("without a reason it is refused", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start))
		m := move(start.Add(3 * time.Hour))
		m.Reason = ""
		s.refused(time.Hour, dispatcher, dispatch.CodeReasonRequired, "AP-6", m)
		s.run()
	})
}

func Test_AP7_the_customer_moves_until_the_installer_sets_out(t *testing.T) {
	t.Parallel()
	start := opened.Add(6 * time.Hour)
	move := func() *dispatch.Move {
		return &dispatch.Move{By: dispatch.PartyCustomer, Start: start.Add(3 * time.Hour), Installers: []string{"i1"}}
	}
	t.Run("a minute before the agreed time, without a reason", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start), &dispatch.Assign{})
		s.does(6*time.Hour-time.Minute, dispatcher, move())
		s.run()
		require.Len(t, s.texts(dispatch.PurposeMovedByYou), 1)
		require.Empty(t, s.facts("rule.broken", "AP-6"))
	})
	t.Run("afterwards by calling the dispatcher", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start), &dispatch.Assign{})
		s.does(5*time.Hour, installer, packed())
		s.refused(5*time.Hour+time.Minute, dispatcher, dispatch.CodeCallDispatcher, "AP-7", move())
		s.refused(5*time.Hour+time.Minute, dispatcher, dispatch.CodeCallDispatcher, "AP-7", &dispatch.Cancel{By: dispatch.PartyCustomer})
		m := move()
		m.ByPhone = true
		s.does(5*time.Hour+2*time.Minute, dispatcher, m)
		s.run()
		job := s.final()
		require.Len(t, job.Visits, 2)
		require.Equal(t, dispatch.VisitCalledOff, job.Visits[0].Outcome)
	})
	t.Run("cancels without a reason", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.does(0, dispatcher, book(start), &dispatch.Assign{})
		s.does(time.Hour, dispatcher, &dispatch.Cancel{By: dispatch.PartyCustomer})
		s.run()
		require.Equal(t, dispatch.StatusCancelled, s.final().Status)
	})
}

func Test_AP9_the_dispatcher_is_warned_while_notice_can_be_given(t *testing.T) {
	t.Parallel()
	start := opened.Add(6 * time.Hour)
	t.Run("the day's progress will break it", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.books.projection = start.Add(time.Second)
		s.does(0, dispatcher, book(start), &dispatch.Assign{})
		s.run()
		e := s.once("appointment.endangered", "AP-9")
		same(t, start.Add(-2*time.Hour-30*time.Minute), e.At)
		require.Equal(t, dispatch.RoleDispatcher, e.Alert)
	})
	t.Run("the day goes well", func(t *testing.T) {
		s := tell(t, dispatch.KindInstall, opened)
		s.books.projection = start
		s.does(0, dispatcher, book(start), &dispatch.Assign{})
		s.run()
		require.Empty(t, s.facts("appointment.endangered"))
	})
}
