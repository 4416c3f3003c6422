package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

func Test_NA1_fifteen_minutes_from_the_later_of_arrival_and_agreed_time(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		agreed, arrived time.Duration
		from            time.Duration
	}{
		{"arrived early: from the agreed time", 5 * time.Hour, 5*time.Hour - 8*time.Minute, 5 * time.Hour},
		{"arrived late: from the arrival", 5 * time.Hour, 5*time.Hour + 3*time.Minute, 5*time.Hour + 3*time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.atDoor(c.agreed, c.arrived)
			s.does(c.arrived+time.Minute, installer, call())
			s.refused(c.from+14*time.Minute+59*time.Second, installer, dispatch.CodeTooEarly, "NA-1", &dispatch.NoAccess{}, func(r dispatch.Refusal) {
				same(t, opened.Add(c.from+15*time.Minute), *r.AllowedFrom)
			})
			s.does(c.from+15*time.Minute, installer, &dispatch.NoAccess{})
			s.run()
			same(t, opened.Add(c.from+15*time.Minute), s.once("visit.no_access", "NA-1").At)
		})
	}
}

func Test_NA1_counts_real_minutes_in_a_daylight_saving_night(t *testing.T) {
	// Agreed for 01:50 on the night the clocks go forward at 02:00: the wait ends when the
	// wall clock shows 03:05.
	at := time.Date(2026, 3, 7, 20, 0, 0, 0, newYork)
	agreed := time.Date(2026, 3, 8, 1, 50, 0, 0, newYork)
	s := tell(t, dispatch.KindRepair, at)
	s.atDoor(agreed.Sub(at), agreed.Sub(at))
	s.does(agreed.Sub(at), installer, call())
	end := time.Date(2026, 3, 8, 3, 5, 0, 0, newYork)
	s.refused(end.Sub(at)-time.Second, installer, dispatch.CodeTooEarly, "NA-1", &dispatch.NoAccess{})
	s.does(end.Sub(at), installer, &dispatch.NoAccess{})
	s.run()
}

func Test_NA1_the_clock_is_the_servers(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.atDoor(5*time.Hour, 5*time.Hour)
	s.does(5*time.Hour, installer, call())
	var got error
	s.at(5*time.Hour+time.Minute, func() {
		device := opened.Add(6 * time.Hour) // a phone that runs ahead
		req, err := dispatch.NewRequest(installer, dispatch.Timed{Command: &dispatch.NoAccess{}, DeviceAt: &device})
		require.NoError(t, err)
		s.env.UpdateWorkflow(req.Name(), "ahead", reject(&got), req)
	})
	s.run()
	refusal, _ := refusalIn(got)
	require.Equal(t, dispatch.CodeTooEarly, refusal.Code)
	same(t, opened.Add(5*time.Hour+15*time.Minute), s.once("wait.over", "NA-1").At)
}

func Test_NA2_messaged_at_once_and_called_at_least_once(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.atDoor(5*time.Hour, 5*time.Hour)
	s.refused(5*time.Hour+20*time.Minute, installer, dispatch.CodeContactMissing, "NA-2", &dispatch.NoAccess{}, func(r dispatch.Refusal) {
		require.Equal(t, "contact:call", r.Missing[0].What)
	})
	s.does(5*time.Hour+21*time.Minute, installer, &dispatch.ContactAttempt{Channel: "sms", Outcome: "no_answer"})
	s.refused(5*time.Hour+22*time.Minute, installer, dispatch.CodeContactMissing, "NA-2", &dispatch.NoAccess{})
	s.does(5*time.Hour+23*time.Minute, installer, call(), &dispatch.NoAccess{})
	s.run()
	m := s.texts(dispatch.PurposeAtDoor)
	require.Len(t, m, 1)
	same(t, opened.Add(5*time.Hour), m[0].NotBefore)
	require.Len(t, s.facts("contact.attempted", "NA-2"), 2)
}

func Test_NA2_a_call_before_the_wait_does_not_count(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(0, dispatcher, book(opened.Add(5*time.Hour)), &dispatch.Assign{}, call())
	s.does(5*time.Hour, installer, packed(), &dispatch.Arrive{})
	s.refused(5*time.Hour+15*time.Minute, installer, dispatch.CodeContactMissing, "NA-2", &dispatch.NoAccess{})
	s.run()
}

