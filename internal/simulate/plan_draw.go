package simulate

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"truckroll/dispatch"
)

// share is one choice among several with its weight.
type share[T any] struct {
	weight int
	value  T
}

func pick[T any](rng *rand.Rand, shares []share[T]) T {
	total := 0
	for _, s := range shares {
		total += s.weight
	}
	n := rng.IntN(total)
	for _, s := range shares {
		if n < s.weight {
			return s.value
		}
		n -= s.weight
	}
	panic("simulate: weights do not add up")
}

// How often what happens.
//
//nolint:gochecknoglobals // constants
var (
	kindShares = []share[dispatch.Kind]{
		{46, dispatch.KindInstall}, {34, dispatch.KindRepair}, {8, dispatch.KindUpgrade}, {6, dispatch.KindRemove}, {6, dispatch.KindRelocate},
	}
	gradeShares = []share[dispatch.Grade]{{20, dispatch.GradeA}, {30, dispatch.GradeB}, {40, dispatch.GradeC}, {10, dispatch.GradeD}} // CU-2
	turnShares  = []share[Turn]{
		{62, TurnNone}, {9, TurnCustomerMoves}, {6, TurnCompanyMoves}, {5, TurnCompanyLate}, {3, TurnCompanyGivesUp},
		{4, TurnCustomerOff}, {3, TurnCompanyOff}, {5, TurnHeld}, {3, TurnEnRoute},
	}
	arrivalShares = []share[Arrival]{{20, ArriveEarly}, {66, ArriveOnTime}, {14, ArriveLate}}
	doorShares    = []share[Door]{{82, DoorOpen}, {12, DoorNobody}, {6, DoorBack}}
	answerShares  = []share[Answers]{{45, AnswersFirst}, {15, AnswersSecond}, {15, AnswersAgent}, {10, AnswersNotOne}, {15, AnswersNever}}
	strayShares   = []share[Stray]{
		{80, StrayNone}, {4, StrayComplete}, {4, StrayArrive}, {4, StrayNoAccess}, {4, StrayBook}, {4, StrayCancel},
	}
	ratingShares = []share[string]{{50, "very_satisfied"}, {35, "satisfied"}, {11, "fair"}, {4, "poor"}}
	failReasons  = []string{"no_free_port", "cable_route_impossible", "consent_refused", "customer_refused"}
)

// draws returns the random numbers of one question about one job. Each question has its own,
// so that asking one more, or asking later, changes no other answer.
func draws(seed uint64, index int, question string) *rand.Rand {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d/%s", index, question)
	return rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // a simulation must be repeatable
}

// Draw returns the plan of one job of a run; spread is the stretch of simulated time in
// which the run's jobs come in.
func Draw(seed uint64, index int, spread time.Duration) Plan {
	rng := draws(seed, index, "plan")
	chance := func(percent int) bool { return rng.IntN(100) < percent }
	between := func(from, to float64) time.Duration {
		return time.Duration((from + rng.Float64()*(to-from)) * float64(time.Minute))
	}
	p := Plan{Index: index, Intake: drawIntake(seed, index), Opens: time.Duration(rng.Float64() * float64(spread))}
	p.Contact = ContactPlan{After: between(3, 40), TooLate: chance(4)}
	if chance(25) {
		p.Contact.InVain = 1 + rng.IntN(2)
	}
	p.Wish, p.WishIn = chance(40), between(90, 420)
	p.Turn = pick(rng, turnShares)
	p.ByServer = chance(50)
	for i := range p.Visits {
		p.Visits[i] = drawVisit(rng, chance, between)
	}
	p.AtLimit = pick(rng, []share[Decision]{{50, DecideCancel}, {30, DecideAgain}, {20, DecideHold}})
	p.Work = WorkPlan{
		Pace: 0.55 + 0.4*rng.Float64(), Batch: chance(25), OutOfOrder: chance(12), FailedTest: chance(12),
		Forgotten: chance(12), SamePhoto: chance(5), Dissatisfied: chance(8), SafetyStop: chance(3),
	}
	if chance(4) {
		p.Work.Fails = failReasons[rng.IntN(len(failReasons))]
	}
	p.FollowUp = FollowUpPlan{Answers: pick(rng, answerShares), Score: min(10, 4+rng.IntN(8)), Ratings: map[string]string{}}
	for _, point := range []string{"attitude", "skill", "punctuality", "promises"} {
		p.FollowUp.Ratings[point] = pick(rng, ratingShares)
	}
	p.Stray = pick(rng, strayShares)
	return p
}

func drawVisit(rng *rand.Rand, chance func(int) bool, between func(from, to float64) time.Duration) VisitPlan {
	v := VisitPlan{
		Unpacked: chance(8), Arrival: pick(rng, arrivalShares), TellLate: chance(60), Door: pick(rng, doorShares),
		Hasty: chance(35), Silent: chance(20),
	}
	switch v.Arrival {
	case ArriveEarly:
		v.Offset = -between(12, 20)
	case ArriveLate:
		v.Offset = between(4, 25)
	default:
		v.Offset = -between(3, 8)
	}
	return v
}

// Double is whether, and how, a command is sent a second time under the same key.
type Double string

// The doubles. Reused is the same key with another body, which is refused.
const (
	DoubleNone     Double = "none"
	DoubleTogether Double = "together"
	DoubleLater    Double = "later"
	DoubleReused   Double = "reused"
)

// DrawDouble says what happens to one command of a job, by the command's label.
func DrawDouble(seed uint64, index int, label string) Double {
	return pick(draws(seed, index, "double/"+label), []share[Double]{
		{90, DoubleNone}, {4, DoubleTogether}, {3, DoubleLater}, {3, DoubleReused},
	})
}
