package dispatch

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// DocumentKind is a kind of sealed document.
type DocumentKind string

// The documents a visit leaves.
const (
	DocumentForm DocumentKind = "form"       // the confirmation form (业务施工确认单), VI-12
	DocumentNote DocumentKind = "visit_note" // the visit note (到访留言), NA-4
)

// Letter stands for the kind in a document's number.
func (k DocumentKind) Letter() string {
	if k == DocumentNote {
		return "N"
	}
	return "F"
}

// Rule is the rule that asks for the document.
func (k DocumentKind) Rule() RuleID {
	if k == DocumentNote {
		return RuleVisitNote
	}
	return RuleSigned
}

// FormRules say how documents are made (VI-12, NA-4). A Standard without them makes none.
type FormRules struct {
	// Languages of the documents of customers who did not say: zh, en, or both beside each other.
	Languages []Language `json:"languages" yaml:"languages"`
	// Consent is what the customer agrees to by signing, by language, with its version.
	Consent Consent `json:"consent" yaml:"consent"`
}

// Language is a language of documents and messages, as in BCP 47.
type Language string

// The languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Consent is the text above the signature. Its version is kept with each signature.
type Consent struct {
	Version string              `json:"version" yaml:"version"`
	Text    map[Language]string `json:"text"    yaml:"text"`
}

func (f *FormRules) validate(m *mistakes) {
	if len(f.Languages) == 0 || f.Consent.Version == "" {
		m.add("form: languages and consent.version are required")
	}
	for _, l := range f.Languages {
		if l != Chinese && l != English {
			m.add("form.languages: %q is none of zh, en", l)
		}
	}
	for _, l := range []Language{Chinese, English} {
		if f.Consent.Text[l] == "" {
			m.add("form.consent.text.%s: missing", l)
		}
	}
}

// Document is a sealed document of a visit. The file lies in the file store under its hash;
// a later change of it can be detected by anyone (VI-12).
type Document struct {
	No     string       `json:"no"` // e.g. "<service number>-F1": kind and visit
	Kind   DocumentKind `json:"kind"`
	Visit  int          `json:"visit"`
	SHA256 string       `json:"sha256"` // hex
	Pages  int          `json:"pages"`
	At     time.Time    `json:"at"`
	Copies []Copy       `json:"copies"`
}

// Copy is one of the places where a document is: all are the same file (VI-12).
type Copy struct {
	For string    `json:"for"` // customer, installer, archive
	By  string    `json:"by"`  // how it got there
	At  time.Time `json:"at"`
}

// DocumentNo returns the number of a visit's document.
func DocumentNo(number string, kind DocumentKind, visit int) string {
	return fmt.Sprintf("%s-%s%d", number, kind.Letter(), visit)
}

// DocumentToken is what opens a document to somebody without an account: 128 bits of its hash,
// which nobody can guess who does not have the file.
func DocumentToken(sha256Hex string) string {
	sum, err := hex.DecodeString(sha256Hex)
	if err != nil || len(sum) < 16 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// DocumentWanted is a document that a visit is owed: the input of the activity that makes it.
type DocumentWanted struct {
	No     string       `json:"no"`
	Number string       `json:"number"` // service number
	Kind   DocumentKind `json:"kind"`
	Visit  int          `json:"visit"`
}

// DocumentsOwed lists the documents that the job's visits still lack. It is derived from the
// job, as its clocks are: what was being made when a worker died is owed again.
func DocumentsOwed(std *Standard, job *Job) []DocumentWanted {
	if std.Form == nil {
		return nil
	}
	var out []DocumentWanted
	for i := range job.Visits {
		v := &job.Visits[i]
		kind := DocumentForm
		switch v.Outcome {
		case VisitCompleted:
		case VisitNoAccess:
			kind = DocumentNote
		default:
			continue
		}
		no := DocumentNo(job.Number, kind, v.No)
		if !slices.ContainsFunc(job.Documents, func(d Document) bool { return d.No == no }) {
			out = append(out, DocumentWanted{No: no, Number: job.Number, Kind: kind, Visit: v.No})
		}
	}
	return out
}

// SealedDocument is what the activity made.
type SealedDocument struct {
	SHA256 string `json:"sha256"`
	Pages  int    `json:"pages"`
}

// FormToProof is a form that is about to be owed, with what completing will add to it.
type FormToProof struct {
	DocumentWanted

	Override string `json:"override,omitempty"` // a supervisor's reason
}

// Override returns the reason of a completion in the request, "" if there is none.
func (r Request) Override() string {
	commands, err := r.Decode()
	if err != nil {
		return ""
	}
	for _, c := range commands {
		if complete, ok := c.(*Complete); ok {
			return complete.Override
		}
	}
	return ""
}

// Proof is the answer to whether a document can be printed: yes, or a refusal (glyph_missing).
type Proof struct {
	Refusal *Refusal `json:"refusal,omitempty"`
}

// SealDocument adds a document that was made. Only the workflow gives it.
type SealDocument struct {
	DocumentWanted
	SealedDocument
}

// Action names the command.
func (*SealDocument) Action() Action { return ActionSeal }

func (c *SealDocument) run(t *turn) error {
	if !slices.Contains(DocumentsOwed(t.std, &t.job), c.DocumentWanted) {
		return Refuse(CodeDuplicate, c.Kind.Rule(), "The document %s is there already.", c.No)
	}
	d := Document{No: c.No, Kind: c.Kind, Visit: c.Visit, SHA256: c.SHA256, Pages: c.Pages, At: t.now, Copies: []Copy{
		{For: "customer", By: "link", At: t.now},
		{For: "installer", By: "list", At: t.now},
		{For: "archive", By: "file store", At: t.now},
	}}
	t.job.Documents = append(t.job.Documents, d)
	t.become(t.job.Status)
	t.record("document.sealed", c.Kind.Rule(), map[string]any{
		"document": d.No, "visit": d.Visit, "sha256": d.SHA256, "pages": d.Pages, "copies": d.Copies,
	})
	if c.Kind == DocumentForm {
		t.tell(Message{Purpose: PurposeFormReady, Document: d.No, Token: DocumentToken(d.SHA256)})
	}
	return nil
}
