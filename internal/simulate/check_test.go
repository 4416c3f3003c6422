package simulate

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// theDay is four jobs in which nothing is broken: one that goes well, one with nobody at
// home first, one that the company moves too late, on record, and one that is cancelled.
func theDay(t *testing.T) (ev *Evidence, good, closed, moved *act) {
	t.Helper()
	s := newStage(t)
	good = s.open(dispatch.KindInstall).booked(300, "i1").atDoor().worked().closed()
	closed = s.open(dispatch.KindRepair).booked(120, "i1").atDoor().nobody()
	closed.minutes(5).booked(200, "i2").atDoor().worked().closed()
	moved = s.open(dispatch.KindUpgrade).booked(200, "i1").minutes(150)
	moved.does(&dispatch.Move{
		Start: s.now.Add(pace(360).minutes(400)), Installers: []string{"i2"}, By: dispatch.PartyCompany, Reason: "illness", Override: "nobody else",
	})
	moved.atDoor().worked().closed()
	s.open(dispatch.KindInstall).booked(300, "i1").does(&dispatch.Cancel{By: dispatch.PartyCustomer})
	s.ev.ShiftSeconds = 1000
	s.ev.KPIs = reported(countFigures(s.ev))
	return s.ev, good, closed, moved
}

func reported(figures map[string]fraction) []apiclient.KPI {
	var out []apiclient.KPI
	for name, f := range figures {
		k := apiclient.KPI{Name: name, Numerator: f.top, Denominator: f.bottom}
		if f.bottom > 0 {
			v := f.top / f.bottom
			k.Value = &v
		}
		out = append(out, k)
	}
	return out
}

func TestADayInOrderHasNothingBroken(t *testing.T) {
	t.Parallel()
	ev, good, closed, moved := theDay(t)
	require.Empty(t, Check(ev))
	require.Equal(t, dispatch.StatusClosed, good.job.Status)
	require.Equal(t, 1, closed.job.NoAccess)
	require.Contains(t, moved.job.Broken(), "AP-6")
	require.InDelta(t, 1, countFigures(ev)["no_access"].top, 0)
}

// fact finds the n-th entry of a fact.
func fact(d *Dossier, name string, n int) *dispatch.Entry {
	for i := range d.Timeline {
		if d.Timeline[i].Fact == name {
			if n--; n < 0 {
				return &d.Timeline[i]
			}
		}
	}
	panic("no " + name + " in the timeline")
}

func without(d *Dossier, i int) {
	d.Timeline = slices.Delete(d.Timeline, i, i+1)
	for ; i < len(d.Timeline); i++ {
		d.Timeline[i].Seq--
	}
}

