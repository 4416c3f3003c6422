package document

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Printer makes documents. It may be used from several goroutines.
type Printer struct{ fonts [faces]typeface }

// NewPrinter makes a printer with the fonts of [FindFonts].
func NewPrinter(fonts Fonts) (*Printer, error) {
	parsed, err := parseFonts(fonts)
	if err != nil {
		return nil, err
	}
	return &Printer{fonts: parsed}, nil
}

// Proof says whether a form can be printed: nil, a [*MissingGlyphs], or what else is wrong with it.
func (p *Printer) Proof(f Form) error {
	lang, err := languagesOf(f.Languages)
	if err != nil {
		return err
	}
	if f.No == "" || f.Service == "" || f.Operator == "" {
		return errors.New("a form needs its number, the service number and the operator")
	}
	return p.proof(lang, f)
}

// ProofNote says whether a note can be printed: nil, a [*MissingGlyphs], or what else is wrong with it.
func (p *Printer) ProofNote(n Note) error {
	lang, err := languagesOf(n.Languages)
	if err != nil {
		return err
	}
	if n.No == "" || n.Service == "" || n.Operator == "" {
		return errors.New("a note needs its number, the service number and the operator")
	}
	return p.proof(lang, n)
}

// Form prints a confirmation form (VI-12), not sealed yet. What [Printer.Proof] refuses is not printed.
func (p *Printer) Form(ctx context.Context, f Form) (Printed, error) {
	if err := p.Proof(f); err != nil {
		return Printed{}, err
	}
	lang, err := languagesOf(f.Languages)
	if err != nil {
		return Printed{}, err
	}
	s := sheet{layout: newLayout(newMeasurer(p.fonts), lang), zone: f.Zone}
	if err := s.form(f); err != nil {
		return Printed{}, fmt.Errorf("form %s: %w", f.No, err)
	}
	return s.write(ctx, meta{title: formTitle, no: plain(f.No), operator: plain(f.Operator), made: f.Made})
}

// Note prints a visit note (NA-4), not sealed yet. What [Printer.ProofNote] refuses is not printed; nor is a note that
// does not fit on its one page.
func (p *Printer) Note(ctx context.Context, n Note) (Printed, error) {
	if err := p.ProofNote(n); err != nil {
		return Printed{}, err
	}
	lang, err := languagesOf(n.Languages)
	if err != nil {
		return Printed{}, err
	}
	s := sheet{layout: newLayout(newMeasurer(p.fonts), lang), zone: n.Zone}
	if err := s.note(n); err != nil {
		return Printed{}, fmt.Errorf("note %s: %w", n.No, err)
	}
	if len(s.pages) > 1 {
		return Printed{}, fmt.Errorf("note %s does not fit on one page: shorten the address or what it says", n.No)
	}
	return s.write(ctx, meta{title: noteTitle, no: plain(n.No), operator: plain(n.Operator), made: n.Made})
}

func languagesOf(list []Language) (languages, error) {
	var l languages
	for _, one := range list {
		switch one {
		case Chinese:
			l.zh = true
		case English:
			l.en = true
		default:
			return l, fmt.Errorf("language %q is none of zh, en", one)
		}
	}
	if !l.zh && !l.en {
		l = languages{zh: true, en: true}
	}
	return l, nil
}

// plain makes text of one paragraph printable.
func plain(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// sheet is a layout with the time zone of its times.
type sheet struct {
	*layout

	zone *time.Location
}

// at prints a moment to the minute, "" for none.
func (s sheet) at(t time.Time) string { return s.moment(t, "2006-01-02 15:04") }

// exactly prints a moment to the second, "" for none.
func (s sheet) exactly(t time.Time) string { return s.moment(t, "2006-01-02 15:04:05") }

func (s sheet) moment(t time.Time, form string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.location()).Format(form)
}

func (s sheet) location() *time.Location {
	if s.zone == nil {
		return time.UTC
	}
	return s.zone
}
