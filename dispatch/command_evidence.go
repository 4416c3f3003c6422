package dispatch

import (
	"regexp"
	"slices"
	"time"
)

// TestPart is one of the four parts of the acceptance test (VI-7).
type TestPart string

// The parts of the acceptance test.
const (
	TestResources      TestPart = "resources"      // port and line match the order
	TestAuthentication TestPart = "authentication" // AAA data in sync
	TestOpticalPower   TestPart = "optical_power"  // received power, dBm
	TestSpeed          TestPart = "speed"          // measured rate, Mbit/s
)

// TestParts lists the parts in VI-7's order.
var TestParts = []TestPart{TestResources, TestAuthentication, TestOpticalPower, TestSpeed}

// RecordTest records a measurement of one or more parts (VI-7). A re-test stands beside
// the first result, never over it.
type RecordTest struct {
	Resources      *ResourceCheck `json:"resources,omitempty"`
	Authentication *AuthCheck     `json:"authentication,omitempty"`
	OpticalPower   *PowerReading  `json:"optical_power,omitempty"`
	Speed          *SpeedReading  `json:"speed,omitempty"`
	Remedy         string         `json:"remedy,omitempty"` // what was done since the last attempt
}

// ResourceCheck compares port and line with the order.
type ResourceCheck struct {
	PortMatches bool `json:"port_matches"`
	LineMatches bool `json:"line_matches"`
}

// AuthCheck says whether the authentication data are in sync.
type AuthCheck struct {
	InSync bool `json:"in_sync"`
}

// PowerReading is the received optical power in dBm.
type PowerReading struct {
	DBm        float64 `json:"dbm"`
	Instrument string  `json:"instrument,omitempty"`
}

// SpeedReading is the measured rate in Mbit/s.
type SpeedReading struct {
	Mbps       float64 `json:"mbps"`
	Instrument string  `json:"instrument,omitempty"`
}

// TestAttempt is a measurement as it was judged when it was taken.
type TestAttempt struct {
	No     int        `json:"no"`
	At     time.Time  `json:"at"`
	Result RecordTest `json:"result"`
	Passed []TestPart `json:"passed,omitempty"`
	Failed []TestPart `json:"failed,omitempty"`
}

// AddPhoto adds a picture from the file store to the visit (VI-8).
type AddPhoto struct {
	Kind    string     `json:"kind"`
	SHA256  string     `json:"sha256"`
	TakenAt *time.Time `json:"taken_at,omitempty"`
	Place   *Place     `json:"place,omitempty"`
}

// Sign adds the customer's signature from the file store (VI-12).
type Sign struct {
	SHA256 string `json:"sha256"`
	Signer string `json:"signer"` // customer or representative
}

// PhotoVisitNote is the picture of the visit note at the door (NA-4).
const PhotoVisitNote = "visit_note"

// Plausible readings: received power between -40 and 0 dBm, speed from 0 to 100 Gbit/s.
const (
	minPlausibleDBm  = -40
	maxPlausibleMbps = 100_000
)

// Action names the command.
func (*RecordTest) Action() Action { return ActionTest }

// Action names the command.
func (*AddPhoto) Action() Action { return ActionPhoto }

// Action names the command.
func (*Sign) Action() Action { return ActionSignature }

func (c *RecordTest) run(t *turn) error {
	if err := c.check(); err != nil {
		return err
	}
	v := t.job.Visit()
	a := TestAttempt{No: len(v.Tests) + 1, At: t.now, Result: *c}
	judge := func(part TestPart, measured, passed bool) {
		switch {
		case !measured:
		case passed:
			a.Passed = append(a.Passed, part)
		default:
			a.Failed = append(a.Failed, part)
		}
	}
	judge(TestResources, c.Resources != nil, c.Resources != nil && c.Resources.PortMatches && c.Resources.LineMatches)
	judge(TestAuthentication, c.Authentication != nil, c.Authentication != nil && c.Authentication.InSync)
	judge(TestOpticalPower, c.OpticalPower != nil, c.OpticalPower != nil && c.OpticalPower.DBm > t.std.MinRxDBm)
	judge(TestSpeed, c.Speed != nil, c.Speed != nil && c.Speed.Mbps >= t.job.ContractMbps*t.std.MinSpeedRatio)
	v.Tests = append(v.Tests, a)
	t.become()
	t.record("test.recorded", RuleAcceptanceTest, map[string]any{
		"visit": v.No, "attempt": a.No, "passed": a.Passed, "failed": a.Failed, "result": c,
	})
	return nil
}

