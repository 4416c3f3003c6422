package simulate

import (
	"time"

	"truckroll/dispatch"
)

// Plan is everything that the people of one job will decide, drawn beforehand from the seed
// and the job's number in the run. How the day goes changes when things happen and which
// windows are free, never what somebody chooses. Durations are simulated time.
type Plan struct {
	Index    int             `json:"index"`
	Intake   dispatch.Intake `json:"-"` // personal data, if made up
	Opens    time.Duration   `json:"opens"`
	Contact  ContactPlan     `json:"contact"`
	Wish     bool            `json:"wish"`      // the customer asks for a time
	WishIn   time.Duration   `json:"wish_in"`   // that far ahead
	Turn     Turn            `json:"turn"`      // what comes between the agreement and the visit
	ByServer bool            `json:"by_server"` // the server picks the installer
	Visits   [3]VisitPlan    `json:"visits"`    // the first, the second, and all after it
	AtLimit  Decision        `json:"at_limit"`  // the dispatcher's, after the last no access (NA-6)
	Work     WorkPlan        `json:"work"`
	FollowUp FollowUpPlan    `json:"follow_up"`
	Stray    Stray           `json:"stray"` // a request that comes out of order
}

// ContactPlan is how the customer is reached (AP-1).
type ContactPlan struct {
	After   time.Duration `json:"after"`   // after registration
	InVain  int           `json:"in_vain"` // attempts before the one that reaches somebody
	TooLate bool          `json:"too_late"`
}

// Turn is what happens to an appointment before the visit.
type Turn string

// The turns, with the share of jobs that take them in turnShares.
const (
	TurnNone           Turn = "none"
	TurnCustomerMoves  Turn = "customer_moves"         // AP-7
	TurnCompanyMoves   Turn = "company_moves_in_time"  // AP-6, with notice
	TurnCompanyLate    Turn = "company_moves_too_late" // AP-6, refused, then overridden
	TurnCompanyGivesUp Turn = "company_leaves_it"      // AP-6, refused, and left
	TurnCustomerOff    Turn = "customer_cancels"
	TurnCompanyOff     Turn = "company_cancels_too_late" // AP-6, refused, then overridden
	TurnHeld           Turn = "held_and_resumed"
	TurnEnRoute        Turn = "customer_moves_en_route" // AP-7, refused, then by phone
)

// Decision is the dispatcher's after the last no access (NA-6).
type Decision string

// The decisions.
const (
	DecideCancel Decision = "cancel"
	DecideAgain  Decision = "again"
	DecideHold   Decision = "hold_on"
)

// Arrival is how an installer comes (AP-4).
type Arrival string

// The arrivals.
const (
	ArriveEarly  Arrival = "early"
	ArriveOnTime Arrival = "on_time"
	ArriveLate   Arrival = "late"
)

// Door is what an installer finds.
type Door string

// The doors. Back is a customer who comes at minute twelve of the wait (NA-3).
const (
	DoorOpen   Door = "open"
	DoorNobody Door = "nobody"
	DoorBack   Door = "back"
)

// VisitPlan is how one visit goes until the door opens, or not.
type VisitPlan struct {
	Unpacked bool          `json:"unpacked"` // sets out without everything: refused (VI-1)
	Arrival  Arrival       `json:"arrival"`
	Offset   time.Duration `json:"offset"`    // of the arrival from the agreed time
	TellLate bool          `json:"tell_late"` // reports the delay (AP-5)
	Door     Door          `json:"door"`
	Hasty    bool          `json:"hasty"`  // declares no access too early: refused (NA-1), or NA-3
	Silent   bool          `json:"silent"` // declares it without having called: refused (NA-2)
}

// WorkPlan is what happens inside.
type WorkPlan struct {
	Pace         float64 `json:"pace"`  // share of the expected time on site that is used
	Batch        bool    `json:"batch"` // the steps come at once, as from a phone without network
	OutOfOrder   bool    `json:"out_of_order"`
	FailedTest   bool    `json:"failed_test"`
	Forgotten    bool    `json:"forgotten_photo"`
	SamePhoto    bool    `json:"same_photo"` // sends a picture twice: refused (VI-8)
	Dissatisfied bool    `json:"dissatisfied"`
	SafetyStop   bool    `json:"safety_stop"`
	Fails        string  `json:"fails,omitempty"` // a reason code of the Standard
}

// FollowUpPlan is what the customer answers, and when.
type FollowUpPlan struct {
	Answers Answers           `json:"answers"`
	Score   int               `json:"score"`
	Ratings map[string]string `json:"ratings"`
}

// Answers is when a customer answers (FU-1).
type Answers string

// The answers.
const (
	AnswersFirst  Answers = "first"  // after the first request
	AnswersSecond Answers = "second" // after the reminder
	AnswersAgent  Answers = "agent"  // to an agent, at the second call
	AnswersNotOne Answers = "agent_gives_up"
	AnswersNever  Answers = "never" // and nobody calls: closed by the clock
)

// Stray is a request that does not fit where the job stands; it is refused and changes nothing.
type Stray string

// The strays.
const (
	StrayNone     Stray = "none"
	StrayComplete Stray = "complete_before_contact"
	StrayArrive   Stray = "arrive_before_departure"
	StrayNoAccess Stray = "no_access_en_route"
	StrayBook     Stray = "book_twice"
	StrayCancel   Stray = "cancel_on_site"
)
