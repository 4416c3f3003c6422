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
	Version string `yaml:"version" json:"version"`
	Name    string `yaml:"name" json:"name"`

	// ContactWithin is AP-1's time from acceptance, counted in the service day.
	ContactWithin map[Kind]Duration `yaml:"contact_within" json:"contact_within"`
	// RemindBefore is AP-3's time before the agreed time.
	RemindBefore Duration `yaml:"remind_before" json:"remind_before"`
	// ArriveEarly is AP-4: how long before the agreed time an arrival still is on time.
	ArriveEarly Range `yaml:"arrive_early" json:"arrive_early"`
	// LateNotice is AP-5: how long before the agreed time the customer is told of an
	// installer who has not arrived.
	LateNotice Duration `yaml:"late_notice" json:"late_notice"`
	// RescheduleNotice is AP-6's notice for a change by the company.
	RescheduleNotice Duration `yaml:"reschedule_notice" json:"reschedule_notice"`
	// WarnLead is AP-9: how long before the last moment for notice the dispatcher is warned.
	WarnLead Duration `yaml:"warn_lead" json:"warn_lead"`
	// NoShowWait is NA-1's wait at a closed door.
	NoShowWait Duration `yaml:"no_show_wait" json:"no_show_wait"`
	// MaxNoAccess is NA-6's number of visits without access.
	MaxNoAccess int `yaml:"max_no_access" json:"max_no_access"`
	// CompleteWithinBy is VI-15's time by kind; Grades may shorten it (CU-3).
	CompleteWithinBy map[Kind]Duration  `yaml:"complete_within" json:"complete_within"`
	GradeFactor      map[Grade]float64  `yaml:"grade_factor" json:"grade_factor,omitempty"`
	FollowUpAfter    Duration           `yaml:"follow_up_after" json:"follow_up_after"`
	FollowUpRepeat   Duration           `yaml:"follow_up_repeat" json:"follow_up_repeat"`
	CallListWithin   Duration           `yaml:"call_list_within" json:"call_list_within"`
	QuietHours       Hours              `yaml:"quiet_hours" json:"quiet_hours"`
	ServiceDay       Hours              `yaml:"service_day" json:"service_day"`
	SlotGrid         Duration           `yaml:"slot_grid" json:"slot_grid"`
	Travel           Duration           `yaml:"travel" json:"travel"`
	PriorityReserve  Duration           `yaml:"priority_reserve" json:"priority_reserve"`
	PhotoTolerance   Duration           `yaml:"photo_tolerance" json:"photo_tolerance"`
	MinRxDBm         float64            `yaml:"min_rx_dbm" json:"min_rx_dbm"`
	MinSpeedRatio    float64            `yaml:"min_speed_ratio" json:"min_speed_ratio"`
	Pack             []string           `yaml:"pack" json:"pack"`
	HoldReasons      []Reason           `yaml:"hold_reasons" json:"hold_reasons"`
	FailReasons      []Reason           `yaml:"fail_reasons" json:"fail_reasons"`
	RatingPoints     []string           `yaml:"rating_points" json:"rating_points"`
	RatingValues     []string           `yaml:"rating_values" json:"rating_values"`
	Products         []Product          `yaml:"products" json:"products"`
	Visits           map[Kind]VisitPlan `yaml:"visits" json:"visits"`
	Messages         map[Purpose]string `yaml:"messages" json:"messages"`
}

// VisitPlan is what a visit of one kind of job consists of.
type VisitPlan struct {
	Steps        []Step     `yaml:"steps" json:"steps"`
	Tests        []TestPart `yaml:"tests" json:"tests,omitempty"`
	Photos       []string   `yaml:"photos" json:"photos,omitempty"`
	OnlinePhotos []string   `yaml:"online_photos" json:"online_photos,omitempty"` // also, for an order sold online
	Signature    bool       `yaml:"signature" json:"signature"`
}

// Step is one step of a visit (VI): what confirms it, what comes before it, and when it
// may be skipped.
type Step struct {
	ID       string   `yaml:"id" json:"id"`
	Rule     RuleID   `yaml:"rule" json:"rule"`
	Title    string   `yaml:"title" json:"title"`
	Values   []string `yaml:"values" json:"values,omitempty"` // names of the values that confirm it; none: a tick
	After    []string `yaml:"after" json:"after,omitempty"`   // steps that come first
	SkipWhen []string `yaml:"skip_when" json:"skip_when,omitempty"`
}

