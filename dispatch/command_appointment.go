package dispatch

import (
	"slices"
	"time"
)

// ContactAttempt records that somebody tried to reach the customer (AP-1, AP-8, NA-2).
type ContactAttempt struct {
	Channel string `json:"channel"` // call, sms, in_person or inbound
	Outcome string `json:"outcome"` // reached, no_answer, busy, wrong_number or left_message
	Note    string `json:"note,omitempty"`
}

// Book agrees an appointment (AP-2). Installer and End are those of the reservation.
type Book struct {
	Start time.Time `json:"start"`
	// Installers may serve the window, the preferred one first; the workflow narrows
	// them to the one whose time it could reserve.
	Installers []string `json:"installers"`
	// Wish says that the customer asked for this very time; the completion clock stops
	// until then (VI-15).
	Wish bool `json:"wish,omitempty"`
}

// Move changes an agreed appointment, for the customer (AP-7) or the company (AP-6).
type Move struct {
	Start      time.Time `json:"start"`
	Installers []string  `json:"installers"`
	By         Party     `json:"by"`
	Reason     string    `json:"reason,omitempty"`   // required for the company
	Override   string    `json:"override,omitempty"` // why the company moves it with too little notice
	ByPhone    bool      `json:"by_phone,omitempty"` // the customer called the dispatcher
	Wish       bool      `json:"wish,omitempty"`
}

// Assign hands the job to the installer of the appointment, or to another one at the same
// time (TE-2).
type Assign struct {
	Installer string `json:"installer,omitempty"`
}

// ReportDelay tells the customer that the installer will be late (AP-5).
type ReportDelay struct {
	ExpectedAt time.Time `json:"expected_at"`
	Reason     string    `json:"reason,omitempty"`
}

// CustomerAnswer records what the customer said to a delay (AP-5).
type CustomerAnswer struct {
	Answer string `json:"answer"` // accepts, wants_another_time, cancels or no_answer
	Note   string `json:"note,omitempty"`
}

// Action names the command.
func (*ContactAttempt) Action() Action { return ActionContact }

// Action names the command.
func (*Book) Action() Action { return ActionBook }

// Action names the command.
func (*Move) Action() Action { return ActionMove }

// Action names the command.
func (*Assign) Action() Action { return ActionAssign }

// Action names the command.
func (*ReportDelay) Action() Action { return ActionDelay }

// Action names the command.
func (*CustomerAnswer) Action() Action { return ActionAnswer }

// Reserves says which installer's time a request needs, or false. Only the first command
// of a request may need one.
func (r Request) Reserves(std *Standard, j *Job, key string) (Reservation, bool) {
	if len(r.Commands) != 1 {
		return Reservation{}, false
	}
	c, err := r.Commands[0].Decode()
	if err != nil {
		return Reservation{}, false
	}
	res := Reservation{
		Number: j.Number, Key: key, Territory: j.Territory, Skills: j.Skills, Travel: std.Travel,
		Reserve: std.PriorityReserve,
	}
	if j.First() {
		res.Reserve = 0 // NA-5, IN-5: the end of the shift is kept for these
	}
	switch c := c.(type) {
	case *Book:
		res.Installers, res.Window = c.Installers, j.window(c.Start)
	case *Move:
		res.Installers, res.Window = c.Installers, j.window(c.Start)
	case *Assign:
		v := j.Visit()
		if c.Installer == "" || v == nil || c.Installer == v.Appointment.Installer {
			return Reservation{}, false
		}
		res.Installers, res.Window, res.Same = []string{c.Installer}, v.Appointment.Window, true
	default:
		return Reservation{}, false
	}
	return res, true
}

// Narrow returns the request with the one installer whose time was reserved.
func (r Request) Narrow(installer string) (Request, error) {
	c, err := r.Commands[0].Decode()
	if err != nil {
		return r, err
	}
	switch c := c.(type) {
	case *Book:
		c.Installers = []string{installer}
	case *Move:
		c.Installers = []string{installer}
	}
	hash := r.Hash
	r, err = NewRequest(r.Actor, Timed{Command: c, DeviceAt: r.Commands[0].DeviceAt})
	r.Hash = hash
	return r, err
}

// First reports whether the job is served before the other jobs of the day: a second
// appointment after no access (NA-5), or one left over from an earlier day (IN-5).
func (j *Job) First() bool { return j.SecondFirst || j.CarriedOver != nil }

func (j *Job) window(start time.Time) Window {
	return Window{Start: start.UTC(), End: start.Add(j.WorkTime.D()).UTC()}
}

