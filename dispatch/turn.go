package dispatch

import (
	"slices"
	"time"
)

// Command is something that somebody wants to do with a job. The types are in the
// command_*.go files, one file per phase.
type Command interface {
	// Action names the command; its row in the transition table says where it may be run.
	Action() Action
	run(t *turn) error
}

// Entry is one record of the audit trail: a fact, when, by whom, and the rule it speaks
// to. Entries of a job are numbered from 1 without gaps.
type Entry struct {
	Seq      int64          `json:"seq"`
	At       time.Time      `json:"at"` // server time
	DeviceAt *time.Time     `json:"device_at,omitempty"`
	Actor    Actor          `json:"actor"`
	Action   Action         `json:"action"`
	Fact     string         `json:"fact"` // e.g. "appointment.booked"
	Rule     RuleID         `json:"rule,omitempty"`
	Status   Status         `json:"status"` // of the job afterwards
	Data     map[string]any `json:"data,omitempty"`
	Alert    Role           `json:"alert,omitempty"` // whose list it goes on
	Breach   bool           `json:"breach,omitempty"`
}

// File returns the hash of the file that the entry makes part of the job, and false if it
// names none.
func (e *Entry) File() (sha256 string, ok bool) {
	switch e.Action {
	case ActionPhoto, ActionSignature, ActionSeal:
		sha256, ok = e.Data["sha256"].(string)
		return sha256, ok
	default:
		return "", false
	}
}

// Outcome is what running commands leads to: the job afterwards, the audit entries, and
// the messages to send. Nothing has happened until it is committed.
type Outcome struct {
	Job      Job       `json:"job"`
	Entries  []Entry   `json:"entries"`
	Messages []Message `json:"messages,omitempty"`
}

// turn is one run of commands on a working copy of a job.
type turn struct {
	std      *Standard
	job      Job
	now      time.Time
	actor    Actor
	deviceAt *time.Time
	action   Action
	to       []Status
	out      Outcome
}

// Do runs commands in order on a copy of the job, all or nothing. The error is a
// [*Refusal], and then nothing has changed. Now is the server's time; devices keep their
// own clocks, which are recorded and never decide.
func Do(std *Standard, job Job, req Request, now time.Time) (Outcome, error) {
	commands, err := req.Decode()
	if err != nil {
		return Outcome{}, err
	}
	t := &turn{std: std, job: job.Clone(), now: now.UTC(), actor: req.Actor}
	for i, c := range commands {
		t.action, t.deviceAt = c.Action(), req.Commands[i].DeviceAt
		if t.job.Status.Ended() && t.action != ActionSeal {
			return Outcome{}, Refuse(CodeEnded, RuleNothingSilent, "The job is %s. Open a new one.", t.job.Status)
		}
		t.to = Targets(t.job.Status, t.action)
		if len(t.to) == 0 {
			return Outcome{}, refuseStatus(t.job.Status, t.action)
		}
		if err := t.mayAct(); err != nil {
			return Outcome{}, err
		}
		if err := c.run(t); err != nil {
			return Outcome{}, err
		}
	}
	t.out.Job = t.job
	return t.out, nil
}

// refuseStatus names the rule that forbids the action, where there is one.
func refuseStatus(s Status, a Action) *Refusal {
	switch {
	case a == ActionCancel && s == StatusOnSite:
		return Refuse(CodeWrongStatus, RuleNothingSilent, "The work has begun: end it as held or failed, with a reason and the next step.")
	case a == ActionNoAccess && s == StatusOnSite:
		return Refuse(CodeWrongStatus, RuleCustomerBack, "The customer let the installer in: there is no no-access on this visit.")
	case a == ActionBook && s == StatusHeld:
		return Refuse(CodeDecisionDue, RuleNoAccessLimit, "The job is held: resume it first.")
	default:
		return Refuse(CodeWrongStatus, "", "A job that is %s does not take %q. It takes: %v.", s, a, Allowed(s))
	}
}

// mayAct keeps an installer to the visits that are his or hers.
func (t *turn) mayAct() error {
	if t.actor.Role != RoleInstaller {
		return nil
	}
	v := t.job.LastVisit()
	if v == nil || v.Appointment.Installer != t.actor.ID {
		return Refuse(CodeForbidden, "", "This job is assigned to somebody else. Ask the dispatcher.")
	}
	return nil
}

// become moves the job on; without a status it takes the table's first target.
func (t *turn) become(s ...Status) {
	to := t.to[0]
	if len(s) > 0 {
		to = s[0]
	}
	if !slices.Contains(t.to, to) {
		panic("dispatch: " + string(t.action) + " may not lead to " + string(to)) // a mistake in this package
	}
	t.job.Status = to
}

// record writes an audit entry. Call it after become, so that it carries the new status.
func (t *turn) record(fact string, rule RuleID, data map[string]any) *Entry {
	t.job.Seq++
	t.out.Entries = append(t.out.Entries, Entry{
		Seq: t.job.Seq, At: t.now, DeviceAt: t.deviceAt, Actor: t.actor, Action: t.action,
		Fact: fact, Rule: rule, Status: t.job.Status, Data: data,
	})
	return &t.out.Entries[len(t.out.Entries)-1]
}

// alert records a fact that goes on the dispatchers' list.
func (t *turn) alert(fact string, rule RuleID, data map[string]any) {
	t.record(fact, rule, data).Alert = RoleDispatcher
}

// breach records a broken rule and puts it on somebody's list.
func (t *turn) breach(to Role, rule RuleID, say string) {
	t.job.Breaches = append(t.job.Breaches, Breach{Rule: rule, At: t.now, Say: say})
	e := t.record("rule.broken", rule, map[string]any{"say": say})
	e.Alert, e.Breach = to, true
}

// tell queues a message to the customer, numbered by the latest audit entry.
func (t *turn) tell(m Message) {
	m.Sequence = t.job.Seq
	m.NotBefore = t.now
	if !m.Purpose.Urgent() {
		m.NotBefore = t.std.AfterQuiet(t.now, t.job.Zone()).UTC()
	}
	// Two messages never share an entry, or the later would be taken for the earlier.
	if n := len(t.out.Messages); n > 0 && t.out.Messages[n-1].Sequence == m.Sequence {
		t.record("message.queued", "", map[string]any{"purpose": string(m.Purpose)})
		m.Sequence = t.job.Seq
	}
	t.out.Messages = append(t.out.Messages, m)
}

// pause stops the completion clock (VI-15) from now until a time, or with no end in sight.
func (t *turn) pause(cause Party, until *time.Time) {
	t.unpause()
	t.job.Pauses = append(t.job.Pauses, Pause{Cause: cause, From: t.now, Until: until})
}

// unpause ends a pause that is open or would last beyond now.
func (t *turn) unpause() {
	n := len(t.job.Pauses)
	if n == 0 {
		return
	}
	p := &t.job.Pauses[n-1]
	if p.Until == nil || p.Until.After(t.now) {
		now := t.now
		p.Until = &now
		if !p.Until.After(p.From) {
			t.job.Pauses = t.job.Pauses[:n-1]
		}
	}
}
