package dispatch

import (
	"slices"
	"sync"
	"time"
)

// Job is the process state of one job (工单). It is what the workflow keeps and carries
// over when it continues as new, and what Postgres keeps as the snapshot. It holds no
// personal data: who the customer is stands in the register, under the same number.
type Job struct {
	Number       string      `json:"number"` // service number (IN-1)
	Kind         Kind        `json:"kind"`
	Charge       ChargeClass `json:"charge"`
	Grade        Grade       `json:"grade,omitempty"`
	Territory    string      `json:"territory"`
	TimeZone     string      `json:"time_zone"` // IANA name; every service-day rule counts in it
	Product      string      `json:"product"`
	Skills       []string    `json:"skills,omitempty"`        // all of them are needed (TE-2)
	ContractMbps float64     `json:"contract_mbps,omitempty"` // contracted rate, Mbit/s
	SoldOnline   bool        `json:"sold_online,omitempty"`   // asks for the service_agreement photo (VI-8)
	Site         *Place      `json:"site,omitempty"`
	WorkTime     Duration    `json:"work_time"` // expected time on site
	Standard     string      `json:"standard"`  // version in force when the job was opened
	OpenedAt     time.Time   `json:"opened_at"`
	Status       Status      `json:"status"`
	Seq          int64       `json:"seq"` // number of the last audit entry
	ContactedAt  *time.Time  `json:"contacted_at,omitempty"`
	CarriedOver  *time.Time  `json:"carried_over,omitempty"` // listed at the end of the service day (IN-5)
	Visits       []Visit     `json:"visits,omitempty"`
	NoAccess     int         `json:"no_access,omitempty"` // visits that met nobody (NA-6)
	SecondFirst  bool        `json:"second_first,omitempty"`
	Pauses       []Pause     `json:"pauses,omitempty"`
	Hold         *Hold       `json:"hold,omitempty"`
	Ending       *Ending     `json:"ending,omitempty"`
	CompletedAt  *time.Time  `json:"completed_at,omitempty"`
	FollowUp     FollowUp    `json:"follow_up"`
	Breaches     []Breach    `json:"breaches,omitempty"`
	Fired        []string    `json:"fired,omitempty"`     // keys of the clocks that fired
	CallList     *time.Time  `json:"call_list,omitempty"` // handed to an agent (FU-1)
	Documents    []Document  `json:"documents,omitempty"` // sealed (VI-12, NA-4)
}

// Visit is one going to the customer (上门), from the agreement to its end. A second
// appointment after no access is a second visit; a moved appointment is the same visit
// until the installer has set out.
type Visit struct {
	No           int           `json:"no"` // counted from 1
	Appointment  Appointment   `json:"appointment"`
	First        Window        `json:"first"` // the window first agreed, for the fulfilment rate
	DispatchedAt *time.Time    `json:"dispatched_at,omitempty"`
	DepartedAt   *time.Time    `json:"departed_at,omitempty"`
	ExpectedAt   *time.Time    `json:"expected_at,omitempty"` // arrival as last told to the customer
	LateToldAt   *time.Time    `json:"late_told_at,omitempty"`
	ArrivedAt    *time.Time    `json:"arrived_at,omitempty"`
	ArrivedPlace *Place        `json:"arrived_place,omitempty"`
	Punctuality  Punctuality   `json:"punctuality,omitempty"`
	CallsAtDoor  int           `json:"calls_at_door,omitempty"` // NA-2
	EnteredAt    *time.Time    `json:"entered_at,omitempty"`
	Steps        []StepDone    `json:"steps,omitempty"`
	Tests        []TestAttempt `json:"tests,omitempty"`
	Photos       []Photo       `json:"photos,omitempty"`
	Signature    *Signature    `json:"signature,omitempty"`
	Override     *Override     `json:"override,omitempty"` // completed without something
	LeftAt       *time.Time    `json:"left_at,omitempty"`
	Outcome      VisitOutcome  `json:"outcome,omitempty"` // empty while the visit is live
}