func Test_NA3_the_customer_is_back_at_minute_twelve(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.atDoor(5*time.Hour, 5*time.Hour)
	s.does(5*time.Hour+time.Minute, installer, call())
	s.does(5*time.Hour+12*time.Minute, installer, &dispatch.Enter{})
	s.refused(5*time.Hour+15*time.Minute, installer, dispatch.CodeWrongStatus, "NA-3", &dispatch.NoAccess{})
	s.does(6*time.Hour, installer, evidence()...)
	s.does(6*time.Hour, installer, &dispatch.Complete{})
	s.run()
	require.Empty(t, s.facts("visit.no_access"))
	require.Empty(t, s.facts("wait.over"), "the wait's clock was stopped")
	require.Zero(t, s.final().NoAccess)
	require.Equal(t, 720, s.once("visit.entered", "NA-3").Data["waited_s"])
}

// noAccess books a visit that meets nobody.
func (s *story) noAccess(at time.Duration) {
	s.atDoor(at, at)
	s.does(at+time.Minute, installer, call())
	s.does(at+15*time.Minute, installer, &dispatch.NoAccess{})
}

func Test_NA4_a_visit_note_is_sent_and_photographed(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.noAccess(5 * time.Hour)
	s.does(5*time.Hour+16*time.Minute, installer, photo(dispatch.PhotoVisitNote))
	s.run()
	m := s.texts(dispatch.PurposeVisitNote)
	require.Len(t, m, 1)
	same(t, opened.Add(5*time.Hour), *m[0].Arrived)
	same(t, opened.Add(5*time.Hour+15*time.Minute), *m[0].Left)
	require.Equal(t, "i1", m[0].Installer)
	s.once("visit_note.photographed", "NA-4")
}

func Test_NA5_the_second_appointment_goes_first(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.noAccess(5 * time.Hour)
	var reserve []dispatch.Duration
	s.books.free = func(r dispatch.Reservation) (dispatch.Window, error) {
		reserve = append(reserve, r.Reserve)
		r.Window.Installer = "i1"
		return r.Window, nil
	}
	s.does(6*time.Hour, dispatcher, book(opened.Add(24*time.Hour)))
	s.run()
	require.Equal(t, []dispatch.Duration{s.std.PriorityReserve, 0}, reserve, "the end of the shift opens for the second")
	for _, c := range s.books.commits {
		if c.Outcome.Job.NoAccess == 1 && c.Outcome.Job.Status == dispatch.StatusScheduled {
			require.Zero(t, c.Outcome.Job.Rank(s.std).Class(), "served before all others")
			return
		}
	}
	t.Fatal("no second appointment was booked")
}

func Test_NA6_after_two_the_dispatcher_decides(t *testing.T) {
	t.Parallel()
	for name, decide := range map[string]struct {
		command dispatch.Command
		want    dispatch.Status
	}{
		"try again": {&dispatch.Resume{}, dispatch.StatusBooking},
		"cancel":    {&dispatch.Cancel{By: dispatch.PartyCompany, Reason: "nobody home twice"}, dispatch.StatusCancelled},
		"hold":      {&dispatch.PutOnHold{Reason: "customer_absent", NextStep: "write a letter"}, dispatch.StatusHeld},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, dispatch.KindInstall, opened)
			s.noAccess(5 * time.Hour)
			s.noAccess2(29 * time.Hour)
			s.refused(30*time.Hour, dispatcher, dispatch.CodeDecisionDue, "NA-6", book(opened.Add(48*time.Hour)))
			s.refused(30*time.Hour, installer, dispatch.CodeForbidden, "NA-6", &dispatch.Resume{})
			s.does(30*time.Hour, dispatcher, decide.command)
			s.run()
			require.Equal(t, dispatch.RoleDispatcher, s.once("decision.due", "NA-6").Alert)
			require.Equal(t, decide.want, s.final().Status)
		})
	}
}

// noAccess2 is a second visit that meets nobody, booked when the first has ended.
func (s *story) noAccess2(at time.Duration) {
	s.does(at-2*time.Hour, dispatcher, book(s.job.OpenedAt.Add(at)), &dispatch.Assign{})
	s.does(at, installer, packed(), &dispatch.Arrive{}, call())
	s.does(at+15*time.Minute, installer, &dispatch.NoAccess{})
}
