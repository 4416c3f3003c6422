package dispatch

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Standard is an operator's service standard as data: the parameters of the rules, the
// steps of a visit and the evidence it needs. A version never changes once it is in
// force; a job keeps the version it was opened with.
type Standard struct {
	Version string `json:"version" yaml:"version"`
	Name    string `json:"name"    yaml:"name"`

	// ContactWithin is AP-1's time from acceptance, counted in the service day.
	ContactWithin map[Kind]Duration `json:"contact_within" yaml:"contact_within"`
	// RemindBefore is AP-3's time before the agreed time.
	RemindBefore Duration `json:"remind_before" yaml:"remind_before"`
	// ArriveEarly is AP-4: how long before the agreed time an arrival still is on time.
	ArriveEarly Range `json:"arrive_early" yaml:"arrive_early"`
	// LateNotice is AP-5: how long before the agreed time the customer is told of an
	// installer who has not arrived.
	LateNotice Duration `json:"late_notice" yaml:"late_notice"`
	// RescheduleNotice is AP-6's notice for a change by the company.
	RescheduleNotice Duration `json:"reschedule_notice" yaml:"reschedule_notice"`
	// WarnLead is AP-9: how long before the last moment for notice the dispatcher is warned.
	WarnLead Duration `json:"warn_lead" yaml:"warn_lead"`
	// NoShowWait is NA-1's wait at a closed door.
	NoShowWait Duration `json:"no_show_wait" yaml:"no_show_wait"`
	// MaxNoAccess is NA-6's number of visits without access.
	MaxNoAccess int `json:"max_no_access" yaml:"max_no_access"`
	// CompleteWithinBy is VI-15's time by kind; Grades may shorten it (CU-3).
	CompleteWithinBy map[Kind]Duration  `json:"complete_within"        yaml:"complete_within"`
	GradeFactor      map[Grade]float64  `json:"grade_factor,omitempty" yaml:"grade_factor"`
	FollowUpAfter    Duration           `json:"follow_up_after"        yaml:"follow_up_after"`
	FollowUpRepeat   Duration           `json:"follow_up_repeat"       yaml:"follow_up_repeat"`
	CallListWithin   Duration           `json:"call_list_within"       yaml:"call_list_within"`
	QuietHours       Hours              `json:"quiet_hours"            yaml:"quiet_hours"`
	ServiceDay       Hours              `json:"service_day"            yaml:"service_day"`
	SlotGrid         Duration           `json:"slot_grid"              yaml:"slot_grid"`
	Travel           Duration           `json:"travel"                 yaml:"travel"`
	PriorityReserve  Duration           `json:"priority_reserve"       yaml:"priority_reserve"`
	PhotoTolerance   Duration           `json:"photo_tolerance"        yaml:"photo_tolerance"`
	MinRxDBm         float64            `json:"min_rx_dbm"             yaml:"min_rx_dbm"`
	MinSpeedRatio    float64            `json:"min_speed_ratio"        yaml:"min_speed_ratio"`
	Pack             []string           `json:"pack"                   yaml:"pack"`
	HoldReasons      []Reason           `json:"hold_reasons"           yaml:"hold_reasons"`
	FailReasons      []Reason           `json:"fail_reasons"           yaml:"fail_reasons"`
	RatingPoints     []string           `json:"rating_points"          yaml:"rating_points"`
	RatingValues     []string           `json:"rating_values"          yaml:"rating_values"`
	Products         []Product          `json:"products"               yaml:"products"`
	Visits           map[Kind]VisitPlan `json:"visits"                 yaml:"visits"`
	Messages         map[Purpose]string `json:"messages"               yaml:"messages"`

	// Photo, Form and Retention came with the second edition. A Standard without them looks
	// at no photo, makes no document and deletes nothing.
	Photo     *PhotoRules       `json:"photo,omitempty"     yaml:"photo"`
	Form      *FormRules        `json:"form,omitempty"      yaml:"form"`
	Retention map[FileClass]int `json:"retention,omitempty" yaml:"retention"` // days, by class of file
}

// VisitPlan is what a visit of one kind of job consists of.
type VisitPlan struct {
	Steps        []Step     `json:"steps"                   yaml:"steps"`
	Tests        []TestPart `json:"tests,omitempty"         yaml:"tests"`
	Photos       []string   `json:"photos,omitempty"        yaml:"photos"`
	OnlinePhotos []string   `json:"online_photos,omitempty" yaml:"online_photos"` // also, for an order sold online
	Signature    bool       `json:"signature"               yaml:"signature"`
}

