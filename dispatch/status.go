package dispatch

import "slices"

// Status is where a job stands.
type Status string

// The statuses of a job, in the order of a job that goes well.
const (
	StatusReceived   Status = "received"   // registered, nobody has spoken to the customer
	StatusBooking    Status = "booking"    // being arranged with the customer
	StatusScheduled  Status = "scheduled"  // an appointment is agreed
	StatusDispatched Status = "dispatched" // handed to the installer for the appointment
	StatusEnRoute    Status = "en_route"   // the installer has set out
	StatusWaiting    Status = "waiting"    // the installer stands at the door
	StatusOnSite     Status = "on_site"    // the installer was let in
	StatusHeld       Status = "held"       // stopped with a reason and a next step
	StatusCompleted  Status = "completed"  // the work is done and signed for
	StatusClosed     Status = "closed"     // the customer was heard (or could not be)
	StatusCancelled  Status = "cancelled"  // called off before the work began
	StatusFailed     Status = "failed"     // cannot be done, with a reason (VI-14)
)

// Statuses lists every status.
var Statuses = []Status{
	StatusReceived, StatusBooking, StatusScheduled, StatusDispatched, StatusEnRoute, StatusWaiting,
	StatusOnSite, StatusHeld, StatusCompleted, StatusClosed, StatusCancelled, StatusFailed,
}

// Ended reports whether nothing more can happen to a job in this status.
func (s Status) Ended() bool {
	return s == StatusClosed || s == StatusCancelled || s == StatusFailed
}

// Action names a command. It is also the name of the Update that carries the command to
// the job's workflow.
type Action string

// The actions on a job. The last three the workflow gives itself, and nobody may ask for
// them: a deadline that fired, what became of a photo, a document that was made.
const (
	ActionContact   Action = "contact-attempt"
	ActionBook      Action = "book"
	ActionMove      Action = "move"
	ActionAssign    Action = "assign"
	ActionDelay     Action = "report-delay"
	ActionAnswer    Action = "customer-answer"
	ActionDepart    Action = "depart"
	ActionArrive    Action = "arrive"
	ActionEnter     Action = "enter"
	ActionNoAccess  Action = "no-access"
	ActionStep      Action = "step"
	ActionTest      Action = "test"
	ActionPhoto     Action = "photo"
	ActionSignature Action = "signature"
	ActionComplete  Action = "complete"
	ActionHold      Action = "hold"
	ActionResume    Action = "resume"
	ActionCancel    Action = "cancel"
	ActionFail      Action = "fail"
	ActionFollowUp  Action = "follow-up"
	ActionClock     Action = "clock"
	ActionRefused   Action = "photo-refused"
	ActionSeal      Action = "seal"
)

// Actions lists every action in the order of a job that goes well.
var Actions = []Action{
	ActionContact, ActionBook, ActionMove, ActionAssign, ActionDelay, ActionAnswer, ActionDepart, ActionArrive,
	ActionEnter, ActionNoAccess, ActionStep, ActionTest, ActionPhoto, ActionSignature, ActionComplete,
	ActionHold, ActionResume, ActionCancel, ActionFail, ActionFollowUp, ActionClock, ActionRefused, ActionSeal,
}

// Internal reports whether only the workflow itself may run the action.
func (a Action) Internal() bool { return a == ActionClock || a == ActionRefused || a == ActionSeal }

