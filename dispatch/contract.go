package dispatch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// What the API, the workers and the workflows must agree on: names, inputs and results of
// every message. Changing one of these is changing a wire format.
const (
	TaskQueue       = "truckroll"
	JobWorkflow     = "Job"
	CourierWorkflow = "Courier"
	SweepWorkflow   = "IntakeSweep"
	RetentionFlow   = "RetentionSweep"
	BatchUpdate     = "visit-batch" // several commands, all or nothing
	StateQuery      = "state"       // returns a Job; for ops and tests
)

// The activities, by name. The first four are local ones: short, idempotent, against
// Postgres only. The others may take their time.
const (
	ActivityCommit       = "Commit"       // Commit -> nothing
	ActivityRecall       = "Recall"       // number, key -> Receipt
	ActivityReserve      = "Reserve"      // Reservation -> Reserved
	ActivityProject      = "Project"      // number -> Projection
	ActivityDeliver      = "Deliver"      // sends what is due, for some minutes
	ActivityStartWaiting = "StartWaiting" // starts jobs that are registered and do not run
	ActivityDeleteDue    = "DeleteDue"    // deletes the files whose time is over
	ActivityInspectPhoto = "InspectPhoto" // PhotoToInspect -> PhotoFacts
	ActivityProofForm    = "ProofForm"    // FormToProof -> Proof
	ActivitySealDocument = "SealDocument" // DocumentWanted -> SealedDocument
)

// The search attributes of a job's workflow. They are stored in plain text and hold no
// personal data.
const (
	AttributeStatus    = "JobStatus"        // keyword
	AttributeKind      = "JobKind"          // keyword
	AttributeTerritory = "Territory"        // keyword
	AttributeInstaller = "Installer"        // keyword
	AttributeGrade     = "Grade"            // keyword
	AttributeStart     = "AppointmentStart" // datetime
	AttributeBroken    = "BrokenRules"      // keyword list
)

// WorkflowID returns the id of a job's workflow.
func WorkflowID(number string) string { return "job/" + number }

// JobInput starts a job's workflow, or carries it over when it continues as new.
type JobInput struct {
	Job      Job      `json:"job"`
	Standard Standard `json:"standard"`
	// Seen are the commands this job has taken, by key, with the hash of what they asked:
	// a run that continues another must not take them twice.
	Seen map[string]string `json:"seen,omitempty"`
	// MaxEvents makes the workflow continue as new after that many history events; 0
	// leaves it to the server's suggestion.
	MaxEvents int `json:"max_events,omitempty"`
}

// Envelope carries one command with the clock of the device it was given on.
type Envelope struct {
	Do       Action          `json:"do"`
	DeviceAt *time.Time      `json:"device_at,omitempty"`
	With     json.RawMessage `json:"with,omitempty"`
}

// Request is the payload of every Update on a job: one command, or several of which all
// or none happen.
type Request struct {
	Actor    Actor      `json:"actor"`
	Hash     string     `json:"hash"` // of the commands; tells a repeat from a reused key
	Commands []Envelope `json:"commands"`
}

// MaxBatch bounds the commands in one request.
const MaxBatch = 50

// Receipt is the answer to a command that was taken.
type Receipt struct {
	Number  string    `json:"number"`
	Seq     int64     `json:"seq"` // of the last audit entry it wrote
	Status  Status    `json:"status"`
	At      time.Time `json:"at"` // server time
	Next    *Clock    `json:"next_clock,omitempty"`
	Missing []Missing `json:"missing,omitempty"`
	Window  *Window   `json:"appointment,omitempty"`
	Hash    string    `json:"hash,omitempty"`
}

// Commit is what the workflow hands to the activity that writes an outcome down.
type Commit struct {
	Key     string  `json:"key"` // of the command: its Idempotency-Key, or the clock's key
	Outcome Outcome `json:"outcome"`
	Receipt Receipt `json:"receipt"`
}

// NewCommit packs an outcome with the receipt that answers for it.
func NewCommit(std *Standard, key, hash string, out Outcome) Commit {
	j := &out.Job
	c := Commit{Key: key, Outcome: out}
	c.Receipt = Receipt{Number: j.Number, Seq: j.Seq, Status: j.Status, Missing: MissingFor(std, j), Hash: hash}
	if n := len(out.Entries); n > 0 {
		c.Receipt.At = out.Entries[n-1].At
	}
	if v := j.Visit(); v != nil {
		c.Receipt.Window = &v.Appointment.Window
	}
	if clocks := Clocks(std, j); len(clocks) > 0 {
		c.Receipt.Next = &clocks[0]
	}
	return c
}

