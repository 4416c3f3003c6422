package importer

import (
	"fmt"
	"strings"
	"time"
)

// rfc3339 as a `time` means times that carry their own offset.
const rfc3339 = "rfc3339"

// layoutOf turns YYYY-MM-DD hh:mm:ss into Go's layout. M, D and h may be single: they then take one digit or two.
func layoutOf(pattern string) (string, error) {
	if pattern == rfc3339 {
		return time.RFC3339, nil
	}
	layout := strings.NewReplacer("YYYY", "2006", "MM", "01", "M", "1", "DD", "02", "D", "2",
		"hh", "15", "h", "15", "mm", "04", "ss", "05").Replace(pattern)
	if strings.ContainsAny(layout, "YMDhms") || !strings.Contains(layout, "2006") {
		return "", fmt.Errorf("time %q: write the day and the clock with YYYY, MM, DD, hh, mm, ss, or rfc3339", pattern)
	}
	return layout, nil
}

// parseCivil reads a wall-clock time, as if it were UTC, or an rfc3339 one with its offset.
func parseCivil(text, pattern string) (time.Time, error) {
	layout, err := layoutOf(pattern)
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time of the form %s", text, pattern)
	}
	return t, nil
}

// loadZone knows IANA names only: "Local" would be another zone on another machine.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone such as America/Chicago", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not a time zone such as America/Chicago", name)
	}
	return loc, nil
}

// onWall returns the moment at which clocks in loc show what civil shows in UTC, days later. Days are the calendar's,
// so that 8 o'clock stays 8 o'clock. Where clocks skip that time it is the first moment after the gap; where they
// show it twice, the first of the two.
func onWall(civil time.Time, days int, loc *time.Location) time.Time {
	wall := time.Date(civil.Year(), civil.Month(), civil.Day()+days, civil.Hour(), civil.Minute(), civil.Second(), 0, time.UTC)
	_, before := wall.Add(-24 * time.Hour).In(loc).Zone()
	_, after := wall.Add(24 * time.Hour).In(loc).Zone()
	early, late := wall.Add(-time.Duration(before)*time.Second), wall.Add(-time.Duration(after)*time.Second)
	if late.Before(early) {
		early, late = late, early
	}
	for _, t := range []time.Time{early, late} {
		if _, offset := t.In(loc).Zone(); t.Add(time.Duration(offset) * time.Second).Equal(wall) {
			return t.In(loc)
		}
	}
	gapEnd, _ := late.In(loc).ZoneBounds()
	return gapEnd
}

// daysUntilTomorrow is by how many days a time has to move to lie on tomorrow's date in its own zone.
func daysUntilTomorrow(t, now time.Time) int {
	date := func(t time.Time, plus int) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day()+plus, 0, 0, 0, 0, time.UTC)
	}
	return int(date(now.In(t.Location()), 1).Sub(date(t, 0)) / (24 * time.Hour))
}
