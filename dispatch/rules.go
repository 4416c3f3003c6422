package dispatch

// RuleID names one rule of the service standard, e.g. "AP-6". It appears in refusals,
// timer summaries, audit entries and reports, so that a fact in the field can be traced
// to the sentence that asked for it.
type RuleID string

// The rules this package enforces, records or times. Their wording is in
// docs/service-standard.md.
const (
	RuleRegister       RuleID = "IN-1"
	RuleServable       RuleID = "IN-2"
	RuleKinds          RuleID = "IN-3"
	RuleServedNextDay  RuleID = "IN-5"
	RuleContactWithin  RuleID = "AP-1"
	RuleCustomersTime  RuleID = "AP-2"
	RuleReminded       RuleID = "AP-3"
	RuleArriveEarly    RuleID = "AP-4"
	RuleToldWhenLate   RuleID = "AP-5"
	RuleCompanyNotice  RuleID = "AP-6"
	RuleCustomerMoves  RuleID = "AP-7"
	RuleWarnedInTime   RuleID = "AP-9"
	RuleDoorWait       RuleID = "NA-1"
	RuleDoorContact    RuleID = "NA-2"
	RuleCustomerBack   RuleID = "NA-3"
	RuleVisitNote      RuleID = "NA-4"
	RuleNoAccessLimit  RuleID = "NA-6"
	RulePacked         RuleID = "VI-1"
	RuleAtTheDoor      RuleID = "VI-2"
	RuleSafety         RuleID = "VI-4"
	RuleAcceptanceTest RuleID = "VI-7"
	RulePhotos         RuleID = "VI-8"
	RuleSatisfied      RuleID = "VI-11"
	RuleSigned         RuleID = "VI-12"
	RuleNothingSilent  RuleID = "VI-14"
	RuleCompleteWithin RuleID = "VI-15"
	RuleFollowUp       RuleID = "FU-1"
	RuleRatings        RuleID = "FU-2"
	RuleGradeOrder     RuleID = "CU-3"
	RuleCertified      RuleID = "TE-2"
)