func TestEveryPlantedViolationIsFound(t *testing.T) {
	t.Parallel()
	type plant func(ev *Evidence, good, closed, moved *act)
	for invariant, plants := range map[string]map[string]plant{
		"every registered job is found": {
			"lost":        func(ev *Evidence, good, _, _ *act) { ev.Dossiers[good.job.Number].Missing = true },
			"not listed":  func(ev *Evidence, _, _, _ *act) { ev.Listed = ev.Listed[1:] },
			"same number": func(ev *Evidence, _, _, _ *act) { ev.Stories[1].Number = ev.Stories[0].Number },
		},
		"every job stands where its people left it": {
			"other status": func(_ *Evidence, good, _, _ *act) { good.file.Job.Status = dispatch.StatusHeld },
		},
		"every taken command stands in the timeline once": {
			"lost command": func(_ *Evidence, good, _, _ *act) { without(good.file, 5) },
			"done twice": func(_ *Evidence, good, _, _ *act) {
				again := good.file.Timeline[len(good.file.Timeline)-1]
				again.Seq++
				again.At = again.At.Add(time.Second)
				good.file.Timeline = append(good.file.Timeline, again)
			},
			"two for one": func(_ *Evidence, good, _, _ *act) {
				good.story.Acks = append(good.story.Acks, good.story.Acks[0])
			},
		},
		"timelines have no gaps": {
			"gap": func(_ *Evidence, good, _, _ *act) { good.file.Timeline[4].Seq++ },
			"back in time": func(_ *Evidence, good, _, _ *act) {
				good.file.Timeline[4].At = good.file.Timeline[0].At.Add(-1)
			},
			"entries short": func(_ *Evidence, good, _, _ *act) { good.file.Job.Seq++ },
		},
		"statuses change as the table allows": {
			"jump": func(_ *Evidence, good, _, _ *act) {
				fact(good.file, "job.dispatched", 0).Status = dispatch.StatusOnSite
			},
		},
		"nobody is booked twice": {
			"same window": func(_ *Evidence, good, closed, _ *act) {
				w := fact(good.file, "appointment.booked", 0)
				other := fact(closed.file, "appointment.booked", 1)
				other.Data["start"], other.Data["end"], other.Data["installer"] = w.Data["start"], w.Data["end"], w.Data["installer"]
				w.At, other.At = w.At.Add(-time.Hour), w.At.Add(-time.Hour)
			},
			"in a day": func(ev *Evidence, good, closed, _ *act) {
				w := dispatch.Window{Start: good.now, End: good.now.Add(time.Minute)}
				ev.Days["i1"] = []DayBooking{{good.job.Number, w}, {closed.job.Number, w}}
			},
		},
		"nobody leaves a door early, or without a call": {
			"early": func(_ *Evidence, _, closed, _ *act) {
				e := fact(closed.file, "visit.no_access", 0)
				e.At = e.At.Add(-1100 * time.Millisecond)
			},
			"no call": func(_ *Evidence, _, closed, _ *act) {
				fact(closed.file, "contact.attempted", 1).Data["channel"] = "sms"
			},
			"after entering": func(_ *Evidence, _, closed, _ *act) {
				fact(closed.file, "contact.attempted", 1).Fact = "visit.entered"
			},
		},
		"nothing is completed with something missing": {
			"step": func(_ *Evidence, good, _, _ *act) {
				fact(good.file, "step.confirmed", 2).Data["step"] = "explain"
			},
			"test": func(_ *Evidence, good, _, _ *act) {
				fact(good.file, "test.recorded", 0).Data["failed"] = []any{"speed"}
			},
			"photo": func(_ *Evidence, good, _, _ *act) {
				fact(good.file, "photo.added", 1).Data["kind"] = "cat"
			},
			"signature": func(_ *Evidence, good, _, _ *act) {
				fact(good.file, "form.signed", 0).Fact = "form.seen"
			},
		},
		"the company moves with notice, or breaks AP-6 on record": {
			"no breach": func(_ *Evidence, _, _, moved *act) {
				fact(moved.file, "rule.broken", 0).Breach = false
			},
			"breach for nothing": func(_ *Evidence, _, _, moved *act) {
				fact(moved.file, "appointment.booked", 0).Data["start"] = moved.now.Add(time.Hour)
			},
		},
		"refusals are the expected ones": {
			"unexpected": func(_ *Evidence, good, _, _ *act) {
				good.story.Refusals = []Refused{{Label: "enter/1", Problem: apiclient.Problem{Code: dispatch.CodeWrongStatus}}}
			},
			"other rule": func(_ *Evidence, good, _, _ *act) {
				good.story.Refusals = []Refused{{Wanted: true, WantCode: dispatch.CodeNotPacked, WantRule: dispatch.RulePacked,
					Problem: apiclient.Problem{Code: dispatch.CodeNotPacked, Rule: "VI-2"}}}
			},
			"granted": func(_ *Evidence, good, _, _ *act) {
				good.story.Refusals = []Refused{{Wanted: true, Granted: true, WantCode: dispatch.CodeTooEarly}}
			},
			"says not when": func(_ *Evidence, good, _, _ *act) {
				good.story.Refusals = []Refused{{Wanted: true, WantCode: dispatch.CodeTooEarly, Problem: apiclient.Problem{Code: dispatch.CodeTooEarly}}}
			},
			"never answered": func(_ *Evidence, good, _, _ *act) { good.story.Offended = []string{"no answer"} },
		},
		"the same key gets the same answer": {
			"another": func(_ *Evidence, good, _, _ *act) { good.story.Repeated = []Repeated{{How: DoubleLater}} },
		},
		"visits leave their documents": {
			"no form": func(_ *Evidence, good, _, _ *act) { fact(good.file, "document.sealed", 0).Data["document"] = "another" },
			"no note": func(_ *Evidence, _, closed, _ *act) {
				fact(closed.file, "document.sealed", 0).Data["document"] = "another"
			},
		},
		"customers are told once, and told": {
			"twice": func(_ *Evidence, good, _, _ *act) {
				good.file.Messages = append(good.file.Messages, good.file.Messages[0])
			},
			"not told": func(_ *Evidence, good, _, _ *act) { good.file.Messages = good.file.Messages[1:] },
			"by whom":  func(_ *Evidence, good, _, _ *act) { good.file.Messages[0].Sequence = 999 },
			"failed":   func(_ *Evidence, good, _, _ *act) { good.file.Messages[0].State = "failed" },
		},
		"clocks fire, at their time": {
			"early": func(_ *Evidence, _, closed, _ *act) {
				e := fact(closed.file, "follow_up.asked", 0)
				e.At = e.At.Add(-time.Second)
			},
			"late": func(_ *Evidence, _, closed, _ *act) {
				e := fact(closed.file, "follow_up.asked", 0)
				e.At = e.At.Add(6 * time.Second)
			},
			"never": func(_ *Evidence, good, _, _ *act) {
				good.file.Job.Status, good.file.Job.FollowUp = dispatch.StatusCompleted, dispatch.FollowUp{}
				good.file.Job.Fired = nil
			},
			"overdue twice": func(_ *Evidence, good, _, _ *act) {
				due := good.now.Add(time.Second)
				for range 2 {
					good.file.Job.Fired = append(good.file.Job.Fired, "VI-15@"+unix(due))
					good.file.Timeline = append(good.file.Timeline, dispatch.Entry{
						At: due.Add(2 * time.Second), Action: dispatch.ActionClock, Fact: "rule.broken", Rule: dispatch.RuleCompleteWithin,
						Actor: dispatch.Actor{ID: unix(due)}, Breach: true,
					})
					due = due.Add(time.Second)
				}
			},
		},
		"the figures can be counted again": {
			"one more": func(ev *Evidence, _, _, _ *act) { ev.KPIs[0].Numerator++ },
			"missing":  func(ev *Evidence, _, _, _ *act) { ev.KPIs = ev.KPIs[1:] },
		},
		"the API has no faults": {
			"500": func(ev *Evidence, _, _, _ *act) { ev.Faults = []string{"HTTP 500"} },
		},
	} {
		for name, plant := range plants {
			t.Run(invariant+"/"+name, func(t *testing.T) {
				t.Parallel()
				ev, good, closed, moved := theDay(t)
				plant(ev, good, closed, moved)
				found := Check(ev)
				require.True(t, slices.ContainsFunc(found, func(b Broken) bool { return b.Invariant == invariant }), "%+v", found)
			})
		}
	}
}

func TestEveryInvariantHasAPlant(t *testing.T) {
	t.Parallel()
	require.Len(t, invariants, 16, "plant a violation of the new one above")
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
