package dispatch

import (
	"fmt"
	"time"
)

// Code is the machine-readable reason of a refusal. It is also the type of the Temporal
// application failure that carries the refusal out of a workflow or activity.
type Code string

// The codes. What each one means to people and to HTTP stands in [Codes].
const (
	CodeBadRequest       Code = "bad_request"
	CodeInvalid          Code = "invalid_value"
	CodeUnauthenticated  Code = "unauthenticated"
	CodeForbidden        Code = "forbidden"
	CodeNotFound         Code = "not_found"
	CodeTooLarge         Code = "too_large"
	CodeUnsupportedMedia Code = "unsupported_media_type"
	CodeKeyReused        Code = "idempotency_key_reused"
	CodeKeyMissing       Code = "idempotency_key_missing"
	CodeDuplicate        Code = "already_exists"
	CodeNotServable      Code = "not_servable"
	CodeWrongStatus      Code = "wrong_status"
	CodeEnded            Code = "job_ended"
	CodeInThePast        Code = "in_the_past"
	CodeSlotTaken        Code = "slot_taken"
	CodeNotCertified     Code = "not_certified"
	CodeNoticeTooShort   Code = "notice_too_short"
	CodeReasonRequired   Code = "reason_required"
	CodeCallDispatcher   Code = "call_the_dispatcher"
	CodeDecisionDue      Code = "decision_due"
	CodeTooEarly         Code = "too_early"
	CodeContactMissing   Code = "contact_missing"
	CodeNotPacked        Code = "not_packed"
	CodeStepOrder        Code = "step_order"
	CodeStepValue        Code = "step_value"
	CodeStepSkip         Code = "step_not_skippable"
	CodeTestImplausible  Code = "test_implausible"
	CodePhotoRefused     Code = "photo_refused"
	CodePhotoSeen        Code = "photo_seen_before"
	CodePhotoUnreadable  Code = "photo_unreadable"
	CodePhotoSmall       Code = "photo_too_small"
	CodePhotoDark        Code = "photo_too_dark"
	CodePhotoBright      Code = "photo_too_bright"
	CodePhotoEmpty       Code = "photo_shows_nothing"
	CodePhotoBlurred     Code = "photo_blurred"
	CodePhotoStale       Code = "photo_not_of_this_visit"
	CodePhotoElsewhere   Code = "photo_from_elsewhere"
	CodePhotoUnchecked   Code = "photo_not_checked"
	CodeQuota            Code = "quota_used_up"
	CodeConsentOutdated  Code = "consent_outdated"
	CodeGlyphMissing     Code = "glyph_missing"
	CodeNotSatisfied     Code = "not_satisfied"
	CodeIncomplete       Code = "incomplete"
	CodeBusy             Code = "busy"
	CodeUnavailable      Code = "unavailable"
	CodeInternal         Code = "internal"
	CodeWorkflowGone     Code = "workflow_gone"
	CodeStandardUnknown  Code = "standard_unknown"
)

// CodeInfo is what a code means outside the domain.
type CodeInfo struct {
	HTTP  int    // HTTP status of the problem (RFC 9110)
	Title string // short, the same for every occurrence (RFC 9457, section 3.1.3)
	Retry bool   // whether the same request may succeed later without a change
}