// Step is one step of a visit (VI): what confirms it, what comes before it, and when it
// may be skipped.
type Step struct {
	ID       string   `json:"id"                  yaml:"id"`
	Rule     RuleID   `json:"rule"                yaml:"rule"`
	Title    string   `json:"title"               yaml:"title"`
	Values   []string `json:"values,omitempty"    yaml:"values"` // names of the values that confirm it; none: a tick
	After    []string `json:"after,omitempty"     yaml:"after"`  // steps that come first
	SkipWhen []string `json:"skip_when,omitempty" yaml:"skip_when"`
}

// Product is something the operator installs or repairs.
type Product struct {
	Code            string            `json:"code"                       yaml:"code"`
	Name            string            `json:"name"                       yaml:"name"`
	Skills          map[Kind][]string `json:"skills"                     yaml:"skills"` // by kind; a kind that is absent is not served (IN-2)
	WorkTime        map[Kind]Duration `json:"work_time"                  yaml:"work_time"`
	AccountRequired []Kind            `json:"account_required,omitempty" yaml:"account_required"`
	Instead         string            `json:"instead,omitempty"          yaml:"instead"` // offered where this one cannot be served
}

// Reason is a reason code with its cause; the cause says whether the completion clock stops.
type Reason struct {
	Code  string `json:"code"  yaml:"code"`
	Cause Party  `json:"cause" yaml:"cause"`
	Say   string `json:"say"   yaml:"say"`
}

//go:embed standards/broadband.yaml
var defaultStandard []byte

// DefaultStandard returns the source of the Standard that comes with the product.
func DefaultStandard() []byte { return bytes.Clone(defaultStandard) }

// MaxStandardBytes bounds the source of a Standard.
const MaxStandardBytes = 256 << 10

