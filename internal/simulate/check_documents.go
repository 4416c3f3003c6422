package simulate

import "truckroll/dispatch"

// checkDocuments: each visit that completed has its confirmation form (VI-12) and each that met
// nobody its visit note (NA-4), once, and no other visit has any.
func checkDocuments(ev *Evidence, broken report) {
	ev.each(func(s *Story, d *Dossier) {
		sealed := map[string]int{}
		for _, e := range d.Timeline {
			if e.Fact == "document.sealed" {
				sealed[text(e, "document")]++
			}
		}
		for i := range d.Job.Visits {
			v := &d.Job.Visits[i]
			for _, kind := range []dispatch.DocumentKind{dispatch.DocumentForm, dispatch.DocumentNote} {
				want := 0
				if kind == dispatch.DocumentForm && v.Outcome == dispatch.VisitCompleted || kind == dispatch.DocumentNote && v.Outcome == dispatch.VisitNoAccess {
					want = 1
				}
				if no := dispatch.DocumentNo(s.Number, kind, v.No); sealed[no] != want {
					broken(s.Number, kind.Rule(), "visit %d ended as %s and has %d documents %s", v.No, v.Outcome, sealed[no], no)
				}
			}
		}
	})
}
