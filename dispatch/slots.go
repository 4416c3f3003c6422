package dispatch

import (
	"cmp"
	"slices"
	"time"
)

// Shift is a stretch of time in which an installer works.
type Shift struct {
	Installer string
	Start     time.Time
	End       time.Time
	// MaxJobs bounds the appointments in the shift; 0 means no bound.
	MaxJobs int
}

// Busy is time an installer has given away: an appointment with the way to the next.
type Busy struct {
	Installer string
	Start     time.Time
	End       time.Time
}

// SlotQuery asks for free windows.
type SlotQuery struct {
	From, To time.Time
	Work     time.Duration // on site
	Travel   time.Duration // kept free afterwards
	Grid     time.Duration // windows start on multiples of it, counted from the shift's start
	Reserve  time.Duration // of each shift's end, closed to this job (NA-5)
	Near     time.Time     // windows nearest to it come first; zero: earliest first
	Limit    int
}

// FreeWindows returns the windows that some installer can still give, one per start time,
// each with the installer who has the fewest jobs in the shift, so that work spreads.
func FreeWindows(q SlotQuery, shifts []Shift, busy []Busy) []Window {
	taken := map[string][]Busy{}
	for _, b := range busy {
		taken[b.Installer] = append(taken[b.Installer], b)
	}
	type candidate struct {
		Window

		load int
	}
	best := map[int64]candidate{}
	for _, s := range shifts {
		load := 0
		for _, b := range taken[s.Installer] {
			if b.Start.Before(s.End) && s.Start.Before(b.End) {
				load++
			}
		}
		if s.MaxJobs > 0 && load >= s.MaxJobs {
			continue
		}
		last := s.End.Add(-q.Work - q.Reserve)
		for start := firstStart(s, q); !start.After(last) && start.Before(q.To); start = start.Add(q.Grid) {
			if !free(taken[s.Installer], start, start.Add(q.Work+q.Travel)) {
				continue
			}
			c := candidate{Window{Start: start.UTC(), End: start.Add(q.Work).UTC(), Installer: s.Installer}, load}
			if old, ok := best[start.Unix()]; !ok || c.load < old.load || c.load == old.load && c.Installer < old.Installer {
				best[start.Unix()] = c
			}
		}
	}
	out := make([]Window, 0, len(best))
	for _, c := range best {
		out = append(out, c.Window)
	}
	slices.SortFunc(out, func(a, b Window) int {
		if !q.Near.IsZero() {
			if d := cmp.Compare(a.Start.Sub(q.Near).Abs(), b.Start.Sub(q.Near).Abs()); d != 0 {
				return d
			}
		}
		return a.Start.Compare(b.Start)
	})
	if q.Limit > 0 && len(out) > q.Limit {
		out = out[:q.Limit]
	}
	return out
}

// firstStart is the first start on the shift's grid that is not before the query's.
func firstStart(s Shift, q SlotQuery) time.Time {
	if !s.Start.Before(q.From) {
		return s.Start
	}
	late := q.From.Sub(s.Start) % q.Grid
	if late == 0 {
		return q.From
	}
	return q.From.Add(q.Grid - late)
}

func free(busy []Busy, from, to time.Time) bool {
	return !slices.ContainsFunc(busy, func(b Busy) bool { return b.Start.Before(to) && from.Before(b.End) })
}
