package simulate

import (
	"time"

	"truckroll/dispatch"
)

// visit is a visit as the timeline tells it.
type visit struct {
	no                     int
	firstStart, firstEnd   time.Time // the window first agreed
	start, end             time.Time // the window agreed last
	arrived, entered, left time.Time
	outcome                dispatch.VisitOutcome
}

// visitsOf reads a job's visits from its timeline.
func visitsOf(timeline []dispatch.Entry) []visit {
	var out []visit
	live := func() *visit {
		if n := len(out); n > 0 && out[n-1].outcome == "" {
			return &out[n-1]
		}
		return &visit{}
	}
	end := func(e dispatch.Entry, outcome dispatch.VisitOutcome) {
		v := live()
		v.outcome, v.left = outcome, e.At
	}
	begin := func(e dispatch.Entry) {
		start, finish := moment(e, "start"), moment(e, "end")
		out = append(out, visit{no: number(e, "visit"), firstStart: start, firstEnd: finish, start: start, end: finish})
	}
	company := func(e dispatch.Entry) bool { return text(e, "by") == string(dispatch.PartyCompany) }
	for _, e := range timeline {
		switch e.Fact {
		case "appointment.booked":
			begin(e)
		case "appointment.moved":
			if v := live(); v.no == number(e, "visit") {
				v.start, v.end = moment(e, "start"), moment(e, "end")
				continue
			}
			end(e, choose(company(e), dispatch.VisitMissed, dispatch.VisitCalledOff))
			begin(e)
		case "visit.arrived":
			live().arrived = e.At
		case "visit.entered":
			live().entered = e.At
		case "visit.no_access":
			end(e, dispatch.VisitNoAccess)
		case "job.completed":
			end(e, dispatch.VisitCompleted)
		case "job.held":
			end(e, choose(e.Rule == dispatch.RuleSafety, dispatch.VisitSafetyStop, dispatch.VisitHeld))
		case "job.cancelled":
			end(e, choose(company(e), dispatch.VisitWithdrawn, dispatch.VisitCalledOff))
		case "job.failed":
			end(e, dispatch.VisitFailed)
		}
	}
	return out
}

func choose[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}
