package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

func Test_IN5_left_over_at_the_end_of_the_service_day(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.run()
	e := s.once("job.carried_over", "IN-5")
	same(t, time.Date(2026, 3, 2, 20, 0, 0, 0, newYork), e.At)
	for _, c := range s.books.commits {
		if c.Key == "clock/IN-5" {
			require.Equal(t, 1, c.Outcome.Job.Rank(s.std).Class(), "served before the jobs of the next day")
		}
	}
}

func Test_IN5_an_appointment_for_another_day_is_not_left_over(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(time.Hour, dispatcher, book(opened.Add(26*time.Hour)))
	s.run()
	require.Empty(t, s.facts("job.carried_over"))
}

func Test_IN5_dispatched_in_time_is_not_left_over(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(time.Hour, dispatcher, book(opened.Add(5*time.Hour)), &dispatch.Assign{})
	s.run()
	require.Empty(t, s.facts("job.carried_over"))
}

func Test_TE2_nobody_does_work_without_a_certificate(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	var asked []string
	s.books.free = func(r dispatch.Reservation) (dispatch.Window, error) {
		asked = r.Skills
		if r.Installers[0] == "i2" {
			return dispatch.Window{}, dispatch.Refuse(dispatch.CodeNotCertified, dispatch.RuleCertified, "no certificate")
		}
		r.Window.Installer = r.Installers[0]
		return r.Window, nil
	}
	s.does(0, dispatcher, book(opened.Add(5*time.Hour)))
	s.refused(time.Minute, dispatcher, dispatch.CodeNotCertified, "TE-2", &dispatch.Assign{Installer: "i2"})
	s.run()
	require.Equal(t, []string{"fiber_install"}, asked)
	require.Empty(t, s.facts("job.dispatched"))
}

func Test_TE2_an_installer_acts_only_on_his_own_visit(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.does(0, dispatcher, book(opened.Add(5*time.Hour)), &dispatch.Assign{})
	s.refused(4*time.Hour, dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i2"}, dispatch.CodeForbidden, "", packed())
	s.run()
}

func Test_FU1_asked_once_then_once_more_then_the_call_list(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.completed(noon)
	s.run()
	done := opened.Add(noon + 2*time.Minute)
	asked := s.facts("follow_up.asked", "FU-1")
	require.Len(t, asked, 2)
	same(t, done.Add(24*time.Hour), asked[0].At)
	same(t, done.Add(48*time.Hour), asked[1].At)
	require.Len(t, s.texts(dispatch.PurposeScoreRequest), 1)
	require.Len(t, s.texts(dispatch.PurposeScoreReminder), 1)
	same(t, done.Add(72*time.Hour), s.once("follow_up.handed_over", "FU-1").At)
	same(t, done.Add(72*time.Hour+72*time.Hour), s.once("follow_up.unanswered", "FU-1").At)
	require.Equal(t, dispatch.StatusClosed, s.final().Status)
}

func Test_FU1_never_in_quiet_hours(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.completed(13 * time.Hour) // done at 22:02, so due at 22:02 the next day
	s.run()
	same(t, time.Date(2026, 3, 4, 8, 0, 0, 0, newYork), s.facts("follow_up.asked")[0].At)
}

func Test_FU1_a_score_closes_the_job(t *testing.T) {
	s := tell(t, dispatch.KindInstall, opened)
	s.completed(noon)
	score, tooHigh := 9, 11
	s.refused(30*time.Hour, dispatcher, dispatch.CodeInvalid, "FU-1", &dispatch.RecordFollowUp{Score: &tooHigh})
	s.refused(30*time.Hour, dispatcher, dispatch.CodeInvalid, "FU-2", &dispatch.RecordFollowUp{Score: &score, Ratings: map[string]string{"skill": "awful"}})
	s.does(30*time.Hour, dispatcher, &dispatch.RecordFollowUp{Score: &score, Ratings: map[string]string{"skill": "satisfied"}})
	s.run()
	require.Equal(t, dispatch.StatusClosed, s.final().Status)
	require.Len(t, s.facts("follow_up.asked"), 1)
	require.Equal(t, 9, *s.final().FollowUp.Score)
}
