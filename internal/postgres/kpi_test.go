package postgres

import (
	"testing"
	"time"

	"truckroll/dispatch"
)

// A hand-computed day. Installer i-1: a repair done at once and on time; an install at which
// nobody opened, then done at the second visit, late. Installer i-2: a visit nobody came to,
// moved by the company; a visit the customer moved once and then called off.
func TestKPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := w.now
	at := func(h, m int) time.Time { return day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute) }
	i1 := dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i-1"}
	depart := &dispatch.Depart{ToolsChecked: true, PartsChecked: true, Packed: w.std.Pack}

	repair := w.book(w.job("o-repair", func(in *dispatch.Intake) { in.Kind, in.Account = dispatch.KindRepair, "A-1" }), "k", at(1, 0), "i-1")
	repair = w.do(repair, "k1", desk, at(0, 10), &dispatch.Assign{})
	repair = w.do(repair, "k2", i1, at(0, 55), depart, &dispatch.Arrive{}, &dispatch.Enter{})
	w.finish(repair, i1, at(1, 55), 9)

	install := w.book(w.job("o-install", func(in *dispatch.Intake) { in.Customer.Address = "Elsewhere 1" }), "k", at(3, 0), "i-1")
	install = w.do(install, "k1", desk, at(2, 0), &dispatch.Assign{})
	install = w.do(install, "k2", i1, at(3, 0), depart, &dispatch.Arrive{}, &dispatch.ContactAttempt{Channel: "call", Outcome: "no_answer"})
	install = w.do(install, "k3", i1, at(3, 15), &dispatch.NoAccess{})
	w.now = at(3, 20)
	install = w.book(install, "k4", at(5, 0), "i-1")
	w.now = day
	install = w.do(install, "k5", desk, at(4, 0), &dispatch.Assign{})
	install = w.do(install, "k6", i1, at(5, 10), depart, &dispatch.Arrive{}, &dispatch.Enter{})
	w.finish(install, i1, at(6, 0), 3)

	missed := w.book(w.job("o-missed"), "k", at(1, 0), "i-2")
	_, err := w.Reserve(t.Context(), w.reservation(missed, "k1", at(6, 0), "i-2"))
	w.must(err)
	w.do(missed, "k1", desk, at(1, 30), &dispatch.Move{
		Start: at(6, 0), Installers: []string{"i-2"}, By: dispatch.PartyCompany, Reason: "ill", Override: "ill",
	})

	off := w.book(w.job("o-off"), "k", at(3, 0), "i-2")
	_, err = w.Reserve(t.Context(), w.reservation(off, "k1", at(4, 30), "i-2"))
	w.must(err)
	off = w.do(off, "k1", desk, at(0, 0), &dispatch.Move{Start: at(4, 30), Installers: []string{"i-2"}, By: dispatch.PartyCustomer})
	w.do(off, "k2", desk, at(1, 0), &dispatch.Cancel{By: dispatch.PartyCustomer})

	w.now = at(6, 30) // the moved visit, 15:00 to 16:00, is not due yet
	figures, err := w.KPI(t.Context(), at(-1, 0), at(9, 0), "north")
	w.must(err)
	want := map[string][2]float64{
		"fulfilment":              {2, 4}, // due: repair, no access, second visit, missed
		"on_time_arrival":         {2, 4}, // at 09:55 and 12:00; late at 14:10; missed
		"no_access":               {1, 4},
		"missed_by_us":            {1, 4},
		"first_time_fix":          {2, 2},
		"time_to_repair":          {115 * 60, 1},
		"time_to_repair_net":      {115 * 60, 1},
		"evidence_first_pass":     {2, 2},
		"follow_up_response":      {2, 2},
		"follow_up_score":         {0, 2},
		"reschedules_by_company":  {1, 4},
		"notice_by_company":       {-30 * 60, 1},
		"reschedules_by_customer": {1, 4},
		"notice_by_customer":      {3 * 3600, 1},
		"utilisation":             {60*60 + 50*60, 2 * 10 * 3600},
	}
	for _, f := range figures {
		n, ok := want[f.Name]
		if !ok || f.Numerator != n[0] || f.Denominator != n[1] || f.Exclusions == "" || f.Definition == "" {
			t.Errorf("%s = %v / %v, want %v / %v", f.Name, f.Numerator, f.Denominator, n[0], n[1])
		}
		delete(want, f.Name)
	}
	for missing := range want {
		t.Errorf("%s is missing", missing)
	}
	none, err := w.KPI(t.Context(), at(-1, 0), at(9, 0), "elsewhere")
	w.must(err)
	for _, f := range none {
		if f.Value != nil || f.Denominator != 0 {
			t.Errorf("%s elsewhere: %+v", f.Name, f)
		}
	}
}

// finish confirms all that completion needs, completes, and records the customer's score
// after having asked.
func (w *world) finish(job dispatch.Job, by dispatch.Actor, at time.Time, score int) dispatch.Job {
	w.t.Helper()
	plan := w.std.Plan(job.Kind)
	var all []dispatch.Command
	for _, s := range plan.Steps {
		values := map[string]string{}
		for _, v := range s.Values {
			values[v] = "yes"
		}
		all = append(all, &dispatch.ConfirmStep{Step: s.ID, Values: values})
	}
	all = append(all, &dispatch.RecordTest{
		Resources: &dispatch.ResourceCheck{PortMatches: true, LineMatches: true}, Authentication: &dispatch.AuthCheck{InSync: true},
		OpticalPower: &dispatch.PowerReading{DBm: -20}, Speed: &dispatch.SpeedReading{Mbps: 1000},
	})
	for i, kind := range plan.Photos {
		all = append(all, &dispatch.AddPhoto{Kind: kind, SHA256: name("%064x", i)})
	}
	job = w.do(job, "k-evidence", by, at, all...)
	customer := dispatch.Actor{Role: dispatch.RoleCustomer, ID: job.Number}
	job = w.do(job, "k-sign", customer, at, &dispatch.Sign{SHA256: name("%064x", 99), Signer: "customer", Consent: w.std.Form.Consent.Version})
	job = w.do(job, "k-finish", by, at, &dispatch.Complete{})
	for _, c := range dispatch.Clocks(w.std, &job) {
		job = w.do(job, c.Key, clock, c.At, &dispatch.ClockFired{Key: c.Key})
		at = c.At
	}
	return w.do(job, "k-score", desk, at.Add(time.Hour), &dispatch.RecordFollowUp{Score: &score})
}
