package simulate

import (
	"slices"
	"strings"
	"time"

	"truckroll/dispatch"
)

func checkNumbers(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		if len(d.Timeline) == 0 {
			broken(s.Number, dispatch.RuleRegister, "it has no timeline")
		}
		for i, e := range d.Timeline {
			if e.Seq != int64(i+1) {
				broken(s.Number, "", "entry %d has the number %d", i+1, e.Seq)
				return
			}
			if i > 0 && e.At.Before(d.Timeline[i-1].At) {
				broken(s.Number, "", "number %d lies before number %d in time", e.Seq, e.Seq-1)
			}
		}
		if d.Job.Seq != int64(len(d.Timeline)) {
			broken(s.Number, "", "the job has %d entries, its timeline %d", d.Job.Seq, len(d.Timeline))
		}
	})
}

func checkTransitions(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		at := dispatch.StatusReceived
		for i, e := range d.Timeline {
			if e.Status != at && !dispatch.CanBecome(at, e.Status) {
				broken(s.Number, "", "number %d (%s) leads from %s to %s", e.Seq, e.Fact, at, e.Status)
			}
			if at.Ended() && !near(e.At, d.Timeline[i-1].At) { // the last command may have more to record
				broken(s.Number, dispatch.RuleNothingSilent, "number %d (%s) comes after the end", e.Seq, e.Fact)
			}
			at = e.Status
		}
	})
}

// checkDoors walks through every wait at a door (NA-1, NA-2, NA-3).
func checkDoors(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		var agreed, arrived time.Time
		calls, inside := 0, false
		for _, e := range d.Timeline {
			switch e.Fact {
			case "appointment.booked", "appointment.moved":
				agreed = moment(e, "start")
			case "visit.arrived":
				arrived, calls, inside = e.At, 0, false
			case "visit.entered":
				inside = true
			case "contact.attempted":
				if e.Status == dispatch.StatusWaiting && text(e, "channel") == "call" && text(e, "outcome") != "wrong_number" {
					calls++
				}
			case "visit.no_access":
				from := laterOf(arrived, agreed).Add(ev.Std.NoShowWait.D())
				if e.At.Before(from.Add(-sameMoment)) {
					broken(s.Number, dispatch.RuleDoorWait, "no access %s before the wait was over", from.Sub(e.At))
				}
				if calls == 0 {
					broken(s.Number, dispatch.RuleDoorContact, "no access without a call from the door")
				}
				if inside {
					broken(s.Number, dispatch.RuleCustomerBack, "no access after the customer had opened")
				}
			}
		}
	})
}

// checkCompletions counts again what a completion needs (VI-2 to VI-13).
func checkCompletions(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		done, photos, verdict, signed := map[string]bool{}, map[string]bool{}, map[string]bool{}, false
		for _, e := range d.Timeline {
			switch e.Fact {
			case "visit.entered":
				done, photos, verdict, signed = map[string]bool{}, map[string]bool{}, map[string]bool{}, false
			case "step.confirmed":
				done[text(e, "step")] = true
			case "photo.added":
				photos[text(e, "kind")] = true
			case "form.signed":
				signed = true
			case "test.recorded":
				for _, part := range texts(e, "passed") {
					verdict[part] = true
				}
				for _, part := range texts(e, "failed") {
					verdict[part] = false
				}
			case "job.completed":
				if missing := missingAt(ev.Std, d.Job, done, photos, verdict, signed); len(missing) > 0 {
					broken(s.Number, "VI-15", "completed without %s", strings.Join(missing, ", "))
				}
			}
		}
	})
}

func missingAt(std *dispatch.Standard, job dispatch.Job, done, photos, verdict map[string]bool, signed bool) []string {
	var out []string
	plan := std.Plan(job.Kind)
	for _, step := range plan.Steps {
		if !done[step.ID] {
			out = append(out, "step "+step.ID)
		}
	}
	for _, part := range plan.Tests {
		if !verdict[string(part)] {
			out = append(out, "passed test "+string(part))
		}
	}
	for _, kind := range plan.RequiredPhotos(job.SoldOnline) {
		if !photos[kind] {
			out = append(out, "photo "+kind)
		}
	}
	if plan.Signature && !signed {
		out = append(out, "signature")
	}
	return out
}

// checkNotice finds every change by the company with less than the notice to go, which must
// be on record as a breach of AP-6, and breaches without one.
func checkNotice(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		var agreed time.Time
		for i, e := range d.Timeline {
			live := !agreed.IsZero()
			company := text(e, "by") == string(dispatch.PartyCompany)
			if (e.Fact == "appointment.moved" || e.Fact == "job.cancelled") && company && live {
				short := e.At.After(agreed.Add(-ev.Std.RescheduleNotice.D()))
				recorded := slices.ContainsFunc(d.Timeline[i+1:], func(b dispatch.Entry) bool {
					return b.Breach && b.Rule == dispatch.RuleCompanyNotice && near(b.At, e.At)
				})
				if short && !recorded {
					broken(s.Number, dispatch.RuleCompanyNotice, "%s by the company %s before the agreed time, and no breach on record",
						e.Fact, agreed.Sub(e.At))
				}
				if !short && recorded {
					broken(s.Number, dispatch.RuleCompanyNotice, "%s by the company in time, and a breach on record", e.Fact)
				}
			}
			switch e.Fact {
			case "appointment.booked", "appointment.moved":
				agreed = moment(e, "start")
			case "job.completed", "visit.no_access", "job.held", "job.cancelled", "job.failed":
				agreed = time.Time{}
			}
		}
	})
}