// Appointment is what was agreed with the customer (预约). The agreed time is Start; the
// window ends when the work is expected to be done.
type Appointment struct {
	Window

	Revision int       `json:"revision"` // counts changes of this visit's appointment, from 1
	AgreedAt time.Time `json:"agreed_at"`
	Wish     bool      `json:"wish,omitempty"` // the customer's own time (AP-2)
}

// Window is a time that one installer could give, or gives, to a job.
type Window struct {
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Installer string    `json:"installer,omitempty"`
}

// Punctuality is how an arrival compares with the agreed time (AP-4).
type Punctuality string

// Arrivals: early is more than arrive_early before the agreed time, late is after it.
const (
	PunctualityEarly  Punctuality = "early"
	PunctualityOnTime Punctuality = "on_time"
	PunctualityLate   Punctuality = "late"
)

// VisitOutcome is how a visit ended.
type VisitOutcome string

// The outcomes of a visit.
const (
	VisitCompleted  VisitOutcome = "completed"
	VisitNoAccess   VisitOutcome = "no_access"
	VisitMissed     VisitOutcome = "missed_by_us"
	VisitCalledOff  VisitOutcome = "called_off" // by the customer
	VisitWithdrawn  VisitOutcome = "withdrawn"  // by the company, before the agreed time
	VisitHeld       VisitOutcome = "held"
	VisitFailed     VisitOutcome = "failed"
	VisitSafetyStop VisitOutcome = "safety_stop" // VI-4: no breach for the installer
)

// StepDone is a step of the visit as the installer confirmed it, or skipped it.
type StepDone struct {
	Step    string            `json:"step"`
	At      time.Time         `json:"at"`
	By      string            `json:"by"`
	Values  map[string]string `json:"values,omitempty"`
	Skipped string            `json:"skipped,omitempty"` // the reason; empty when done
}

// Photo is a picture that a visit has as proof (VI-8). The file itself lies in the file
// store under its hash.
type Photo struct {
	Kind    string     `json:"kind"`
	SHA256  string     `json:"sha256"` // hex
	At      time.Time  `json:"at"`     // when the server took it in
	TakenAt *time.Time `json:"taken_at,omitempty"`
	Place   *Place     `json:"place,omitempty"`
	Flags   []string   `json:"flags,omitempty"`
	Reason  string     `json:"reason,omitempty"` // why one like another was needed
	// Label is what was read on it.
	Label *LabelReading `json:"label,omitempty"`
}

// Override is a supervisor's decision to complete a visit without something that is missing.
type Override struct {
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	Missing []Missing `json:"missing"`
}

// Signature is the customer's, or a named representative's, under the confirmation form (VI-12).
type Signature struct {
	SHA256 string    `json:"sha256"` // hex, of the strokes or the image in the file store
	Signer string    `json:"signer"` // "customer" or "representative"
	At     time.Time `json:"at"`
	// Consent is the version of the text that was agreed to.
	Consent string `json:"consent,omitempty"`
	Place   *Place `json:"place,omitempty"`
}

// Pause is a stretch of time in which the completion clock stands still (VI-15).
type Pause struct {
	Cause Party      `json:"cause"`
	From  time.Time  `json:"from"`
	Until *time.Time `json:"until,omitempty"` // open while nil
}

// Hold says why a job stands still and what comes next (VI-14).
type Hold struct {
	Reason   string     `json:"reason"`
	Cause    Party      `json:"cause"`
	NextStep string     `json:"next_step"`
	Since    time.Time  `json:"since"`
	Until    *time.Time `json:"until,omitempty"`
	Rule     RuleID     `json:"rule,omitempty"` // NA-6 when the dispatcher has to decide
}

// Ending says how and why a job ended other than by completion.
type Ending struct {
	Status   Status    `json:"status"`
	By       Party     `json:"by"`
	Reason   string    `json:"reason,omitempty"`
	NextStep string    `json:"next_step,omitempty"`
	At       time.Time `json:"at"`
}

