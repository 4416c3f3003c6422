package simulate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/scene"
)

func TestTheSeedDecides(t *testing.T) {
	t.Parallel()
	const spread = 10 * time.Hour
	other := 0
	for i := range 200 {
		a, b := Draw(7, i, spread), Draw(7, i, spread)
		require.Equal(t, a, b, "job %d", i)
		for _, label := range []string{"book/1", "arrive/1"} {
			first := DrawDouble(7, i, label)
			require.Equal(t, first, DrawDouble(7, i, label))
		}
		if c := Draw(8, i, spread); c.Turn != a.Turn || c.Intake.Customer.Phone != a.Intake.Customer.Phone {
			other++
		}
	}
	require.Greater(t, other, 150, "another seed decides otherwise")
}

func TestTheDayIsLongerForMoreJobsAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	short, long := Draw(3, 11, time.Hour), Draw(3, 11, 2*time.Hour)
	require.InDelta(t, 2*short.Opens.Seconds(), long.Opens.Seconds(), 1e-3)
	long.Opens = short.Opens
	require.Equal(t, short, long)
	require.Greater(t, dayLength(500, 40), dayLength(500, 80))
}

func TestEveryTroubleOccurs(t *testing.T) {
	t.Parallel()
	seen := map[any]int{}
	const jobs = 2000
	for i := range jobs {
		p := Draw(1, i, time.Hour)
		for _, v := range []any{
			p.Turn, p.Stray, p.AtLimit, p.FollowUp.Answers, p.Visits[0].Door, p.Visits[0].Arrival, p.Intake.Kind, p.Intake.Grade, DrawDouble(1, i, "enter/1"),
		} {
			seen[v]++
		}
		require.GreaterOrEqual(t, p.FollowUp.Score, 0)
		require.LessOrEqual(t, p.FollowUp.Score, 10)
	}
	for _, want := range []any{
		TurnNone, TurnCustomerMoves, TurnCompanyMoves, TurnCompanyLate, TurnCompanyGivesUp, TurnCustomerOff, TurnCompanyOff, TurnHeld, TurnEnRoute,
		StrayComplete, StrayArrive, StrayNoAccess, StrayBook, StrayCancel, DecideCancel, DecideAgain, DecideHold,
		AnswersFirst, AnswersSecond, AnswersAgent, AnswersNotOne, AnswersNever, DoorOpen, DoorNobody, DoorBack,
		ArriveEarly, ArriveOnTime, ArriveLate, dispatch.KindRemove, dispatch.GradeD, DoubleTogether, DoubleLater, DoubleReused,
	} {
		require.Positive(t, seen[want], "%v", want)
	}
	require.InDelta(t, 0.82*jobs, seen[DoorOpen], 0.04*jobs)
}

func TestTheQuickerStandardIsOne(t *testing.T) {
	t.Parallel()
	base, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	for _, speedUp := range []float64{1, 240, 360, 900} {
		std, source, err := Scaled("sim-1", speedUp)
		require.NoError(t, err, "%g", speedUp)
		require.Less(t, len(source), dispatch.MaxStandardBytes)
		require.Equal(t, "sim-1", std.Version)
		require.InDelta(t, base.NoShowWait.D().Seconds()/speedUp, std.NoShowWait.D().Seconds(), 0.001)
		require.InDelta(t, base.ContactWithin["repair"].D().Seconds()/speedUp, std.ContactWithin["repair"].D().Seconds(), 0.001)
		require.InDelta(t, base.Products[0].WorkTime["install"].D().Seconds()/speedUp, std.Products[0].WorkTime["install"].D().Seconds(), 0.001)
		require.GreaterOrEqual(t, std.SlotGrid.D(), time.Second)
		require.Len(t, std.Visits["install"].Steps, len(base.Visits["install"].Steps))
		at := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
		require.Equal(t, at, std.AfterQuiet(at, time.UTC), "no quiet hours")
	}
}

func TestPicturesDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 100 {
		p, err := scene.Photo("run/"+string(rune('a'+i%26))+time.Duration(i).String(), photoWidth, photoHeight)
		require.NoError(t, err)
		require.False(t, seen[string(p)])
		seen[string(p)] = true
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := Options{BaseURL: "http://x", Token: "t", Jobs: 1, Installers: 1, SpeedUp: 1}
	require.NoError(t, good.fill())
	bad := Options{SpeedUp: 5000}
	err := bad.fill()
	require.Error(t, err)
	for _, word := range []string{"token", "jobs", "installers", "speed-up"} {
		require.ErrorContains(t, err, word)
	}
}
