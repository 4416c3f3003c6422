package dispatch

import "time"

// on returns the moment a wall clock in loc shows t on the day of d. Where the clock is
// put forward over t, it is the first moment after the gap; where it shows t twice, the
// first of the two. time.Date leaves both open.
func (t TimeOfDay) on(d time.Time, loc *time.Location) time.Time {
	d = d.In(loc)
	at := time.Date(d.Year(), d.Month(), d.Day(), int(t)/60, int(t)%60, 0, 0, loc)
	want := time.Date(d.Year(), d.Month(), d.Day(), int(t)/60, int(t)%60, 0, 0, time.UTC)
	shown := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	start, end := at.ZoneBounds()
	switch {
	case shown.Before(want):
		return end
	case shown.After(want):
		return start
	case start.IsZero():
		return at
	}
	_, offset := at.Zone()
	_, before := start.Add(-time.Second).Zone()
	if first := at.Add(time.Duration(offset-before) * time.Second); first.Before(start) && before > offset {
		return first
	}
	return at
}

// nextDay returns noon of the following day in loc; noon exists on every day.
func nextDay(d time.Time, loc *time.Location) time.Time {
	d = d.In(loc)
	return time.Date(d.Year(), d.Month(), d.Day()+1, 12, 0, 0, 0, loc)
}

// AddServiceTime adds d to from, counting only time inside the service day (IN-5, AP-1):
// one hour from 19:30 of a day that ends at 20:00 is 08:30 of the next. Daylight-saving
// days count what really passes.
func (s *Standard) AddServiceTime(from time.Time, d time.Duration, loc *time.Location) time.Time {
	day := from
	for {
		open, end := s.ServiceDay.From.on(day, loc), s.ServiceDay.To.on(day, loc)
		if from.Before(open) {
			from = open
		}
		if left := end.Sub(from); left > 0 {
			if d <= left {
				return from.Add(d)
			}
			d -= left
		}
		day = nextDay(day, loc)
	}
}

// ServiceDayEnd returns the end of the service day that t lies in or comes before; of the
// next day when t lies after today's end.
func (s *Standard) ServiceDayEnd(t time.Time, loc *time.Location) time.Time {
	end := s.ServiceDay.To.on(t, loc)
	if !t.Before(end) {
		end = s.ServiceDay.To.on(nextDay(t, loc), loc)
	}
	return end
}

// AfterQuiet returns t, or the end of the quiet hours when t lies in them (FU-1).
func (s *Standard) AfterQuiet(t time.Time, loc *time.Location) time.Time {
	q := s.QuietHours
	if q.From == q.To {
		return t
	}
	from, to := q.From.on(t, loc), q.To.on(t, loc)
	switch {
	case q.From < q.To && !t.Before(from) && t.Before(to):
		return to
	case q.From > q.To && t.Before(to):
		return to
	case q.From > q.To && !t.Before(from):
		return q.To.on(nextDay(t, loc), loc)
	}
	return t
}
