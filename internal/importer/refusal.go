package importer

import (
	"fmt"

	"truckroll/dispatch"
)

// Refusal is one line of a file that was not taken, and why (IN-2).
type Refusal struct {
	File     string
	Line     int // the first is 1
	External string
	Code     dispatch.Code
	Rule     dispatch.RuleID
	Field    string
	Reason   string // for people
}

// String says the refusal in one sentence.
func (r *Refusal) String() string {
	if r.Field != "" {
		return fmt.Sprintf("line %d, %s: %s", r.Line, r.Field, r.Reason)
	}
	return fmt.Sprintf("line %d: %s", r.Line, r.Reason)
}

// broken is a line that could not even be read.
func broken(line int, format string, args ...any) *Refusal {
	return &Refusal{Line: line, Code: dispatch.CodeBadRequest, Rule: dispatch.RuleServable, Reason: fmt.Sprintf(format, args...)}
}

// unmapped is a line that was read but has a value the mapping has no answer for.
func unmapped(field, format string, args ...any) *Refusal {
	return &Refusal{Code: dispatch.CodeInvalid, Rule: dispatch.RuleServable, Field: field, Reason: fmt.Sprintf(format, args...)}
}
