package simulate

import (
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// Story is what the people of one job asked for and were answered.
type Story struct {
	Plan     Plan              `json:"plan"`
	Number   string            `json:"number"`
	Acks     []Ack             `json:"acks"`
	Refusals []Refused         `json:"refusals"`
	Repeated []Repeated        `json:"repeated,omitempty"`
	Skipped  []string          `json:"skipped,omitempty"` // what the plan wanted and the day did not allow
	Offended []string          `json:"offended,omitempty"`
	Expected []dispatch.Status `json:"expected"` // where the job may stand at the end
}

// Ack is a command that was taken.
type Ack struct {
	Label   string           `json:"label"`
	Key     string           `json:"key"`
	Action  dispatch.Action  `json:"action"` // of the last command, for a batch
	Receipt dispatch.Receipt `json:"receipt"`
}

// Refused is a command that was refused, and whether that was wanted.
type Refused struct {
	Label    string            `json:"label"`
	Wanted   bool              `json:"wanted"`
	WantCode dispatch.Code     `json:"want_code,omitempty"`
	WantRule dispatch.RuleID   `json:"want_rule,omitempty"`
	Granted  bool              `json:"granted,omitempty"` // it was taken instead
	Problem  apiclient.Problem `json:"problem"`
	At       time.Time         `json:"at"`
}

// Repeated is a command that was sent twice under one key.
type Repeated struct {
	Label string `json:"label"`
	How   Double `json:"how"`
	Same  bool   `json:"same"` // both answers were the same; for a reused key, it was refused as one
	First string `json:"first,omitempty"`
	Other string `json:"other,omitempty"`
}

func (s *Story) skip(what string) { s.Skipped = append(s.Skipped, what) }

// want is a refusal that is looked for: the code, and the rule unless it is empty.
type want struct {
	code dispatch.Code
	rule dispatch.RuleID
}

func (w want) met(p apiclient.Problem) bool {
	return p.Code == w.code && (w.rule == "" || p.Rule == string(w.rule))
}
