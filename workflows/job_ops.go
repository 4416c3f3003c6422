package workflows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"truckroll/dispatch"
)

// attributes are the search attributes of a job that may change, as last shown.
type attributes struct {
	status    dispatch.Status
	installer string
	start     time.Time
	broken    []string
}

var (
	keyStatus    = temporal.NewSearchAttributeKeyKeyword(dispatch.AttributeStatus)
	keyInstaller = temporal.NewSearchAttributeKeyKeyword(dispatch.AttributeInstaller)
	keyStart     = temporal.NewSearchAttributeKeyTime(dispatch.AttributeStart)
	keyBroken    = temporal.NewSearchAttributeKeyKeywordList(dispatch.AttributeBroken)
)

func attributesOf(j *dispatch.Job) attributes {
	a := attributes{status: j.Status, broken: j.Broken()}
	if v := j.Visit(); v != nil {
		a.installer, a.start = v.Appointment.Installer, v.Appointment.Start
	}
	return a
}

// showAttributes brings the search attributes up to date, in one go and only the ones
// that changed: each upsert is billed.
func (r *jobRun) showAttributes(ctx workflow.Context) {
	now, was := attributesOf(&r.job), r.shown
	var updates []temporal.SearchAttributeUpdate
	if now.status != was.status {
		updates = append(updates, keyStatus.ValueSet(string(now.status)))
	}
	if now.installer != was.installer {
		if now.installer == "" {
			updates = append(updates, keyInstaller.ValueUnset())
		} else {
			updates = append(updates, keyInstaller.ValueSet(now.installer))
		}
	}
	if !now.start.Equal(was.start) {
		if now.start.IsZero() {
			updates = append(updates, keyStart.ValueUnset())
		} else {
			updates = append(updates, keyStart.ValueSet(now.start))
		}
	}
	if !slices.Equal(now.broken, was.broken) {
		updates = append(updates, keyBroken.ValueSet(now.broken))
	}
	if len(updates) == 0 {
		return
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, updates...); err != nil {
		workflow.GetLogger(ctx).Error("search attributes not shown", "job", r.job.Number, "error", err)
		return
	}
	r.shown = now
}

// summarised makes a commit say, in the Temporal UI, what it writes down.
func summarised(ctx workflow.Context, out dispatch.Outcome) workflow.Context {
	facts := make([]string, len(out.Entries))
	for i, e := range out.Entries {
		facts[i] = e.Fact
		if e.Rule != "" {
			facts[i] += " (" + string(e.Rule) + ")"
		}
	}
	options := commitOptions
	options.Summary = strings.Join(facts, ", ")
	if len(options.Summary) > maxSummary {
		options.Summary = fmt.Sprintf("%s and %d more", facts[0], len(facts)-1)
	}
	return workflow.WithLocalActivityOptions(ctx, options)
}

// maxSummary is what the server keeps of a summary, in bytes (limit.userMetadataSummarySize
// is 400), with some to spare.
const maxSummary = 350

// describe writes what ops read at the top of the workflow in the Temporal UI: where the
// job stands, which clocks run, what is missing and what comes next.
func (r *jobRun) describe(ctx workflow.Context) {
	var b strings.Builder
	j := &r.job
	fmt.Fprintf(&b, "### %s · %s\n", j.Status, j.Kind)
	fmt.Fprintf(&b, "%s\n\n", r.standing())
	if clocks := dispatch.Clocks(&r.in.Standard, j); len(clocks) > 0 {
		b.WriteString("| clock | until | then |\n|---|---|---|\n")
		for _, c := range clocks {
			fmt.Fprintf(&b, "| **%s** | %s | %s |\n", c.Rule, r.clockTime(c.At), c.Says)
		}
		b.WriteString("\n")
	}
	for i := range j.Visits {
		fmt.Fprintf(&b, "- %s\n", r.visitLine(&j.Visits[i]))
	}
	if len(j.Visits) > 0 {
		b.WriteString("\n")
	}
	if missing := dispatch.MissingFor(&r.in.Standard, j); len(missing) > 0 {
		b.WriteString("**Missing for completion**\n")
		for _, m := range missing {
			fmt.Fprintf(&b, "- %s %s\n", m.Rule, m.Say)
		}
		b.WriteString("\n")
	}
	for _, breach := range j.Breaches {
		fmt.Fprintf(&b, "**Broken: %s** at %s: %s\n\n", breach.Rule, r.clockTime(breach.At), breach.Say)
	}
	if next := dispatch.Allowed(j.Status); len(next) > 0 {
		fmt.Fprintf(&b, "**Possible now:** %s\n\n", joinActions(next))
	}
	fmt.Fprintf(&b, "Territory %s (%s) · product %s · standard %s · %d audit entries", j.Territory, j.TimeZone, j.Product, j.Standard, j.Seq)
	workflow.SetCurrentDetails(ctx, b.String())
}

