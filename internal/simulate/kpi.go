package simulate

import (
	"math"
	"slices"
	"time"

	"truckroll/dispatch"
)

// KPILine is a figure as the system reports it, and as the run counts it from the timelines.
type KPILine struct {
	Name        string   `json:"name"`
	Unit        string   `json:"unit"`
	Value       *float64 `json:"value,omitempty"`
	Numerator   float64  `json:"numerator"`
	Denominator float64  `json:"denominator"`
	Definition  string   `json:"definition"`
	Exclusions  string   `json:"exclusions,omitempty"`
	Counted     bool     `json:"counted"` // the run counts it too
	OurTop      float64  `json:"our_numerator"`
	OurBottom   float64  `json:"our_denominator"`
}

// fraction is a figure before it is divided.
type fraction struct{ top, bottom float64 }

// figures lists the reported figures beside the run's own.
func figures(ev *Evidence) []KPILine {
	ours := countFigures(ev)
	out := make([]KPILine, len(ev.KPIs))
	for i, k := range ev.KPIs {
		f, ok := ours[k.Name]
		out[i] = KPILine{
			Name: k.Name, Unit: k.Unit, Value: k.Value, Numerator: k.Numerator, Denominator: k.Denominator,
			Definition: k.Definition, Exclusions: k.Exclusions, Counted: ok, OurTop: f.top, OurBottom: f.bottom,
		}
	}
	return out
}

// A figure of seconds may differ by what the database rounds, a second for every notice.
const figureSlack = 0.002

// checkFigures compares the report with what the run counts, both ways.
func checkFigures(ev *Evidence, broken report) {
	lines := figures(ev)
	for _, k := range lines {
		if !k.Counted {
			continue
		}
		if !same(k.Numerator, k.OurTop) || !same(k.Denominator, k.OurBottom) {
			broken("", "", "%s is reported as %g of %g, the timelines say %g of %g", k.Name, k.Numerator, k.Denominator, k.OurTop, k.OurBottom)
		}
		if k.Denominator > 0 && (k.Value == nil || !same(*k.Value, k.Numerator/k.Denominator)) {
			broken("", "", "%s is not its numerator over its denominator", k.Name)
		}
	}
	for name, f := range countFigures(ev) {
		if f.bottom > 0 && !slices.ContainsFunc(lines, func(k KPILine) bool { return k.Name == name }) {
			broken("", "", "the report lacks %s, which is %g of %g", name, f.top, f.bottom)
		}
	}
}

func same(a, b float64) bool {
	return math.Abs(a-b) <= figureSlack*math.Max(1, math.Max(math.Abs(a), math.Abs(b)))
}

// countFigures counts every figure of the standard from the timelines, by the name that the
// report gives it.
func countFigures(ev *Evidence) map[string]fraction {
	out := map[string]fraction{}
	add := func(name string, top, bottom float64) {
		f := out[name]
		out[name] = fraction{f.top + top, f.bottom + bottom}
	}
	ev.each(func(_ *Story, d *Dossier) {
		visits := visitsOf(d.Timeline)
		for _, v := range visits {
			countVisit(v, ev.ReadAt, add)
		}
		countJob(d, visits, add)
	})
	due := out["fulfilment"].bottom
	for _, party := range []string{"customer", "company"} {
		if f, ok := out["reschedules_by_"+party]; ok {
			out["reschedules_by_"+party] = fraction{f.top, due}
		}
	}
	add("utilisation", 0, ev.ShiftSeconds)
	return out
}

func countVisit(v visit, now time.Time, add func(name string, top, bottom float64)) {
	if !v.entered.IsZero() {
		add("utilisation", v.left.Sub(v.entered).Seconds(), 0)
	}
	if v.outcome == dispatch.VisitCalledOff || v.outcome == dispatch.VisitSafetyStop || v.outcome == "" && !v.end.Before(now) {
		return // not due
	}
	arrived := !v.arrived.IsZero()
	missed := !arrived && (v.outcome == dispatch.VisitMissed || v.outcome == "")
	add("fulfilment", one(v.outcome == dispatch.VisitCompleted && v.start.Equal(v.firstStart) && !v.arrived.After(v.firstEnd)), 1)
	add("on_time_arrival", one(arrived && !v.arrived.After(v.start)), one(arrived || missed))
	add("no_access", one(v.outcome == dispatch.VisitNoAccess), 1)
	add("missed_by_us", one(missed), 1)
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func countJob(d *Dossier, visits []visit, add func(name string, top, bottom float64)) {
	var completed time.Time
	photos, asked, score := map[string]int{}, 0, -1
	for _, e := range d.Timeline {
		switch e.Fact {
		case "job.completed":
			completed = e.At
		case "photo.added":
			photos[text(e, "kind")]++
		case "follow_up.asked":
			asked++
		case "follow_up.recorded":
			if _, said := e.Data["score"]; said {
				score = number(e, "score")
			}
		case "appointment.moved":
			add("reschedules_by_"+text(e, "by"), 1, 0)
			add("notice_by_"+text(e, "by"), float64(number(e, "notice_s")), 1)
		}
	}
	if completed.IsZero() {
		return
	}
	tried := 0
	for _, v := range visits {
		if !v.arrived.IsZero() && v.outcome != dispatch.VisitNoAccess && v.outcome != dispatch.VisitCalledOff {
			tried++
		}
	}
	add("first_time_fix", one(tried == 1), 1)
	if d.Job.Kind == dispatch.KindRepair {
		took := completed.Sub(d.Job.OpenedAt).Seconds()
		add("time_to_repair", took, 1)
		add("time_to_repair_net", took-heldByCustomer(d.Job, completed).Seconds(), 1)
	}
	if len(photos) > 0 {
		once := true
		for _, n := range photos {
			once = once && n == 1
		}
		add("evidence_first_pass", one(once), 1)
	}
	if asked > 0 {
		add("follow_up_response", one(score >= 0), 1)
	}
	if score >= 0 {
		add("follow_up_score", 100*(one(score >= 9)-one(score <= 6)), 1)
	}
}

// heldByCustomer is how long the customer was the cause, up to completion.
func heldByCustomer(job dispatch.Job, completed time.Time) time.Duration {
	var sum time.Duration
	for _, p := range job.Pauses {
		until := completed
		if p.Until != nil && p.Until.Before(completed) {
			until = *p.Until
		}
		if p.Cause == dispatch.PartyCustomer && p.From.Before(completed) {
			sum += until.Sub(p.From)
		}
	}
	return sum
}
