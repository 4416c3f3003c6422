package activities

import (
	"strings"
	"time"

	"truckroll/dispatch"
)

// render makes the text of a message from the Standard's template. Times are on the wall
// clock of the customer's place.
func render(p dispatch.Parcel, publicURL string) string {
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
		"{name}", p.Customer.Name,
		"{address}", p.Customer.Address,
		"{product}", productName(p),
		"{installer}", p.Installer,
		"{hotline}", p.Hotline,
		"{reason}", m.Reason,
		"{date}", clock(m.Start, "Mon 2 Jan"),
		"{time}", clock(m.Start, "15:04"),
		"{expected}", clock(m.Expected, "15:04"),
		"{document}", m.Document,
		"{link}", publicURL+"/d/"+m.Document+"/"+m.Token,
		"{arrived}", clock(m.Arrived, "15:04"),
		"{left}", clock(m.Left, "15:04"),
	).Replace(p.Standard.Messages[m.Purpose])
}

// productName is what the customer knows the product as.
func productName(p dispatch.Parcel) string {
	if product, ok := p.Standard.Product(p.Product); ok {
		return product.Name
	}
	return p.Product
}
