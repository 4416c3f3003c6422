package simulate

import (
	"fmt"
	"maps"
	"time"

	"go.yaml.in/yaml/v3"

	"truckroll/dispatch"
)

// afterwards is how much quicker still the time after a visit passes: in the days between
// completion and the customer's answer nothing happens that could be overtaken.
const afterwards = 24

// The simulated cameras' pictures, in pixels.
const (
	photoWidth  = 320
	photoHeight = 240
)

// Scaled returns the Standard that comes with the product, and its YAML, with every duration
// divided by the speed-up, the follow-up's (FU-1) by 24 times that. The service day is the
// whole day and there are no quiet hours, as neither can be made quicker; phones' clocks may
// be off by an hour, which never decides here.
func Scaled(version string, speedUp float64) (*dispatch.Standard, []byte, error) {
	std, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	if err != nil {
		return nil, nil, err
	}
	p := pace(speedUp)
	quicker := func(d dispatch.Duration) dispatch.Duration {
		return dispatch.Duration(p.real(d.D()).Round(time.Millisecond))
	}
	std.Version = version
	std.Name = fmt.Sprintf("%s, %gx quicker", std.Name, speedUp)
	for _, d := range []*dispatch.Duration{
		&std.RemindBefore, &std.LateNotice, &std.RescheduleNotice, &std.WarnLead, &std.NoShowWait, &std.SlotGrid,
		&std.Travel, &std.PriorityReserve, &std.ArriveEarly.Min, &std.ArriveEarly.Max,
	} {
		*d = quicker(*d)
	}
	for _, d := range []*dispatch.Duration{&std.FollowUpAfter, &std.FollowUpRepeat, &std.CallListWithin} {
		*d = dispatch.Duration(p.real(d.D() / afterwards).Round(time.Millisecond))
	}
	for _, m := range []map[dispatch.Kind]dispatch.Duration{std.ContactWithin, std.CompleteWithinBy} {
		for k := range m {
			m[k] = quicker(m[k])
		}
	}
	for i := range std.Products {
		std.Products[i].WorkTime = maps.Clone(std.Products[i].WorkTime)
		for k, d := range std.Products[i].WorkTime {
			std.Products[i].WorkTime[k] = quicker(d)
		}
	}
	std.ServiceDay = dispatch.Hours{From: 0, To: 24 * 60}
	std.QuietHours = dispatch.Hours{}
	std.PhotoTolerance = dispatch.Duration(time.Hour)
	// A day that passes in minutes has cameras to match, or it would measure decoding.
	std.Photo.MinLongEdge, std.Photo.MinShortEdge = photoWidth, photoHeight
	source, err := yaml.Marshal(std)
	if err != nil {
		return nil, nil, fmt.Errorf("writing the standard: %w", err)
	}
	// What counts is what the server will read.
	if std, err = dispatch.LoadStandard(source); err != nil {
		return nil, nil, err
	}
	return std, source, nil
}