func (c *ContactAttempt) run(t *turn) error {
	reached := c.Outcome == "reached"
	t.become()
	if reached && t.job.ContactedAt == nil {
		t.job.ContactedAt = new(t.now)
	}
	rule := RuleContactWithin
	if v := t.job.Visit(); v != nil && t.job.Status == StatusWaiting {
		rule = RuleDoorContact
		if c.Channel == "call" && c.Outcome != "wrong_number" {
			v.CallsAtDoor++
		}
	}
	t.record("contact.attempted", rule, map[string]any{"channel": c.Channel, "outcome": c.Outcome, "note": c.Note})
	return nil
}

func (c *Book) run(t *turn) error {
	if err := t.checkStart(c.Start, c.Installers); err != nil {
		return err
	}
	t.become()
	t.contacted()
	t.addVisit(c.Start, c.Installers[0], c.Wish)
	v := t.job.Visit()
	t.record("appointment.booked", RuleCustomersTime, appointmentData(v))
	t.tell(Message{Purpose: PurposeAgreed, Start: &v.Appointment.Start, Installer: v.Appointment.Installer})
	return nil
}

// checkStart refuses a time that has passed and a booking that names nobody.
func (t *turn) checkStart(start time.Time, installers []string) error {
	if !start.After(t.now) {
		r := Refuse(CodeInThePast, RuleCustomersTime, "An appointment lies in the future. Choose a later time.")
		r.Field = "start"
		return r
	}
	if len(installers) == 0 {
		return Refuse(CodeSlotTaken, RuleCustomersTime, "No installer is free at that time. Choose another window.")
	}
	return nil
}

// contacted is AP-1: whoever agrees a time has been spoken to.
func (t *turn) contacted() {
	if t.job.ContactedAt == nil {
		t.job.ContactedAt = new(t.now)
	}
}

func (t *turn) addVisit(start time.Time, installer string, wish bool) {
	w := t.job.window(start)
	w.Installer = installer
	t.job.Visits = append(t.job.Visits, Visit{
		No: len(t.job.Visits) + 1, First: w,
		Appointment: Appointment{Window: w, Revision: 1, AgreedAt: t.now, Wish: wish},
	})
	t.pauseForCustomer(wish, w.Start)
}

// pauseForCustomer stops the completion clock until the agreed time when the customer is
// the cause that it is not sooner: a wish, or a door that stayed closed (VI-15).
func (t *turn) pauseForCustomer(wish bool, until time.Time) {
	open := len(t.job.Pauses) > 0 && t.job.Pauses[len(t.job.Pauses)-1].Until == nil &&
		t.job.Pauses[len(t.job.Pauses)-1].Cause == PartyCustomer
	switch {
	case open:
		t.job.Pauses[len(t.job.Pauses)-1].Until = new(until)
	case wish:
		t.pause(PartyCustomer, new(until))
	default:
		t.unpause()
	}
}

func (c *Move) run(t *turn) error {
	if err := t.checkStart(c.Start, c.Installers); err != nil {
		return err
	}
	v := t.job.Visit()
	old := v.Appointment
	onTheWay := t.job.Status == StatusEnRoute || t.job.Status == StatusWaiting
	var broken *Refusal
	switch c.By {
	case PartyCustomer:
		if onTheWay && (!c.ByPhone || !t.actor.Desk()) {
			return Refuse(CodeCallDispatcher, RuleCustomerMoves, "The installer has set out: the customer calls the dispatcher to move the appointment.")
		}
	case PartyCompany:
		if c.Reason == "" {
			r := Refuse(CodeReasonRequired, RuleCompanyNotice, "Give the reason why the company moves the appointment; the customer is told.")
			r.Field = "reason"
			return r
		}
		if broken = t.checkNotice(old.Start); broken != nil && !t.overrides(c.Override) {
			return broken
		}
	default:
		r := Refuse(CodeInvalid, RuleCompanyNotice, "Say who moves the appointment: customer or company.")
		r.Field = "by"
		return r
	}
	t.become()
	t.moveVisit(c, onTheWay)
	v = t.job.Visit()
	rule := RuleCustomerMoves
	if c.By == PartyCompany {
		rule = RuleCompanyNotice
	}
	data := appointmentData(v)
	data["by"], data["was"], data["notice_s"] = string(c.By), old.Start, int(old.Start.Sub(t.now).Seconds())
	if c.Reason != "" {
		data["reason"] = c.Reason
	}
	t.record("appointment.moved", rule, data)
	t.tell(movedMessage(c, v))
	if broken != nil {
		t.breach(RoleSupervisor, RuleCompanyNotice, "moved by the company with too little notice: "+c.Override)
	}
	return nil
}

