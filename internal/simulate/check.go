package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"truckroll/dispatch"
)

// Broken is a promise that was not kept.
type Broken struct {
	Invariant string          `json:"invariant"`
	Job       string          `json:"job,omitempty"`
	Rule      dispatch.RuleID `json:"rule,omitempty"`
	Say       string          `json:"say"`
}

// report adds to the list of what is broken.
type report func(job string, rule dispatch.RuleID, format string, args ...any)

// invariants are the promises, each with its check.
//
//nolint:gochecknoglobals // a constant
var invariants = []struct {
	name  string
	check func(*Evidence, report)
}{
	{"every registered job is found", checkFound},
	{"every job stands where its people left it", checkStatus},
	{"every taken command stands in the timeline once", checkCommands},
	{"timelines have no gaps", checkNumbers},
	{"statuses change as the table allows", checkTransitions},
	{"nobody is booked twice", checkBookings},
	{"nobody leaves a door early, or without a call", checkDoors},
	{"nothing is completed with something missing", checkCompletions},
	{"the company moves with notice, or breaks AP-6 on record", checkNotice},
	{"refusals are the expected ones", checkRefusals},
	{"the same key gets the same answer", checkDoubles},
	{"visits leave their documents", checkDocuments},
	{"customers are told once, and told", checkMessages},
	{"clocks fire, at their time", checkClocks},
	{"the figures can be counted again", checkFigures},
	{"the API has no faults", checkFaults},
}

// Check looks at the evidence and lists every promise that was not kept.
func Check(ev *Evidence) []Broken {
	out := []Broken{}
	for _, inv := range invariants {
		inv.check(ev, func(job string, rule dispatch.RuleID, format string, args ...any) {
			out = append(out, Broken{Invariant: inv.name, Job: job, Rule: rule, Say: fmt.Sprintf(format, args...)})
		})
	}
	slices.SortStableFunc(out, func(a, b Broken) int { return cmp.Compare(a.Job, b.Job) })
	return out
}

// each calls f for every job that was found, in the order of the stories.
func (ev *Evidence) each(f func(s *Story, d *Dossier)) {
	for _, s := range ev.Stories {
		if d := ev.Dossiers[s.Number]; d != nil && !d.Missing {
			f(s, d)
		}
	}
}

func checkFaults(ev *Evidence, broken report) {
	for _, f := range ev.Faults {
		broken("", "", "%s", f)
	}
}

// The values in an entry's data, as they come out of JSON.

func moment(e dispatch.Entry, name string) time.Time {
	switch v := e.Data[name].(type) {
	case time.Time:
		return v
	case string:
		t, _ := time.Parse(time.RFC3339Nano, v)
		return t
	default:
		return time.Time{}
	}
}

func number(e dispatch.Entry, name string) int {
	switch v := e.Data[name].(type) {
	case int:
		return v
	case float64:
		return int(v)
	default:
		return 0
	}
}

func text(e dispatch.Entry, name string) string {
	s, _ := e.Data[name].(string)
	return s
}

func texts(e dispatch.Entry, name string) []string {
	list, _ := e.Data[name].([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