func (c *RecordTest) check() error {
	if c.Resources == nil && c.Authentication == nil && c.OpticalPower == nil && c.Speed == nil {
		return Refuse(CodeInvalid, RuleAcceptanceTest, "Send at least one part of the test.")
	}
	if p := c.OpticalPower; p != nil && (p.DBm < minPlausibleDBm || p.DBm > 0) {
		r := Refuse(CodeTestImplausible, RuleAcceptanceTest, "A received power of %g dBm is not plausible (-40 to 0). Measure again.", p.DBm)
		r.Field = "optical_power.dbm"
		return r
	}
	if s := c.Speed; s != nil && (s.Mbps < 0 || s.Mbps > maxPlausibleMbps) {
		r := Refuse(CodeTestImplausible, RuleAcceptanceTest, "A speed of %g Mbit/s is not plausible. Measure again.", s.Mbps)
		r.Field = "speed.mbps"
		return r
	}
	return nil
}

// Verdict returns the latest judgement of a part, and false when it was not measured.
func (v *Visit) Verdict(part TestPart) (passed, measured bool) {
	for _, a := range v.Tests {
		if slices.Contains(a.Passed, part) {
			passed, measured = true, true
		}
		if slices.Contains(a.Failed, part) {
			passed, measured = false, true
		}
	}
	return passed, measured
}

var hexSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (c *AddPhoto) run(t *turn) error {
	if !hexSHA256.MatchString(c.SHA256) {
		return Refuse(CodePhotoRefused, RulePhotos, "Upload the photo first; it is named by its hash.")
	}
	if t.job.Status != StatusOnSite {
		return c.addVisitNote(t)
	}
	v := t.job.Visit()
	kinds := t.std.Plan(t.job.Kind).RequiredPhotos(t.job.SoldOnline)
	if !slices.Contains(kinds, c.Kind) {
		r := Refuse(CodePhotoRefused, RulePhotos, "A visit of this kind takes photos of: %v.", kinds)
		r.Field = "kind"
		return r
	}
	if slices.ContainsFunc(v.Photos, func(p Photo) bool { return p.SHA256 == c.SHA256 }) {
		return Refuse(CodePhotoSeen, RulePhotos, "This photo is on the visit already. Take another one.")
	}
	if err := c.checkTaken(t, *v.ArrivedAt); err != nil {
		return err
	}
	v.Photos = append(v.Photos, Photo{Kind: c.Kind, SHA256: c.SHA256, At: t.now, TakenAt: c.TakenAt, Place: c.Place})
	t.become()
	t.record("photo.added", RulePhotos, c.data(v.No))
	return nil
}

// checkTaken refuses a picture from before this visit, or from the future, give or take
// what a phone's clock may be off.
func (c *AddPhoto) checkTaken(t *turn, since time.Time) error {
	if c.TakenAt == nil {
		return nil
	}
	slack := t.std.PhotoTolerance.D()
	if c.TakenAt.Before(since.Add(-slack)) || c.TakenAt.After(t.now.Add(slack)) {
		return Refuse(CodePhotoRefused, RulePhotos, "The photo was not taken during this visit. Take a new one here.")
	}
	return nil
}

// addVisitNote takes the picture of the note left at the door (NA-4).
func (c *AddPhoto) addVisitNote(t *turn) error {
	v := t.job.LastVisit()
	if v == nil || v.Outcome != VisitNoAccess || c.Kind != PhotoVisitNote {
		return Refuse(CodeWrongStatus, RuleVisitNote, "Outside a visit only the visit note left at the door is photographed (kind %q).", PhotoVisitNote)
	}
	if err := c.checkTaken(t, *v.ArrivedAt); err != nil {
		return err
	}
	v.Photos = append(v.Photos, Photo{Kind: c.Kind, SHA256: c.SHA256, At: t.now, TakenAt: c.TakenAt, Place: c.Place})
	t.become(t.job.Status)
	t.record("visit_note.photographed", RuleVisitNote, c.data(v.No))
	return nil
}

func (c *AddPhoto) data(visit int) map[string]any {
	data := map[string]any{"visit": visit, "kind": c.Kind, "sha256": c.SHA256}
	if c.TakenAt != nil {
		data["taken_at"] = c.TakenAt.UTC()
	}
	if c.Place != nil {
		data["place"] = c.Place
	}
	return data
}

func (c *Sign) run(t *turn) error {
	if !hexSHA256.MatchString(c.SHA256) {
		return Refuse(CodeInvalid, RuleSigned, "Send the signature's strokes or image.")
	}
	if c.Signer != "customer" && c.Signer != "representative" {
		r := Refuse(CodeInvalid, RuleSigned, "The form is signed by the customer or a representative.")
		r.Field = "signer"
		return r
	}
	v := t.job.Visit()
	v.Signature = &Signature{SHA256: c.SHA256, Signer: c.Signer, At: t.now}
	t.become()
	t.record("form.signed", RuleSigned, map[string]any{"visit": v.No, "signer": c.Signer, "sha256": c.SHA256})
	return nil
}