// Product is something the operator installs or repairs.
type Product struct {
	Code            string            `yaml:"code" json:"code"`
	Name            string            `yaml:"name" json:"name"`
	Skills          map[Kind][]string `yaml:"skills" json:"skills"` // by kind; a kind that is absent is not served (IN-2)
	WorkTime        map[Kind]Duration `yaml:"work_time" json:"work_time"`
	AccountRequired []Kind            `yaml:"account_required" json:"account_required,omitempty"`
	Instead         string            `yaml:"instead" json:"instead,omitempty"` // offered where this one cannot be served
}

// Reason is a reason code with its cause; the cause says whether the completion clock stops.
type Reason struct {
	Code  string `yaml:"code" json:"code"`
	Cause Party  `yaml:"cause" json:"cause"`
	Say   string `yaml:"say" json:"say"`
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
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !versionForm.MatchString(s.Version) {
		bad("version %q: 2 to 63 of a-z, 0-9, dot and hyphen", s.Version)
	}
	for name, d := range map[string]Duration{
		"remind_before": s.RemindBefore, "late_notice": s.LateNotice, "reschedule_notice": s.RescheduleNotice,
		"warn_lead": s.WarnLead, "no_show_wait": s.NoShowWait, "follow_up_after": s.FollowUpAfter,
		"follow_up_repeat": s.FollowUpRepeat, "call_list_within": s.CallListWithin, "slot_grid": s.SlotGrid,
	} {
		if d <= 0 {
			bad("%s: a duration above zero is required", name)
		}
	}
	if s.Travel < 0 || s.PriorityReserve < 0 || s.PhotoTolerance < 0 {
		bad("travel, priority_reserve, photo_tolerance: not below zero")
	}
	if s.ArriveEarly.Min < 0 || s.ArriveEarly.Max < s.ArriveEarly.Min {
		bad("arrive_early: from must not be above to")
	}
	if s.MaxNoAccess < 1 {
		bad("max_no_access: at least 1")
	}
	if s.MinSpeedRatio <= 0 || s.MinRxDBm < -40 || s.MinRxDBm > 0 {
		bad("min_speed_ratio above 0 and min_rx_dbm between -40 and 0 are required")
	}
	if s.ServiceDay.From >= s.ServiceDay.To {
		bad("service_day: from must lie before to")
	}
	for _, k := range Kinds {
		if s.ContactWithin[k] <= 0 {
			bad("contact_within.%s: a duration above zero is required", k)
		}
		if s.CompleteWithinBy[k] <= 0 {
			bad("complete_within.%s: a duration above zero is required", k)
		}
		if _, ok := s.Visits[k]; !ok {
			bad("visits.%s: missing", k)
		}
	}
	for g, f := range s.GradeFactor {
		if f <= 0 || f > 10 {
			bad("grade_factor.%s: above 0, at most 10", g)
		}
	}
	for k, plan := range s.Visits {
		if !k.Valid() {
			bad("visits.%s: not a kind of job", k)
		}
		if err := plan.validate(); err != nil {
			bad("visits.%s: %w", k, err)
		}
	}
	for _, reasons := range [][]Reason{s.HoldReasons, s.FailReasons} {
		if len(reasons) == 0 {
			bad("hold_reasons and fail_reasons: at least one each (VI-14)")
		}
		for _, r := range reasons {
			if r.Code == "" || !slices.Contains([]Party{PartyCustomer, PartyCompany, PartySafety, PartyThird}, r.Cause) {
				bad("reason %q: a code and a cause (customer, company, safety, third_party) are required", r.Code)
			}
		}
	}
	if len(s.Pack) == 0 {
		bad("pack: at least one item (VI-1)")
	}
	for _, p := range s.Products {
		if p.Code == "" || len(p.Skills) == 0 {
			bad("product %q: a code and skills by kind are required", p.Code)
		}
		for k := range p.Skills {
			if p.WorkTime[k] <= 0 {
				bad("product %s: work_time.%s is required", p.Code, k)
			}
		}
	}
	if len(s.Products) == 0 {
		bad("products: at least one")
	}
	for _, p := range Purposes {
		if s.Messages[p] == "" {
			bad("messages.%s: missing", p)
		}
	}
	return errors.Join(errs...)
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
