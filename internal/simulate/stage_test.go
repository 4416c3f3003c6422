package simulate

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// stage plays jobs through the domain itself, on a clock of its own, and writes the evidence
// down as the API would tell it. What it tells is in order; tests then spoil it.
type stage struct {
	t   *testing.T
	std *dispatch.Standard
	ev  *Evidence
	now time.Time
	n   int64
}

// act is a job on the stage.
type act struct {
	*stage

	job   dispatch.Job
	story *Story
	file  *Dossier
}

var desk = dispatch.Actor{Role: dispatch.RoleSupervisor, ID: "s1"}

func newStage(t *testing.T) *stage {
	t.Helper()
	std, _, err := Scaled("sim-test", 360)
	require.NoError(t, err)
	return &stage{
		t: t, std: std, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
		ev: &Evidence{Std: std, Slack: 5 * time.Second, Dossiers: map[string]*Dossier{}, Days: map[string][]DayBooking{}},
	}
}

// open registers a job of a kind.
func (s *stage) open(kind dispatch.Kind) *act {
	s.n++
	a := &act{stage: s, file: &Dossier{}}
	a.job = dispatch.Job{
		Number: dispatch.ServiceNumber(s.n), Kind: kind, Charge: dispatch.ChargeContract, Territory: "sim", TimeZone: "UTC", Product: "fttr-300",
		Skills: []string{"fiber_install"}, ContractMbps: 300, WorkTime: s.std.Products[1].WorkTime[kind], Standard: s.std.Version,
		OpenedAt: s.now, Status: dispatch.StatusReceived,
	}
	a.file.Timeline = append(a.file.Timeline, a.job.Opened(desk, dispatch.ChannelPhone))
	a.story = &Story{Number: a.job.Number, Plan: Plan{Index: int(s.n)}}
	s.ev.Stories = append(s.ev.Stories, a.story)
	s.ev.Listed = append(s.ev.Listed, a.job.Number)
	s.ev.Dossiers[a.job.Number] = a.file
	a.settle()
	return a
}

// does runs a command now, and lets the clocks fire that were due before.
func (a *act) does(c dispatch.Command) *act {
	a.t.Helper()
	a.clocks()
	a.run(desk, c)
	receipt := dispatch.NewCommit(a.std, "k", "", dispatch.Outcome{Job: a.job, Entries: a.file.Timeline}).Receipt
	a.story.Acks = append(a.story.Acks, Ack{Label: fmt.Sprintf("%s/%d", c.Action(), len(a.story.Acks)), Action: c.Action(), Receipt: receipt})
	for _, owed := range dispatch.DocumentsOwed(a.std, &a.job) {
		a.wait(time.Second).run(dispatch.Actor{Role: dispatch.RoleSystem, ID: string(owed.Kind.Rule())}, &dispatch.SealDocument{
			DocumentWanted: owed, SealedDocument: dispatch.SealedDocument{SHA256: strings.Repeat("d", 64), Pages: 1},
		})
	}
	return a
}

func (a *act) run(actor dispatch.Actor, c dispatch.Command) {
	a.t.Helper()
	req, err := dispatch.NewRequest(actor, dispatch.Timed{Command: c})
	require.NoError(a.t, err)
	out, err := dispatch.Do(a.std, a.job, req, a.now)
	require.NoError(a.t, err)
	a.job = out.Job
	a.file.Timeline = append(a.file.Timeline, out.Entries...)
	for _, m := range out.Messages {
		a.file.Messages = append(a.file.Messages, apiclient.SentMessage{
			Number: a.job.Number, Purpose: string(m.Purpose), Sequence: m.Sequence, State: "sent", NotBefore: m.NotBefore,
		})
	}
	a.settle()
}

// clocks fires what is due, each at its time.
func (a *act) clocks() {
	a.t.Helper()
	now := a.now
	for clocks := dispatch.Clocks(a.std, &a.job); len(clocks) > 0 && !clocks[0].At.After(now); clocks = dispatch.Clocks(a.std, &a.job) {
		a.now = clocks[0].At
		if last := a.file.Timeline[len(a.file.Timeline)-1].At; last.After(a.now) {
			a.now = last.Add(time.Millisecond)
		}
		a.run(dispatch.Actor{Role: dispatch.RoleSystem, ID: string(clocks[0].Rule)}, &dispatch.ClockFired{Key: clocks[0].Key})
	}
	a.now = now
}

// settle makes the file what the API would say: the data of entries as JSON has it.
func (a *act) settle() {
	a.t.Helper()
	raw, err := json.Marshal(a.file.Timeline)
	require.NoError(a.t, err)
	a.file.Timeline = nil
	require.NoError(a.t, json.Unmarshal(raw, &a.file.Timeline))
	a.file.Job = a.job
	a.story.Expected = []dispatch.Status{a.job.Status}
	a.ev.ReadAt = a.now
}

func (a *act) wait(d time.Duration) *act {
	a.now = a.now.Add(d)
	return a
}

func (a *act) minutes(m float64) *act { return a.wait(pace(360).minutes(m)) }

// booked agrees an appointment in some minutes, with an installer.
func (a *act) booked(in float64, installer string) *act {
	a.does(&dispatch.ContactAttempt{Channel: "call", Outcome: "reached"}).minutes(1)
	return a.does(&dispatch.Book{Start: a.now.Add(pace(360).minutes(in)), Installers: []string{installer}})
}

// atDoor brings the installer to the door five minutes before the agreed time.
func (a *act) atDoor() *act {
	a.minutes(1).does(&dispatch.Assign{})
	start := a.job.Visit().Appointment.Start
	a.now = start.Add(-pace(360).minutes(15))
	a.does(&dispatch.Depart{ToolsChecked: true, PartsChecked: true, Packed: a.std.Pack})
	a.now = start.Add(-pace(360).minutes(5))
	return a.does(&dispatch.Arrive{})
}

// worked does everything inside except completing.
func (a *act) worked() *act {
	a.minutes(1).does(&dispatch.Enter{})
	plan := a.std.Plan(a.job.Kind)
	for _, s := range plan.Steps {
		a.minutes(2).does(confirmed(s))
	}
	p := &player{run: &run{std: a.std}, plan: Plan{}}
	p.plan.Intake.ContractMbps = 300
	if test := p.measured(plan, false); test != nil {
		a.minutes(1).does(test)
	}
	for i, kind := range plan.Photos {
		a.minutes(1).does(&dispatch.AddPhoto{Kind: kind, SHA256: strings.Repeat(string("0123456789abcdef"[i]), 64)})
	}
	return a.minutes(1).does(&dispatch.Sign{SHA256: strings.Repeat("e", 64), Signer: "customer", Consent: a.std.Form.Consent.Version})
}

// closed completes the job and hears the customer.
func (a *act) closed() *act {
	a.minutes(1).does(&dispatch.Complete{})
	a.wait(a.std.FollowUpAfter.D() + time.Second)
	score := 9
	return a.does(&dispatch.RecordFollowUp{Score: &score})
}

// nobody waits at the door in vain.
func (a *act) nobody() *act {
	a.does(&dispatch.ContactAttempt{Channel: "call", Outcome: "no_answer"})
	a.now = a.job.DoorWaitUntil(a.std).Add(time.Second)
	return a.does(&dispatch.NoAccess{})
}