// transitions is the one table of what may happen in which status and where it leads.
// Where an action can lead to two statuses the command decides between them. An action
// that is absent is refused. Cancel is absent on site: work that has begun ends as
// completed, held or failed (VI-14).
var transitions = map[Status]map[Action][]Status{
	StatusReceived: {
		ActionContact: {StatusBooking},
		ActionBook:    {StatusScheduled},
		ActionHold:    {StatusHeld},
		ActionCancel:  {StatusCancelled},
		ActionFail:    {StatusFailed},
		ActionClock:   {StatusReceived},
	},
	StatusBooking: {
		ActionContact: {StatusBooking},
		ActionBook:    {StatusScheduled},
		ActionPhoto:   {StatusBooking}, // the visit note at the door, after a no access (NA-4)
		ActionHold:    {StatusHeld},
		ActionCancel:  {StatusCancelled},
		ActionFail:    {StatusFailed},
		ActionClock:   {StatusBooking},
		ActionRefused: {StatusBooking},
		ActionSeal:    {StatusBooking},
	},
	StatusScheduled: {
		ActionContact: {StatusScheduled},
		ActionMove:    {StatusScheduled},
		ActionAssign:  {StatusDispatched},
		ActionDelay:   {StatusScheduled},
		ActionAnswer:  {StatusScheduled},
		ActionHold:    {StatusHeld},
		ActionCancel:  {StatusCancelled},
		ActionFail:    {StatusFailed},
		ActionClock:   {StatusScheduled},
		ActionSeal:    {StatusScheduled},
	},
	StatusDispatched: {
		ActionContact: {StatusDispatched},
		ActionMove:    {StatusScheduled},
		ActionAssign:  {StatusDispatched},
		ActionDelay:   {StatusDispatched},
		ActionAnswer:  {StatusDispatched},
		ActionDepart:  {StatusEnRoute},
		ActionHold:    {StatusHeld},
		ActionCancel:  {StatusCancelled},
		ActionFail:    {StatusFailed},
		ActionClock:   {StatusDispatched},
		ActionSeal:    {StatusDispatched},
	},
	StatusEnRoute: {
		ActionContact: {StatusEnRoute},
		ActionMove:    {StatusScheduled},
		ActionDelay:   {StatusEnRoute},
		ActionAnswer:  {StatusEnRoute},
		ActionArrive:  {StatusWaiting},
		ActionHold:    {StatusHeld},
		ActionCancel:  {StatusCancelled},
		ActionFail:    {StatusFailed},
		ActionClock:   {StatusEnRoute},
		ActionRefused: {StatusEnRoute}, // of a batch that would have arrived and entered first
		ActionSeal:    {StatusEnRoute},
	},
	StatusWaiting: {
		ActionContact:  {StatusWaiting},
		ActionMove:     {StatusScheduled},
		ActionEnter:    {StatusOnSite},
		ActionNoAccess: {StatusBooking, StatusHeld},
		ActionHold:     {StatusHeld},
		ActionCancel:   {StatusCancelled},
		ActionFail:     {StatusFailed},
		ActionClock:    {StatusWaiting},
		ActionRefused:  {StatusWaiting}, // of a batch that would have entered, or given up, first
		ActionSeal:     {StatusWaiting},
	},
	StatusOnSite: {
		ActionContact:   {StatusOnSite},
		ActionStep:      {StatusOnSite},
		ActionTest:      {StatusOnSite},
		ActionPhoto:     {StatusOnSite},
		ActionSignature: {StatusOnSite},
		ActionComplete:  {StatusCompleted},
		ActionHold:      {StatusHeld},
		ActionFail:      {StatusFailed},
		ActionClock:     {StatusOnSite},
		ActionRefused:   {StatusOnSite},
		ActionSeal:      {StatusOnSite},
	},
	StatusHeld: {
		ActionContact: {StatusHeld},
		ActionPhoto:   {StatusHeld}, // the visit note at the door, after the last no access (NA-4)
		ActionHold:    {StatusHeld}, // hold on, with a new reason or next step (NA-6)
		ActionResume:  {StatusBooking},
		ActionCancel:  {StatusCancelled},
		ActionFail:    {StatusFailed},
		ActionClock:   {StatusHeld},
		ActionRefused: {StatusHeld},
		ActionSeal:    {StatusHeld},
	},
	StatusCompleted: {
		ActionContact:  {StatusCompleted},
		ActionFollowUp: {StatusClosed, StatusCompleted},
		ActionClock:    {StatusCompleted, StatusClosed},
		ActionSeal:     {StatusCompleted},
	},
	// A document may be made after the job's end.
	StatusClosed:    {ActionSeal: {StatusClosed}},
	StatusCancelled: {ActionSeal: {StatusCancelled}},
	StatusFailed:    {ActionSeal: {StatusFailed}},
}

// Targets returns the statuses an action may lead to from a status, the usual one first;
// none if the action is refused there.
func Targets(from Status, action Action) []Status { return transitions[from][action] }

// Allowed lists the actions somebody may ask for in a status, in the order of [Actions].
func Allowed(from Status) []Action {
	var out []Action
	for _, a := range Actions {
		if !a.Internal() && len(transitions[from][a]) > 0 {
			out = append(out, a)
		}
	}
	return out
}

// CanBecome reports whether some action leads from one status to the other.
func CanBecome(from, to Status) bool {
	for _, targets := range transitions[from] {
		if slices.Contains(targets, to) {
			return true
		}
	}
	return false
}