// FollowUp is what the customer was asked and said after completion (FU-1, FU-2).
type FollowUp struct {
	Asked      int               `json:"asked,omitempty"`
	AskedAt    *time.Time        `json:"asked_at,omitempty"`
	AnsweredAt *time.Time        `json:"answered_at,omitempty"`
	Score      *int              `json:"score,omitempty"` // 0 to 10
	Ratings    map[string]string `json:"ratings,omitempty"`
}

// Breach is a rule that was broken on this job.
type Breach struct {
	Rule RuleID    `json:"rule"`
	At   time.Time `json:"at"`
	Say  string    `json:"say"`
}

// Visit returns the live visit, or nil: before booking, and after a visit has ended.
func (j *Job) Visit() *Visit {
	if v := j.LastVisit(); v != nil && v.Outcome == "" {
		return v
	}
	return nil
}

// LastVisit returns the latest visit, live or not, or nil.
func (j *Job) LastVisit() *Visit {
	if len(j.Visits) == 0 {
		return nil
	}
	return &j.Visits[len(j.Visits)-1]
}

// Installer returns the id of the installer of the live visit, or "".
func (j *Job) Installer() string {
	if v := j.Visit(); v != nil {
		return v.Appointment.Installer
	}
	return ""
}

// Zone returns the job's time zone, UTC if the name is not known here.
func (j *Job) Zone() *time.Location {
	if loc, ok := zones.Load(j.TimeZone); ok {
		return loc.(*time.Location) //nolint:forcetypeassert // nothing else is stored
	}
	loc, err := time.LoadLocation(j.TimeZone)
	if err != nil {
		loc = time.UTC
	}
	zones.Store(j.TimeZone, loc)
	return loc
}

// zones remembers what time.LoadLocation reads from disk at every call; every command asks
// for its job's zone a dozen times.
var zones sync.Map // name to *time.Location

// Broken reports the ids of the rules broken on this job, each once, in order of time.
func (j *Job) Broken() []string {
	out := []string{}
	for _, b := range j.Breaches {
		if !slices.Contains(out, string(b.Rule)) {
			out = append(out, string(b.Rule))
		}
	}
	return out
}

// DueAt returns when the job has to be completed (VI-15), the pauses added; false while
// the clock stands still with no end in sight.
func (j *Job) DueAt(std *Standard) (time.Time, bool) {
	due := j.OpenedAt.Add(std.CompleteWithin(j.Kind, j.Grade))
	for _, p := range j.Pauses {
		if !p.From.Before(due) {
			break // the time had run out: what stops the clock after that does not give it back
		}
		if p.Until == nil {
			return time.Time{}, false
		}
		due = due.Add(p.Until.Sub(p.From))
	}
	return due, true
}

// DoorWaitUntil returns the first moment at which no access may be declared (NA-1): the
// wait counted from the later of arrival and agreed time. Zero unless an installer waits.
func (j *Job) DoorWaitUntil(std *Standard) time.Time {
	v := j.Visit()
	if v == nil || v.ArrivedAt == nil {
		return time.Time{}
	}
	from := *v.ArrivedAt
	if v.Appointment.Start.After(from) {
		from = v.Appointment.Start
	}
	return from.Add(std.NoShowWait.D())
}

// Clone returns a copy that shares nothing a command changes with the original.
func (j *Job) Clone() Job {
	c := *j
	c.Skills = slices.Clone(j.Skills)
	c.Pauses = slices.Clone(j.Pauses)
	c.Breaches = slices.Clone(j.Breaches)
	c.Fired = slices.Clone(j.Fired)
	c.Documents = slices.Clone(j.Documents)
	c.Visits = slices.Clone(j.Visits)
	for i := range c.Visits {
		v := &c.Visits[i]
		v.Steps = slices.Clone(v.Steps)
		v.Tests = slices.Clone(v.Tests)
		v.Photos = slices.Clone(v.Photos)
	}
	return c
}
