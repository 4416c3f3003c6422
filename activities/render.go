package activities

import (
	"strings"
	"time"

	"truckroll/dispatch"
)

// render makes the text of a message from the Standard's template. Times are on the wall
// clock of the customer's place.
func render(p dispatch.Parcel) string {
	loc, err := time.LoadLocation(p.TimeZone)
	if err != nil {
		loc = time.UTC
	}
	clock := func(t *time.Time, layout string) string {
		if t == nil {
			return ""
		}
		return t.In(loc).Format(layout)
	}
	m := p.Message
	return strings.NewReplacer(
		"{number}", p.Job,
		"{name}", p.Name,
		"{address}", p.Address,
		"{product}", p.Product,
		"{installer}", p.InstallerName,
		"{hotline}", p.Hotline,
		"{reason}", m.Reason,
		"{date}", clock(m.Start, "Mon 2 Jan"),
		"{time}", clock(m.Start, "15:04"),
		"{expected}", clock(m.Expected, "15:04"),
		"{arrived}", clock(m.Arrived, "15:04"),
		"{left}", clock(m.Left, "15:04"),
	).Replace(p.Standard.Messages[m.Purpose])
}