// standing says in a sentence where the job stands.
func (r *jobRun) standing() string {
	j, v := &r.job, r.job.Visit()
	switch j.Status {
	case dispatch.StatusReceived:
		return "Registered; the customer has not been contacted."
	case dispatch.StatusBooking:
		if j.NoAccess > 0 {
			return fmt.Sprintf("%d visit(s) without access; a second appointment is to be agreed and goes first (NA-5).", j.NoAccess)
		}
		return "An appointment is being agreed with the customer."
	case dispatch.StatusScheduled, dispatch.StatusDispatched, dispatch.StatusEnRoute:
		return fmt.Sprintf("Visit %d agreed for %s with installer %s.", v.No, r.clockTime(v.Appointment.Start), v.Appointment.Installer)
	case dispatch.StatusWaiting:
		return fmt.Sprintf("Installer %s stands at the door since %s; %d call(s) to the customer. No access may be declared from %s (NA-1).",
			v.Appointment.Installer, r.clockTime(*v.ArrivedAt), v.CallsAtDoor, r.clockTime(j.DoorWaitUntil(&r.in.Standard)))
	case dispatch.StatusOnSite:
		return fmt.Sprintf("Installer %s at work since %s.", v.Appointment.Installer, r.clockTime(*v.EnteredAt))
	case dispatch.StatusHeld:
		return fmt.Sprintf("Held since %s, reason %s (cause: %s). Next: %s.", r.clockTime(j.Hold.Since), j.Hold.Reason, j.Hold.Cause, j.Hold.NextStep)
	case dispatch.StatusCompleted:
		if j.CallList != nil {
			return "Completed; no answer to the follow-up, on the agents' call list (FU-1)."
		}
		return fmt.Sprintf("Completed at %s; follow-up asked %d time(s).", r.clockTime(*j.CompletedAt), j.FollowUp.Asked)
	case dispatch.StatusClosed:
		if j.FollowUp.Score != nil {
			return fmt.Sprintf("Closed; the customer gave %d of 10.", *j.FollowUp.Score)
		}
		return "Closed without an answer from the customer."
	default:
		return fmt.Sprintf("Ended by the %s, reason: %s.", j.Ending.By, j.Ending.Reason)
	}
}

// visitLine tells a visit in one line.
func (r *jobRun) visitLine(v *dispatch.Visit) string {
	line := fmt.Sprintf("**Visit %d**, %s, agreed for %s", v.No, v.Appointment.Installer, r.clockTime(v.Appointment.Start))
	if !v.First.Start.Equal(v.Appointment.Start) {
		line += ", first for " + r.clockTime(v.First.Start)
	}
	if v.ArrivedAt != nil {
		line += fmt.Sprintf("; arrived %s (%s)", r.clockTime(*v.ArrivedAt), strings.ReplaceAll(string(v.Punctuality), "_", " "))
	}
	if len(v.Tests) > 0 {
		line += fmt.Sprintf("; %d test(s), %d photo(s)", len(v.Tests), len(v.Photos))
	}
	if v.Outcome != "" {
		line += fmt.Sprintf("; ended %s as %s", r.clockTime(*v.LeftAt), strings.ReplaceAll(string(v.Outcome), "_", " "))
	}
	return line
}

// clockTime writes a time on the wall clock of the job's place.
func (r *jobRun) clockTime(t time.Time) string {
	return t.In(r.job.Zone()).Format("Mon 2 Jan 15:04:05 MST")
}

func joinActions(actions []dispatch.Action) string {
	names := make([]string, len(actions))
	for i, a := range actions {
		names[i] = string(a)
	}
	return strings.Join(names, ", ")
}
