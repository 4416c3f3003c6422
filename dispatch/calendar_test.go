package dispatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"truckroll/dispatch"
)

func standard(t testing.TB) *dispatch.Standard {
	t.Helper()
	std, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	return std
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func Test_service_time_is_counted_in_the_jobs_own_zone(t *testing.T) {
	std := standard(t)
	ny, la := zone(t, "America/New_York"), zone(t, "America/Los_Angeles")
	at := func(loc *time.Location, s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, loc)
		require.NoError(t, err)
		return v
	}
	for _, c := range []struct {
		name string
		loc  *time.Location
		from string
		d    time.Duration
		want string
	}{
		{"within the day", ny, "2026-03-02 09:00:00", 2 * time.Hour, "2026-03-02 11:00:00"},
		{"to the last second of the day", ny, "2026-03-02 18:00:00", 2 * time.Hour, "2026-03-02 20:00:00"},
		{"over the night", ny, "2026-03-02 18:00:01", 2 * time.Hour, "2026-03-03 08:00:01"},
		{"before the day begins", ny, "2026-03-02 03:00:00", time.Hour, "2026-03-02 09:00:00"},
		{"after it has ended", ny, "2026-03-02 23:00:00", time.Hour, "2026-03-03 09:00:00"},
		{"another zone", la, "2026-03-02 19:30:00", time.Hour, "2026-03-03 08:30:00"},
		{"several days", ny, "2026-03-02 08:00:00", 30 * time.Hour, "2026-03-04 14:00:00"},
		{"into the short night", ny, "2026-03-07 19:30:00", time.Hour, "2026-03-08 08:30:00"},
		{"into the long night", ny, "2026-10-31 19:30:00", time.Hour, "2026-11-01 08:30:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := std.AddServiceTime(at(c.loc, c.from), c.d, c.loc)
			require.True(t, at(c.loc, c.want).Equal(got), "got %s", got.In(c.loc))
		})
	}
}

func Test_quiet_hours(t *testing.T) {
	std := standard(t)
	ny := zone(t, "America/New_York")
	day := func(d, h, m, s int) time.Time { return time.Date(2026, 3, d, h, m, s, 0, ny) }
	for _, c := range []struct{ at, want time.Time }{
		{day(2, 20, 59, 59), day(2, 20, 59, 59)},
		{day(2, 21, 0, 0), day(3, 8, 0, 0)},
		{day(2, 23, 59, 59), day(3, 8, 0, 0)},
		{day(3, 0, 0, 0), day(3, 8, 0, 0)},
		{day(3, 7, 59, 59), day(3, 8, 0, 0)},
		{day(3, 8, 0, 0), day(3, 8, 0, 0)},
		{day(7, 22, 0, 0), day(8, 8, 0, 0)}, // the night of 23 hours
	} {
		require.True(t, c.want.Equal(std.AfterQuiet(c.at, ny)), "%s", c.at)
	}
}

func Test_a_wall_clock_that_skips_or_repeats_the_time(t *testing.T) {
	ny := zone(t, "America/New_York")
	std := *standard(t)
	std.QuietHours = dispatch.Hours{From: 60, To: 150} // 01:00 to 02:30
	// 02:30 does not exist on 8 March 2026: the quiet hours end when the clock jumps.
	got := std.AfterQuiet(time.Date(2026, 3, 8, 1, 30, 0, 0, ny), ny)
	require.Equal(t, "03:00:00 EDT", got.In(ny).Format("15:04:05 MST"))
	// 01:30 exists twice on 1 November 2026: the first of the two counts.
	std.QuietHours = dispatch.Hours{From: 0, To: 90}
	got = std.AfterQuiet(time.Date(2026, 11, 1, 0, 30, 0, 0, ny), ny)
	require.Equal(t, "01:30:00 EDT", got.In(ny).Format("15:04:05 MST"))
}

// Service time that was added is service time that lies between: checked second by second
// of nothing, but minute by minute of every zone with odd rules.
func Test_service_time_property(t *testing.T) {
	std := standard(t)
	zones := []string{"America/New_York", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(rapid.Int64Range(28_000_000, 32_000_000).Draw(t, "from")*60, 0)
		d := time.Duration(rapid.Int64Range(1, 40*60).Draw(t, "minutes")) * time.Minute
		to := std.AddServiceTime(from, d, loc)
		var counted time.Duration
		for at := from; at.Before(to); at = at.Add(time.Minute) {
			if h := at.In(loc).Hour(); h >= 8 && h < 20 {
				counted += time.Minute
			}
		}
		if counted != d {
			t.Fatalf("from %s plus %s is %s: %s of service time between", from.In(loc), d, to.In(loc), counted)
		}
	})
}