// Codes is the one table from a domain code to its HTTP problem; the code itself is the
// Temporal failure type.
var Codes = map[Code]CodeInfo{
	CodeBadRequest:       {400, "The request cannot be read", false},
	CodeInvalid:          {422, "A value is not acceptable", false},
	CodeUnauthenticated:  {401, "Log in first", false},
	CodeForbidden:        {403, "Not allowed for this role", false},
	CodeNotFound:         {404, "Not found", false},
	CodeTooLarge:         {413, "The request is too large", false},
	CodeUnsupportedMedia: {415, "This kind of content is not accepted", false},
	CodeKeyReused:        {422, "The Idempotency-Key was used for another request", false},
	CodeKeyMissing:       {400, "The Idempotency-Key is missing", false},
	CodeDuplicate:        {409, "It exists already", false},
	CodeNotServable:      {422, "This request cannot be served", false},
	CodeWrongStatus:      {409, "Not possible in the job's present status", false},
	CodeEnded:            {409, "The job has ended", false},
	CodeInThePast:        {422, "The time lies in the past", false},
	CodeSlotTaken:        {409, "The window is taken", false},
	CodeNotCertified:     {409, "The installer is not certified for this work", false},
	CodeNoticeTooShort:   {409, "Too late to change the appointment", false},
	CodeReasonRequired:   {422, "A reason is required", false},
	CodeCallDispatcher:   {409, "The customer calls the dispatcher for this", false},
	CodeDecisionDue:      {409, "The dispatcher decides first", false},
	CodeTooEarly:         {409, "Not yet", true},
	CodeContactMissing:   {409, "The customer has not been tried", false},
	CodeNotPacked:        {409, "Not packed", false},
	CodeStepOrder:        {409, "Another step comes first", false},
	CodeStepValue:        {422, "The step needs a value", false},
	CodeStepSkip:         {409, "The step may not be skipped for this reason", false},
	CodeTestImplausible:  {422, "The test value is not plausible", false},
	CodePhotoRefused:     {422, "The photo is not acceptable", false},
	CodePhotoSeen:        {409, "The photo was used before", false},
	CodePhotoUnreadable:  {422, "The photo cannot be read", false},
	CodePhotoSmall:       {422, "The photo is too small", false},
	CodePhotoDark:        {422, "The photo is too dark", false},
	CodePhotoBright:      {422, "The photo is too bright", false},
	CodePhotoEmpty:       {422, "The photo shows nothing", false},
	CodePhotoBlurred:     {422, "The photo is blurred", false},
	CodePhotoStale:       {422, "The photo is not of this visit", false},
	CodePhotoElsewhere:   {422, "The photo was taken elsewhere", false},
	CodePhotoUnchecked:   {503, "The photo could not be checked", false},
	CodeQuota:            {409, "The job has used up its space for files", false},
	CodeConsentOutdated:  {422, "Another consent text is in force", false},
	CodeGlyphMissing:     {409, "The document cannot be printed", false},
	CodeNotSatisfied:     {409, "The customer is not satisfied yet", false},
	CodeIncomplete:       {409, "Something is missing", false},
	CodeBusy:             {503, "Too many commands for this job at once", true},
	CodeUnavailable:      {503, "The service cannot answer right now", true},
	CodeInternal:         {500, "Something went wrong here", true},
	CodeWorkflowGone:     {503, "The job is being restored", true},
	CodeStandardUnknown:  {422, "There is no such standard", false},
}

// Missing is one thing that a gate still waits for.
type Missing struct {
	Rule RuleID `json:"rule"`
	What string `json:"what"` // e.g. "photo:splitter_label", "step:safety", "test:speed", "signature"
	Say  string `json:"say"`  // the same for people
}

// Refusal is a request that the rules do not allow. It changes nothing. Message is a
// sentence that tells the caller what to do instead.
type Refusal struct {
	Code         Code       `json:"code"`
	Rule         RuleID     `json:"rule,omitempty"`
	Message      string     `json:"message"`
	Field        string     `json:"field,omitempty"`
	Missing      []Missing  `json:"missing,omitempty"`
	AllowedFrom  *time.Time `json:"allowed_from,omitempty"`
	AllowedUntil *time.Time `json:"allowed_until,omitempty"`
	Alternatives []Window   `json:"alternatives,omitempty"`
}

// Error returns the code, rule and sentence, for logs.
func (r *Refusal) Error() string {
	if r.Rule == "" {
		return fmt.Sprintf("%s: %s", r.Code, r.Message)
	}
	return fmt.Sprintf("%s (%s): %s", r.Code, r.Rule, r.Message)
}

// Refuse makes a refusal. Rule may be empty where no rule of the standard is concerned.
func Refuse(code Code, rule RuleID, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Rule: rule, Message: fmt.Sprintf(format, args...)}
}
