package dispatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"truckroll/dispatch"
)

var day = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func hours(h float64) time.Time { return day.Add(time.Duration(h * float64(time.Hour))) }

func query() dispatch.SlotQuery {
	return dispatch.SlotQuery{From: day, To: hours(12), Work: time.Hour, Travel: 15 * time.Minute, Grid: 15 * time.Minute}
}

func Test_AP2_free_windows_lie_in_shifts_and_beside_appointments(t *testing.T) {
	shifts := []dispatch.Shift{{Installer: "a", Start: hours(0), End: hours(4)}}
	busy := []dispatch.Busy{{Installer: "a", Start: hours(1.5), End: hours(2.75)}}
	var starts []float64
	for _, w := range dispatch.FreeWindows(query(), shifts, busy) {
		starts = append(starts, w.Start.Sub(day).Hours())
	}
	// Before: 0 and 0.25 leave an hour of work and the way. After: from 2.75 to the last that ends with the shift.
	require.Equal(t, []float64{0, 0.25, 2.75, 3}, starts)
}

func Test_NA5_the_end_of_a_shift_is_kept(t *testing.T) {
	shifts := []dispatch.Shift{{Installer: "a", Start: hours(0), End: hours(2)}}
	q := query()
	q.Reserve = time.Hour
	require.Len(t, dispatch.FreeWindows(q, shifts, nil), 1)
	q.Reserve = 0
	require.Len(t, dispatch.FreeWindows(q, shifts, nil), 5)
}

func Test_AP2_the_nearest_windows_come_first_and_work_spreads(t *testing.T) {
	shifts := []dispatch.Shift{
		{Installer: "a", Start: hours(0), End: hours(8)},
		{Installer: "b", Start: hours(0), End: hours(8)},
		{Installer: "c", Start: hours(0), End: hours(8), MaxJobs: 1},
	}
	busy := []dispatch.Busy{
		{Installer: "a", Start: hours(0), End: hours(1)},
		{Installer: "c", Start: hours(0), End: hours(1)},
	}
	q := query()
	q.Near, q.Limit = hours(3), 3
	got := dispatch.FreeWindows(q, shifts, busy)
	require.Len(t, got, 3)
	require.True(t, got[0].Start.Equal(hours(3)))
	for _, w := range got {
		require.Equal(t, "b", w.Installer, "a has work already, c may take no more")
	}
}

func Test_a_free_window_never_overlaps_anything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minute := func(name string) time.Time {
			return day.Add(time.Duration(rapid.IntRange(0, 600).Draw(t, name)) * time.Minute)
		}
		var shifts []dispatch.Shift
		var busy []dispatch.Busy
		for range rapid.IntRange(1, 4).Draw(t, "shifts") {
			s := minute("shift")
			shifts = append(shifts, dispatch.Shift{Installer: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who"), Start: s, End: s.Add(4 * time.Hour)})
		}
		for range rapid.IntRange(0, 6).Draw(t, "busy") {
			s := minute("busy from")
			busy = append(busy, dispatch.Busy{Installer: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "who"), Start: s, End: s.Add(50 * time.Minute)})
		}
		q := query()
		for _, w := range dispatch.FreeWindows(q, shifts, busy) {
			inShift := false
			for _, s := range shifts {
				inShift = inShift || s.Installer == w.Installer && !w.Start.Before(s.Start) && !w.End.After(s.End)
			}
			if !inShift {
				t.Fatalf("%v lies in no shift", w)
			}
			for _, b := range busy {
				if b.Installer == w.Installer && b.Start.Before(w.End.Add(q.Travel)) && w.Start.Before(b.End) {
					t.Fatalf("%v overlaps %v", w, b)
				}
			}
		}
	})
}
