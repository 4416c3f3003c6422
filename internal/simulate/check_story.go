package simulate

import (
	"slices"
	"time"

	"truckroll/dispatch"
)

// sameMoment is how far two times may differ that were one: databases keep microseconds.
const sameMoment = 10 * time.Microsecond

func checkFound(ev *Evidence, broken report) {
	listed := slices.Clone(ev.Listed)
	slices.Sort(listed)
	for i := range listed {
		if i > 0 && listed[i] == listed[i-1] {
			broken(listed[i], dispatch.RuleRegister, "the search lists it twice")
		}
	}
	numbers := map[string]int{}
	for _, s := range ev.Stories {
		if s.Number == "" {
			continue // it never came to that: the story's own offence says so
		}
		if first, ok := numbers[s.Number]; ok {
			broken(s.Number, dispatch.RuleRegister, "two requests got this number: %d and %d", first, s.Plan.Index)
		}
		numbers[s.Number] = s.Plan.Index
		if d := ev.Dossiers[s.Number]; d == nil || d.Missing {
			broken(s.Number, dispatch.RuleRegister, "it was registered and is not found")
		}
		if _, ok := slices.BinarySearch(listed, s.Number); !ok {
			broken(s.Number, dispatch.RuleRegister, "it was registered and the search over its territory does not find it")
		}
	}
}

func checkStatus(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		if !slices.Contains(s.Expected, d.Job.Status) {
			broken(s.Number, "", "it is %s, expected %v", d.Job.Status, s.Expected)
		}
		if n := len(d.Timeline); n > 0 && d.Timeline[n-1].Status != d.Job.Status {
			broken(s.Number, "", "it is %s, its timeline ends with %s", d.Job.Status, d.Timeline[n-1].Status)
		}
	})
}

// checkCommands matches receipts and audit entries, one to one: a receipt names its last
// entry; entries of the same moment and actor before that are of the same command.
func checkCommands(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		covered, lasts := make([]int, len(d.Timeline)), map[int64]bool{}
		for _, a := range s.Acks {
			lasts[a.Receipt.Seq] = true
		}
		for _, a := range s.Acks {
			i := slices.IndexFunc(d.Timeline, func(e dispatch.Entry) bool { return e.Seq == a.Receipt.Seq })
			if i < 0 {
				broken(s.Number, "", "%s was taken as number %d, which the timeline does not have", a.Label, a.Receipt.Seq)
				continue
			}
			last := d.Timeline[i]
			if last.Action != a.Action || !near(last.At, a.Receipt.At) || last.Status != a.Receipt.Status {
				broken(s.Number, "", "%s was taken as number %d at %s as %s, where the timeline has %s at %s as %s", a.Label, last.Seq,
					a.Receipt.At.Format(time.RFC3339Nano), a.Receipt.Status, last.Action, last.At.Format(time.RFC3339Nano), last.Status)
			}
			covered[i]++
			for i--; i >= 0 && !lasts[d.Timeline[i].Seq] && near(d.Timeline[i].At, last.At) && d.Timeline[i].Actor == last.Actor; i-- {
				covered[i]++
			}
		}
		for i, e := range d.Timeline {
			byItself := e.Action.Internal() || e.Action == "register"
			switch {
			case covered[i] > 1:
				broken(s.Number, "", "number %d (%s) belongs to %d commands", e.Seq, e.Fact, covered[i])
			case covered[i] == 0 && !byItself:
				broken(s.Number, "", "number %d (%s) belongs to no command that was taken", e.Seq, e.Fact)
			}
		}
	})
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() <= sameMoment }

func checkRefusals(ev *Evidence, broken report) {
	for _, s := range ev.Stories {
		for _, o := range s.Offended {
			broken(s.Number, "", "%s", o)
		}
		for _, r := range s.Refusals {
			rule := dispatch.RuleID(r.Problem.Rule)
			switch {
			case r.Granted:
				broken(s.Number, r.WantRule, "%s was taken, expected %s %s", r.Label, r.WantCode, r.WantRule)
			case !r.Wanted:
				broken(s.Number, rule, "%s was refused: %s %s", r.Label, r.Problem.Code, r.Problem.Detail)
			case !(want{r.WantCode, r.WantRule}).met(r.Problem):
				broken(s.Number, r.WantRule, "%s was refused with %s %s, expected %s %s",
					r.Label, r.Problem.Code, r.Problem.Rule, r.WantCode, r.WantRule)
			case r.Problem.Code == dispatch.CodeTooEarly && r.Problem.AllowedFrom.IsZero(),
				r.Problem.Code == dispatch.CodeNoticeTooShort && r.Problem.AllowedUntil.IsZero(),
				r.Problem.Code == dispatch.CodeIncomplete && len(r.Problem.Missing) == 0:
				broken(s.Number, rule, "%s was refused with %s without saying what to do instead", r.Label, r.Problem.Code)
			}
		}
	}
}

func checkDoubles(ev *Evidence, broken report) {
	for _, s := range ev.Stories {
		for _, r := range s.Repeated {
			if !r.Same {
				broken(s.Number, "", "%s, sent again (%s): first %s, then %s", r.Label, r.How, r.First, r.Other)
			}
		}
	}
}