// checkNotice is AP-6: exactly the notice is allowed, a second less is not.
func (t *turn) checkNotice(start time.Time) *Refusal {
	last := start.Add(-t.std.RescheduleNotice.D())
	if !t.now.After(last) {
		return nil
	}
	r := Refuse(CodeNoticeTooShort, RuleCompanyNotice,
		"The company changes an appointment with at least %s to go; the last moment was %s. A dispatcher may override this with a reason.",
		t.std.RescheduleNotice.D(), last.In(t.job.Zone()).Format("2006-01-02 15:04:05 MST"))
	r.AllowedUntil = &last
	return r
}

func (t *turn) overrides(reason string) bool {
	return reason != "" && (t.actor.Desk() || t.actor.Role == RoleOps)
}

// moveVisit gives the live visit its new time; when the installer had set out, or the
// agreed time has passed, that visit has ended and another begins.
func (t *turn) moveVisit(c *Move, onTheWay bool) {
	v := t.job.Visit()
	if onTheWay || t.now.After(v.Appointment.Start) {
		outcome := VisitCalledOff
		if c.By == PartyCompany {
			outcome = VisitMissed
		}
		t.endVisit(outcome)
		t.addVisit(c.Start, c.Installers[0], c.Wish)
		return
	}
	w := t.job.window(c.Start)
	w.Installer = c.Installers[0]
	v.Appointment = Appointment{Window: w, Revision: v.Appointment.Revision + 1, AgreedAt: t.now, Wish: c.Wish}
	v.DispatchedAt, v.LateToldAt, v.ExpectedAt = nil, nil, nil
	t.pauseForCustomer(c.Wish || c.By == PartyCustomer, w.Start)
}

// endVisit ends the live visit, if there is one.
func (t *turn) endVisit(outcome VisitOutcome) {
	if v := t.job.Visit(); v != nil {
		v.Outcome = outcome
		v.LeftAt = new(t.now)
	}
}

func movedMessage(c *Move, v *Visit) Message {
	m := Message{Purpose: PurposeMovedByYou, Start: &v.Appointment.Start, Installer: v.Appointment.Installer}
	if c.By == PartyCompany {
		m.Purpose, m.Reason = PurposeMovedByCompany, c.Reason
	}
	return m
}

func appointmentData(v *Visit) map[string]any {
	return map[string]any{
		"visit": v.No, "revision": v.Appointment.Revision, "start": v.Appointment.Start,
		"end": v.Appointment.End, "installer": v.Appointment.Installer,
	}
}

func (c *Assign) run(t *turn) error {
	v := t.job.Visit()
	if t.now.After(v.Appointment.End) {
		return Refuse(CodeInThePast, RuleCompanyNotice, "The appointment has passed. Move it first.")
	}
	t.become()
	if c.Installer != "" && c.Installer != v.Appointment.Installer {
		t.record("assignment.changed", RuleCertified, map[string]any{"from": v.Appointment.Installer, "to": c.Installer})
		v.Appointment.Installer = c.Installer
	}
	v.DispatchedAt = new(t.now)
	t.record("job.dispatched", RuleCertified, map[string]any{"visit": v.No, "installer": v.Appointment.Installer})
	return nil
}

func (c *ReportDelay) run(t *turn) error {
	if !c.ExpectedAt.After(t.now) {
		r := Refuse(CodeInThePast, RuleToldWhenLate, "The new expected time lies in the future.")
		r.Field = "expected_at"
		return r
	}
	t.become()
	t.tellLate(c.ExpectedAt, c.Reason)
	return nil
}

// tellLate is AP-5: the customer hears of a delay before the agreed time; later is a breach.
func (t *turn) tellLate(expected time.Time, reason string) {
	v := t.job.Visit()
	late := t.now.After(v.Appointment.Start)
	v.LateToldAt, v.ExpectedAt = new(t.now), new(expected.UTC())
	t.record("delay.told", RuleToldWhenLate, map[string]any{"expected_at": expected.UTC(), "reason": reason})
	t.tell(Message{Purpose: PurposeLate, Expected: v.ExpectedAt, Installer: v.Appointment.Installer, Reason: reason})
	if late {
		t.breach(RoleSupervisor, RuleToldWhenLate, "the customer was told of the delay after the agreed time")
	}
}

func (c *CustomerAnswer) run(t *turn) error {
	if !slices.Contains([]string{"accepts", "wants_another_time", "cancels", "no_answer"}, c.Answer) {
		r := Refuse(CodeInvalid, RuleToldWhenLate, "The answer is accepts, wants_another_time, cancels or no_answer.")
		r.Field = "answer"
		return r
	}
	t.become()
	e := t.record("delay.answered", RuleToldWhenLate, map[string]any{"answer": c.Answer, "note": c.Note})
	if c.Answer != "accepts" {
		e.Alert = RoleDispatcher
	}
	return nil
}
