package dispatch

import "time"

// Purpose is why a customer is sent a message.
type Purpose string

// The purposes. Each has a text in the Standard.
const (
	PurposeAgreed         Purpose = "appointment_agreed"
	PurposeMovedByCompany Purpose = "moved_by_company"
	PurposeMovedByYou     Purpose = "moved_by_customer"
	PurposeReminder       Purpose = "reminder"
	PurposeOnTheWay       Purpose = "on_the_way"
	PurposeLate           Purpose = "late"
	PurposeAtDoor         Purpose = "at_door"
	PurposeVisitNote      Purpose = "visit_note"
	PurposeCompleted      Purpose = "completed"
	PurposeScoreRequest   Purpose = "score_request"
	PurposeScoreReminder  Purpose = "score_reminder"
	PurposeCancelled      Purpose = "cancelled"
	PurposeHeld           Purpose = "held"
	PurposeFormReady      Purpose = "form_ready"
)

// Purposes lists every purpose.
var Purposes = []Purpose{
	PurposeAgreed, PurposeMovedByCompany, PurposeMovedByYou, PurposeReminder, PurposeOnTheWay, PurposeLate,
	PurposeAtDoor, PurposeVisitNote, PurposeCompleted, PurposeScoreRequest, PurposeScoreReminder,
	PurposeCancelled, PurposeHeld, PurposeFormReady,
}

// Urgent reports whether a message of this purpose may pass the quiet hours: it concerns
// somebody who is on the way or at the door.
func (p Purpose) Urgent() bool {
	switch p {
	case PurposeOnTheWay, PurposeLate, PurposeAtDoor, PurposeVisitNote:
		return true
	default:
		return false
	}
}

// Message is the intent to tell the customer something. (Job, Sequence) identifies it for
// ever. The text is made from the Standard's template and the register when it is sent, so
// that no personal data passes through a workflow.
type Message struct {
	Purpose   Purpose    `json:"purpose"`
	Sequence  int64      `json:"sequence"` // number of the audit entry that asked for it
	NotBefore time.Time  `json:"not_before"`
	Start     *time.Time `json:"start,omitempty"`    // the agreed time
	Expected  *time.Time `json:"expected,omitempty"` // of arrival
	Arrived   *time.Time `json:"arrived,omitempty"`
	Left      *time.Time `json:"left,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	Installer string     `json:"installer,omitempty"`
	Document  string     `json:"document,omitempty"` // its number
	Token     string     `json:"token,omitempty"`    // opens the document, see [DocumentToken]
}

// Parcel is a message on its way: the intent, and from the register what its text is made
// of.
type Parcel struct {
	ID        int64
	Job       string // service number
	Message   Message
	Attempt   int // counted from 1
	Standard  *Standard
	Customer  Customer
	Product   string // code
	Installer string // name; empty when the message names nobody
	Hotline   string // E.164
	TimeZone  string // IANA name
}

// Sent says how a message left: to which phone, as which text, through whom, and under
// which id of theirs.
type Sent struct {
	Recipient, Body, Provider, ProviderID string
}
