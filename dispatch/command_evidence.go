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
	// Before marks a measurement of what was found: it is kept to compare with and decides nothing.
	Before         bool           `json:"before,omitempty"`
	Resources      *ResourceCheck `json:"resources,omitempty"`
	Authentication *AuthCheck     `json:"authentication,omitempty"`
	OpticalPower   *PowerReading  `json:"optical_power,omitempty"`
	Speed          *SpeedReading  `json:"speed,omitempty"`
	Remedy         string         `json:"remedy,omitempty"` // what was done since the last attempt
}

// ResourceCheck compares port and line with the order.
type ResourceCheck struct {
	PortMatches bool   `json:"port_matches"`
	LineMatches bool   `json:"line_matches"`
	Instrument  string `json:"instrument,omitempty"`
}

// AuthCheck says whether the authentication data are in sync.
type AuthCheck struct {
	InSync     bool   `json:"in_sync"`
	Instrument string `json:"instrument,omitempty"`
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
	TakenAt *time.Time `json:"taken_at,omitempty"` // by the device
	Place   *Place     `json:"place,omitempty"`    // by the device
	Reason  string     `json:"reason,omitempty"`   // why a photo like another of this job is needed
	// Facts are what was measured on it. The workflow adds them; who sends some is refused.
	Facts *PhotoFacts `json:"facts,omitempty"`
}

// Sign adds the customer's signature from the file store (VI-12).
type Sign struct {
	SHA256  string `json:"sha256"`
	Signer  string `json:"signer"`            // customer or representative
	Consent string `json:"consent,omitempty"` // version of the text that was agreed to
	Place   *Place `json:"place,omitempty"`
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
	if c.Before {
		a.Passed, a.Failed = nil, nil
	}
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
	photo, err := c.accept(t, *v.ArrivedAt)
	if err != nil {
		return err
	}
	v.Photos = append(v.Photos, photo)
	t.become()
	t.record("photo.added", RulePhotos, photo.data(v.No))
	return nil
}

// accept refuses a photo that is not of this visit, or not one at all. The phone's own word
// on time counts until its picture says otherwise.
func (c *AddPhoto) accept(t *turn, since time.Time) (Photo, error) {
	if c.TakenAt != nil {
		if err := checkTaken(t, *c.TakenAt, since); err != nil {
			return Photo{}, err
		}
	}
	flags, err := c.judge(t, since)
	if err != nil {
		return Photo{}, err
	}
	p := Photo{Kind: c.Kind, SHA256: c.SHA256, At: t.now, TakenAt: c.TakenAt, Place: c.Place, Flags: flags, Reason: c.Reason}
	if f := c.Facts; f != nil {
		p.TakenAt, p.Place, p.Label = either(f.TakenAt, c.TakenAt), either(f.Place, c.Place), f.Label
	}
	return p, nil
}

// checkTaken refuses a picture from before this visit, or from the future, give or take
// what a phone's clock may be off.
func checkTaken(t *turn, taken, since time.Time) error {
	slack := t.std.PhotoTolerance.D()
	if taken.Before(since.Add(-slack)) || taken.After(t.now.Add(slack)) {
		return Refuse(CodePhotoStale, RulePhotos, "The photo was not taken during this visit. Take a new one here.")
	}
	return nil
}

// addVisitNote takes the picture of the note left at the door (NA-4).
func (c *AddPhoto) addVisitNote(t *turn) error {
	v := t.job.LastVisit()
	if v == nil || v.Outcome != VisitNoAccess || c.Kind != PhotoVisitNote {
		return Refuse(CodeWrongStatus, RuleVisitNote, "Outside a visit only the visit note left at the door is photographed (kind %q).", PhotoVisitNote)
	}
	photo, err := c.accept(t, *v.ArrivedAt)
	if err != nil {
		return err
	}
	v.Photos = append(v.Photos, photo)
	t.become(t.job.Status)
	t.record("visit_note.photographed", RuleVisitNote, photo.data(v.No))
	return nil
}

// data is what the audit trail keeps of a photo.
func (p *Photo) data(visit int) map[string]any {
	data := map[string]any{"visit": visit, "kind": p.Kind, "sha256": p.SHA256}
	if p.TakenAt != nil {
		data["taken_at"] = p.TakenAt.UTC()
	}
	if p.Place != nil {
		data["place"] = p.Place
	}
	if len(p.Flags) > 0 {
		data["flags"] = p.Flags
	}
	if p.Reason != "" {
		data["reason"] = p.Reason
	}
	if p.Label != nil {
		data["label"] = p.Label
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
	if err := c.checkConsent(t); err != nil {
		return err
	}
	v := t.job.Visit()
	v.Signature = &Signature{SHA256: c.SHA256, Signer: c.Signer, At: t.now, Consent: c.Consent, Place: c.Place}
	t.become()
	data := map[string]any{"visit": v.No, "signer": c.Signer, "sha256": c.SHA256}
	if c.Consent != "" {
		data["consent"] = c.Consent
	}
	if c.Place != nil {
		data["place"] = c.Place
	}
	t.record("form.signed", RuleSigned, data)
	return nil
}

// checkConsent keeps the installer's hand off the customer's signature, and makes sure that
// the text which was signed is the one of the job's Standard.
func (c *Sign) checkConsent(t *turn) error {
	form := t.std.Form
	switch {
	case form == nil:
		return nil
	case t.actor.Role == RoleInstaller:
		return Refuse(CodeForbidden, RuleSigned, "The customer signs, not the installer: open the signing session and hand the phone over.")
	case c.Consent != form.Consent.Version:
		r := Refuse(CodeConsentOutdated, RuleSigned, "Show the customer the consent text %s, and send its version.", form.Consent.Version)
		r.Field = "consent"
		return r
	default:
		return nil
	}
}
