package workflows_test

import (
	"strings"
	"time"

	"truckroll/dispatch"
)

// packed is VI-1 done.
func packed() *dispatch.Depart {
	return &dispatch.Depart{
		ToolsChecked: true, PartsChecked: true,
		Packed: []string{"shoe_covers", "floor_cloth", "cleaning_cloth", "rubbish_bag", "service_record"},
	}
}

func book(start time.Time) *dispatch.Book {
	return &dispatch.Book{Start: start, Installers: []string{"i1"}}
}

func call() *dispatch.ContactAttempt {
	return &dispatch.ContactAttempt{Channel: "call", Outcome: "no_answer"}
}

// atDoor books for an offset and brings the installer to the door at another.
func (s *story) atDoor(agreed, arrived time.Duration) {
	s.does(0, dispatcher, book(s.job.OpenedAt.Add(agreed)), &dispatch.Assign{})
	s.does(arrived-time.Minute, installer, packed())
	s.does(arrived, installer, &dispatch.Arrive{Place: s.job.Site})
}

// onSite brings the installer in at an offset.
func (s *story) onSite(at time.Duration) {
	s.atDoor(at, at)
	s.does(at, installer, &dispatch.Enter{})
}

// goodTest passes all four parts of the acceptance test.
func goodTest() *dispatch.RecordTest {
	return &dispatch.RecordTest{
		Resources:      &dispatch.ResourceCheck{PortMatches: true, LineMatches: true},
		Authentication: &dispatch.AuthCheck{InSync: true},
		OpticalPower:   &dispatch.PowerReading{DBm: -19.5},
		Speed:          &dispatch.SpeedReading{Mbps: 312},
	}
}

func step(id string, values ...string) *dispatch.ConfirmStep {
	c := &dispatch.ConfirmStep{Step: id}
	for i := 0; i+1 < len(values); i += 2 {
		if c.Values == nil {
			c.Values = map[string]string{}
		}
		c.Values[values[i]] = values[i+1]
	}
	return c
}

// steps are the steps of an install, all confirmed.
func steps() []dispatch.Command {
	return []dispatch.Command{
		step("introduce"), step("explain"), step("safety"),
		step("cabling", "customer_label", "ONT-7 LAN1", "splitter_label", "SP-12/7"),
		step("activate", "authentication_code", "0815"), step("show"), step("clean_up"),
		step("satisfied", "answer", "yes"), step("service_card"),
	}
}

func photo(kind string) *dispatch.AddPhoto {
	digit := string("0123456789abcdef"[len(kind)%16])
	return &dispatch.AddPhoto{Kind: kind, SHA256: strings.Repeat(digit, 64)}
}

func photos() []dispatch.Command {
	return []dispatch.Command{
		photo("drop_cable_route"), photo("splitter_label"), photo("terminal_installed"), photo("acceptance_form"),
	}
}

func signature() *dispatch.Sign {
	return &dispatch.Sign{SHA256: strings.Repeat("a", 64), Signer: "customer", Consent: "consent-1"}
}

// evidence is all that completion needs, in order; without leaves out some, by what
// [dispatch.MissingFor] calls them.
func evidence(without ...string) []dispatch.Command {
	skip := map[string]bool{}
	for _, w := range without {
		skip[w] = true
	}
	var out []dispatch.Command
	for _, c := range steps() {
		if !skip["step:"+c.(*dispatch.ConfirmStep).Step] {
			out = append(out, c)
		}
	}
	if !skip["tests"] {
		out = append(out, goodTest())
	}
	for _, c := range photos() {
		if !skip["photo:"+c.(*dispatch.AddPhoto).Kind] {
			out = append(out, c)
		}
	}
	if !skip["signature"] {
		out = append(out, signature())
	}
	return out
}

// completed takes the job to completion at an offset.
func (s *story) completed(at time.Duration) {
	s.onSite(at)
	s.does(at+time.Minute, installer, evidence()...)
	s.does(at+2*time.Minute, installer, &dispatch.Complete{})
}
