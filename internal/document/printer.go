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

// Proof says whether a form can be printed: nil, a [*MissingGlyphs], or what else is wrong with it. A form that is not
// complete yet, without the signature for example, can be proofed as well.
func (p *Printer) Proof(f Form) error {
	_, err := p.layForm(f)
	return err
}

// ProofNote says whether a note can be printed: nil, a [*MissingGlyphs], or what else is wrong with it, for example that
// it does not fit on its one page.
func (p *Printer) ProofNote(n Note) error {
	_, err := p.layNote(n)
	return err
}

// Form prints a confirmation form (VI-12), not sealed yet. What [Printer.Proof] refuses is not printed.
func (p *Printer) Form(ctx context.Context, f Form) (Printed, error) {
	s, err := p.layForm(f)
	if err != nil {
		return Printed{}, err
	}
	return s.write(ctx, meta{title: formTitle, no: plain(f.No), operator: plain(f.Operator), made: f.Made})
}

// Note prints a visit note (NA-4), not sealed yet. What [Printer.ProofNote] refuses is not printed.
func (p *Printer) Note(ctx context.Context, n Note) (Printed, error) {
	s, err := p.layNote(n)
	if err != nil {
		return Printed{}, err
	}
	return s.write(ctx, meta{title: noteTitle, no: plain(n.No), operator: plain(n.Operator), made: n.Made})
}

func (p *Printer) layForm(f Form) (sheet, error) {
	s, err := p.sheet(f.Languages, f.Zone, f)
	if err != nil {
		return s, err
	}
	if f.No == "" || f.Service == "" || f.Operator == "" {
		return s, errors.New("a form needs its number, the service number and the operator")
	}
	if err := s.form(f); err != nil {
		return s, fmt.Errorf("form %s: %w", f.No, err)
	}
	return s, nil
}

func (p *Printer) layNote(n Note) (sheet, error) {
	s, err := p.sheet(n.Languages, n.Zone, n)
	if err != nil {
		return s, err
	}
	if n.No == "" || n.Service == "" || n.Operator == "" {
		return s, errors.New("a note needs its number, the service number and the operator")
	}
	if err := s.note(n); err != nil {
		return s, fmt.Errorf("note %s: %w", n.No, err)
	}
	if len(s.pages) > 1 {
		return s, fmt.Errorf("note %s does not fit on one page: shorten the address or what it says", n.No)
	}
	return s, nil
}

// sheet begins a document, once all its text is known to be printable.
func (p *Printer) sheet(list []Language, zone *time.Location, doc any) (sheet, error) {
	lang, err := languagesOf(list)
	if err != nil {
		return sheet{}, err
	}
	m := newMeasurer(p.fonts)
	if err := m.proof(lang, doc); err != nil {
		return sheet{}, err
	}
	return sheet{layout: newLayout(m, lang), zone: zone}, nil
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
