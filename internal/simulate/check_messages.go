package simulate

import (
	"slices"
	"time"

	"truckroll/dispatch"
)

// courierSlack is how long a message may lie in the outbox after its time.
const courierSlack = time.Minute

// toldBy lists the facts that customers are told, with the purposes of the message (AP-3,
// AP-5, AP-6, AP-7, NA-2, NA-4, FU-1).
//
//nolint:gochecknoglobals // a constant
var toldBy = map[string][]dispatch.Purpose{
	"appointment.booked": {dispatch.PurposeAgreed},
	"appointment.moved":  {dispatch.PurposeMovedByCompany, dispatch.PurposeMovedByYou},
	"customer.reminded":  {dispatch.PurposeReminder},
	"visit.departed":     {dispatch.PurposeOnTheWay},
	"delay.told":         {dispatch.PurposeLate},
	"visit.arrived":      {dispatch.PurposeAtDoor},
	"visit.no_access":    {dispatch.PurposeVisitNote},
	"job.completed":      {dispatch.PurposeCompleted},
	"follow_up.asked":    {dispatch.PurposeScoreRequest, dispatch.PurposeScoreReminder},
	"job.cancelled":      {dispatch.PurposeCancelled},
	"job.held":           {dispatch.PurposeHeld},
	"document.sealed":    {dispatch.PurposeFormReady},
}

// toldOf are the purposes one of which tells the customer of an entry; none if nothing does.
// A visit note needs no message that it is there: it is one.
func toldOf(e dispatch.Entry) []dispatch.Purpose {
	if e.Fact == "document.sealed" && e.Rule == dispatch.RuleVisitNote {
		return nil
	}
	return toldBy[e.Fact]
}

func checkMessages(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		type identity struct {
			purpose string
			seq     int64
		}
		seen := map[identity]int{}
		for _, m := range d.Messages {
			seen[identity{m.Purpose, m.Sequence}]++
			overdue := m.State == "queued" || m.State == "sending"
			if overdue && ev.ReadAt.Sub(m.NotBefore) > courierSlack || m.State == "failed" {
				broken(s.Number, "AP-8", "the message %s of number %d is %s: %s", m.Purpose, m.Sequence, m.State, m.Error)
			}
		}
		told := 0
		for _, e := range d.Timeline {
			purposes := toldOf(e)
			if len(purposes) == 0 {
				continue
			}
			n := 0
			for _, p := range purposes {
				n += seen[identity{string(p), e.Seq}]
			}
			told += n
			if n != 1 {
				broken(s.Number, e.Rule, "number %d (%s) was told %d times, as one of %v", e.Seq, e.Fact, n, purposes)
			}
		}
		if told != len(d.Messages) {
			strange := slices.Collect(func(yield func(string) bool) {
				for _, m := range d.Messages {
					if !yield(m.Purpose) {
						return
					}
				}
			})
			broken(s.Number, "AP-8", "%d of %d messages have an entry that asked for them: %v", told, len(d.Messages), strange)
		}
	})
}
