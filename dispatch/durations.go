package dispatch

import (
	"fmt"
	"time"
)

// Duration is a time.Duration that reads and writes as text, e.g. "2h" or "15m".
type Duration time.Duration

// D returns the duration for arithmetic.
func (d Duration) D() time.Duration { return time.Duration(d) }

// MarshalText writes Go's notation, e.g. "1h30m0s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads Go's notation, e.g. "36h", "15m", "90s".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 2h, 15m or 90s", b)
	}
	*d = Duration(v)
	return nil
}

// Range is a span of durations, both ends included.
type Range struct {
	Min Duration `json:"from" yaml:"from"`
	Max Duration `json:"to"   yaml:"to"`
}

// TimeOfDay is minutes since midnight on a wall clock, 0 to 1440 (24:00).
type TimeOfDay int

// MarshalText writes "15:04".
func (t TimeOfDay) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%02d:%02d", t/60, t%60), nil
}

// UnmarshalText reads "00:00" to "24:00".
func (t *TimeOfDay) UnmarshalText(b []byte) error {
	var h, m int
	if n, err := fmt.Sscanf(string(b), "%d:%d", &h, &m); err != nil || n != 2 || len(b) != 5 ||
		h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m > 0 {
		return fmt.Errorf("%q is not a time of day such as 08:00", b)
	}
	*t = TimeOfDay(h*60 + m)
	return nil
}

// Hours is a daily stretch on the wall clock. To may lie before From: then it runs over
// midnight, as quiet hours do. From equal to To is an empty stretch.
type Hours struct {
	From TimeOfDay `json:"from" yaml:"from"`
	To   TimeOfDay `json:"to"   yaml:"to"`
}