// Reservation asks for an installer's time. Of Installers the first who is free, on shift
// and certified gets the job.
type Reservation struct {
	Number     string   `json:"number"`
	Key        string   `json:"key"`
	Territory  string   `json:"territory"`
	Skills     []string `json:"skills"`
	Installers []string `json:"installers"`
	Window     Window   `json:"window"`
	Travel     Duration `json:"travel"`
	Reserve    Duration `json:"reserve"` // of the shift's end, closed to this job
	Same       bool     `json:"same"`    // another installer at the same time
}

// Reserved is the answer to a reservation: a window with its installer, or a refusal.
type Reserved struct {
	Window  Window   `json:"window"`
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Projection is what the day's progress lets expect of an appointment (AP-9, AP-5).
type Projection struct {
	ExpectedAt time.Time `json:"expected_at"` // earliest moment the installer can be there
}

// NewRequest packs commands for an Update.
func NewRequest(actor Actor, commands ...Timed) (Request, error) {
	req := Request{Actor: actor, Commands: make([]Envelope, len(commands))}
	for i, c := range commands {
		var err error
		if req.Commands[i], err = envelope(c); err != nil {
			return Request{}, err
		}
	}
	raw, err := json.Marshal(req.Commands)
	if err != nil {
		return Request{}, fmt.Errorf("packing commands: %w", err)
	}
	sum := sha256.Sum256(raw)
	req.Hash = hex.EncodeToString(sum[:12])
	return req, nil
}

func envelope(c Timed) (Envelope, error) {
	with, err := json.Marshal(c.Command)
	if err != nil {
		return Envelope{}, fmt.Errorf("packing %s: %w", c.Command.Action(), err)
	}
	return Envelope{Do: c.Command.Action(), DeviceAt: c.DeviceAt, With: with}, nil
}

// Timed is a command with the device's clock, where it came from a device.
type Timed struct {
	Command  Command
	DeviceAt *time.Time
}

// Name returns the name of the Update that carries the request.
func (r Request) Name() string {
	if len(r.Commands) == 1 {
		return string(r.Commands[0].Do)
	}
	return BatchUpdate
}

// Asks reports whether the action is among those asked for.
func (r Request) Asks(a Action) bool {
	return slices.ContainsFunc(r.Commands, func(e Envelope) bool { return e.Do == a })
}

// Decode unpacks the commands. The error is a [*Refusal].
func (r Request) Decode() ([]Command, error) {
	if len(r.Commands) == 0 || len(r.Commands) > MaxBatch {
		return nil, Refuse(CodeBadRequest, "", "Send 1 to %d commands at once.", MaxBatch)
	}
	out := make([]Command, len(r.Commands))
	for i, e := range r.Commands {
		c, err := e.Decode()
		if err != nil {
			return nil, err
		}
		out[i] = c
	}
	return out, nil
}

// Decode unpacks one command. The error is a [*Refusal].
func (e Envelope) Decode() (Command, error) {
	empty, ok := commandTypes[e.Do]
	if !ok {
		return nil, Refuse(CodeBadRequest, "", "There is no command %q.", e.Do)
	}
	c := empty()
	if len(e.With) == 0 {
		return c, nil
	}
	dec := json.NewDecoder(bytes.NewReader(e.With))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return nil, Refuse(CodeBadRequest, "", "The command %q cannot be read: %v.", e.Do, err)
	}
	return c, nil
}

// commandTypes makes an empty command for each action.
var commandTypes = map[Action]func() Command{
	ActionContact:   func() Command { return new(ContactAttempt) },
	ActionBook:      func() Command { return new(Book) },
	ActionMove:      func() Command { return new(Move) },
	ActionAssign:    func() Command { return new(Assign) },
	ActionDelay:     func() Command { return new(ReportDelay) },
	ActionAnswer:    func() Command { return new(CustomerAnswer) },
	ActionDepart:    func() Command { return new(Depart) },
	ActionArrive:    func() Command { return new(Arrive) },
	ActionEnter:     func() Command { return new(Enter) },
	ActionNoAccess:  func() Command { return new(NoAccess) },
	ActionStep:      func() Command { return new(ConfirmStep) },
	ActionTest:      func() Command { return new(RecordTest) },
	ActionPhoto:     func() Command { return new(AddPhoto) },
	ActionSignature: func() Command { return new(Sign) },
	ActionComplete:  func() Command { return new(Complete) },
	ActionHold:      func() Command { return new(PutOnHold) },
	ActionResume:    func() Command { return new(Resume) },
	ActionCancel:    func() Command { return new(Cancel) },
	ActionFail:      func() Command { return new(Fail) },
	ActionFollowUp:  func() Command { return new(RecordFollowUp) },
	ActionClock:     func() Command { return new(ClockFired) },
	ActionRefused:   func() Command { return new(RefusePhoto) },
	ActionSeal:      func() Command { return new(SealDocument) },
}