// LoadStandard reads and validates a Standard from YAML. Unknown fields are an error: a
// misspelt parameter must not silently fall back to a default. All mistakes come at once.
func LoadStandard(source []byte) (*Standard, error) {
	if len(source) > MaxStandardBytes {
		return nil, fmt.Errorf("the standard has %d bytes, more than the %d allowed", len(source), MaxStandardBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	dec.KnownFields(true)
	var s Standard
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("reading the standard: %w", err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the standard has more than one document")
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

var versionForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.\-]{1,62}$`)

// Validate reports every mistake in the Standard at once.
func (s *Standard) Validate() error {
	var m mistakes
	if !versionForm.MatchString(s.Version) {
		m.add("version %q: 2 to 63 of a-z, 0-9, dot and hyphen", s.Version)
	}
	s.checkDurations(&m)
	s.checkNumbers(&m)
	s.checkKinds(&m)
	s.checkReasons(&m)
	s.checkProducts(&m)
	for _, p := range Purposes {
		if s.Messages[p] == "" && (p != PurposeFormReady || s.Form != nil) {
			m.add("messages.%s: missing", p)
		}
	}
	if s.Photo != nil {
		s.Photo.validate(&m)
	}
	if s.Form != nil {
		s.Form.validate(&m)
	}
	for class, days := range s.Retention {
		if !slices.Contains(FileClasses, class) || days < 1 {
			m.add("retention.%s: one of %v, in days above 0", class, FileClasses)
		}
	}
	return errors.Join(m...)
}

type mistakes []error

func (m *mistakes) add(format string, args ...any) { *m = append(*m, fmt.Errorf(format, args...)) }

func (s *Standard) checkDurations(m *mistakes) {
	for name, d := range map[string]Duration{
		"remind_before": s.RemindBefore, "late_notice": s.LateNotice, "reschedule_notice": s.RescheduleNotice,
		"warn_lead": s.WarnLead, "no_show_wait": s.NoShowWait, "follow_up_after": s.FollowUpAfter,
		"follow_up_repeat": s.FollowUpRepeat, "call_list_within": s.CallListWithin, "slot_grid": s.SlotGrid,
	} {
		if d <= 0 {
			m.add("%s: a duration above zero is required", name)
		}
	}
	if s.Travel < 0 || s.PriorityReserve < 0 || s.PhotoTolerance < 0 {
		m.add("travel, priority_reserve, photo_tolerance: not below zero")
	}
	if s.ArriveEarly.Min < 0 || s.ArriveEarly.Max < s.ArriveEarly.Min {
		m.add("arrive_early: from must not be above to")
	}
	if s.ServiceDay.From >= s.ServiceDay.To {
		m.add("service_day: from must lie before to")
	}
}

func (s *Standard) checkNumbers(m *mistakes) {
	if s.MaxNoAccess < 1 {
		m.add("max_no_access: at least 1")
	}
	if s.MinSpeedRatio <= 0 || s.MinRxDBm < minPlausibleDBm || s.MinRxDBm > 0 {
		m.add("min_speed_ratio above 0 and min_rx_dbm between %d and 0 are required", minPlausibleDBm)
	}
	for g, f := range s.GradeFactor {
		if f <= 0 || f > 10 {
			m.add("grade_factor.%s: above 0, at most 10", g)
		}
	}
	if len(s.Pack) == 0 {
		m.add("pack: at least one item (VI-1)")
	}
}

func (s *Standard) checkKinds(m *mistakes) {
	for _, k := range Kinds {
		if s.ContactWithin[k] <= 0 {
			m.add("contact_within.%s: a duration above zero is required", k)
		}
		if s.CompleteWithinBy[k] <= 0 {
			m.add("complete_within.%s: a duration above zero is required", k)
		}
		if _, ok := s.Visits[k]; !ok {
			m.add("visits.%s: missing", k)
		}
	}
	for k, plan := range s.Visits {
		if !k.Valid() {
			m.add("visits.%s: not a kind of job", k)
		}
		if err := plan.validate(); err != nil {
			m.add("visits.%s: %w", k, err)
		}
	}
}

func (s *Standard) checkReasons(m *mistakes) {
	for _, reasons := range [][]Reason{s.HoldReasons, s.FailReasons} {
		if len(reasons) == 0 {
			m.add("hold_reasons and fail_reasons: at least one each (VI-14)")
		}
		for _, r := range reasons {
			if r.Code == "" || !slices.Contains([]Party{PartyCustomer, PartyCompany, PartySafety, PartyThird}, r.Cause) {
				m.add("reason %q: a code and a cause (customer, company, safety, third_party) are required", r.Code)
			}
		}
	}
}

func (s *Standard) checkProducts(m *mistakes) {
	for _, p := range s.Products {
		if p.Code == "" || len(p.Skills) == 0 {
			m.add("product %q: a code and skills by kind are required", p.Code)
		}
		for k := range p.Skills {
			if p.WorkTime[k] <= 0 {
				m.add("product %s: work_time.%s is required", p.Code, k)
			}
		}
	}
	if len(s.Products) == 0 {
		m.add("products: at least one")
	}
}

func (p VisitPlan) validate() error {
	var errs []error
	seen := map[string]bool{}
	if len(p.Steps) == 0 {
		errs = append(errs, errors.New("no steps"))
	}
	for _, s := range p.Steps {
		if s.ID == "" || s.Rule == "" || s.Title == "" {
			errs = append(errs, fmt.Errorf("step %q: id, rule and title are required", s.ID))
		}
		if seen[s.ID] {
			errs = append(errs, fmt.Errorf("step %q stands twice", s.ID))
		}
		for _, a := range s.After {
			if !seen[a] {
				errs = append(errs, fmt.Errorf("step %q comes after %q, which does not stand before it", s.ID, a))
			}
		}
		seen[s.ID] = true
	}
	for _, t := range p.Tests {
		if !slices.Contains(TestParts, t) {
			errs = append(errs, fmt.Errorf("test %q: one of %v", t, TestParts))
		}
	}
	return errors.Join(errs...)
}

// CompleteWithin returns VI-15's time for a kind, moved by the grade (CU-3).
func (s *Standard) CompleteWithin(k Kind, g Grade) time.Duration {
	d := s.CompleteWithinBy[k].D()
	if f, ok := s.GradeFactor[g]; ok {
		d = time.Duration(float64(d) * f).Round(time.Second)
	}
	return d
}

// Plan returns what a visit of this job consists of.
func (s *Standard) Plan(k Kind) VisitPlan { return s.Visits[k] }

// Product returns the product with this code.
func (s *Standard) Product(code string) (Product, bool) {
	i := slices.IndexFunc(s.Products, func(p Product) bool { return p.Code == code })
	if i < 0 {
		return Product{}, false
	}
	return s.Products[i], true
}

// Step returns the step with this id.
func (p VisitPlan) Step(id string) (Step, bool) {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{}, false
	}
	return p.Steps[i], true
}

// RequiredPhotos lists the photo kinds a visit needs (VI-8).
func (p VisitPlan) RequiredPhotos(soldOnline bool) []string {
	if !soldOnline {
		return p.Photos
	}
	return slices.Concat(p.Photos, p.OnlinePhotos)
}

func findReason(list []Reason, code string) (Reason, bool) {
	i := slices.IndexFunc(list, func(r Reason) bool { return r.Code == code })
	if i < 0 {
		return Reason{}, false
	}
	return list[i], true
}
