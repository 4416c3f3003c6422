package document_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"truckroll/internal/document"
)

func TestMissingGlyphs(t *testing.T) {
	t.Parallel()
	full := printer(t)
	latinOnly := fonts(t)
	latinOnly.Chinese = nil
	latin, err := document.NewPrinter(latinOnly)
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(*document.Form)) document.Form {
		f := small(document.English)
		change(&f)
		return f
	}
	for name, c := range map[string]struct {
		printer *document.Printer
		form    document.Form
		field   string
		runes   string
	}{
		"emoji":                    {full, with(func(f *document.Form) { f.Customer.Name = "Ada 😀" }), "Customer.Name", "😀"},
		"beyond 16 bit":            {full, with(func(f *document.Form) { f.Customer.Name = "𠮷野家" }), "Customer.Name", "𠮷"},
		"a name, without the font": {latin, with(func(f *document.Form) { f.Visit.Installer = "林伟" }), "Visit.Installer", "伟林"},
		"a value":                  {latin, with(func(f *document.Form) { f.Steps = []document.Step{{Values: map[string]string{"port": "端"}}} }), "Steps[0].Values[port]", "端"},
		"labels":                   {latin, small(document.Chinese), "labels", ""},
		"a variant":                {full, with(func(f *document.Form) { f.Order = "葛\U000E0100" }), "Order", "\U000E0100"},
		"no text at all":           {full, with(func(f *document.Form) { f.Order = "\xff" }), "Order", "\uFFFD"},
	} {
		err := c.printer.Proof(c.form)
		var missing *document.MissingGlyphs
		if !errors.As(err, &missing) || missing.Field != c.field || c.runes != "" && string(missing.Runes) != c.runes {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, again := c.printer.Form(t.Context(), c.form); !errors.As(again, &missing) {
			t.Errorf("%s: printed all the same (%v)", name, again)
		}
	}
	// A consent in both languages is proofed only as far as it is printed.
	if err := latin.Proof(small(document.English)); err != nil {
		t.Errorf("an English form without a Chinese font: %v", err)
	}
	if err := latin.ProofNote(note(document.English)); err == nil {
		t.Error("a Chinese name on a note without a Chinese font is fine")
	}
	// A phone may send é as e and an accent.
	if err := latin.Proof(with(func(f *document.Form) {
		f.Customer.Name = "Rene\u0301\u200b \u202ALo\u0301\u202C Łoś Ωμέγα Юрий"
	})); err != nil {
		t.Errorf("Latin, Greek and Cyrillic: %v", err)
	}
}

func TestFormRefusals(t *testing.T) {
	t.Parallel()
	p := printer(t)
	for name, change := range map[string]func(*document.Form){
		"no number":      func(f *document.Form) { f.No = "" },
		"language":       func(f *document.Form) { f.Languages = []document.Language{"fr"} },
		"currency":       func(f *document.Form) { f.Charges = &document.Charges{Currency: "Taler", Items: []document.Charge{{}}} },
		"address":        func(f *document.Form) { f.VerifyURL = strings.Repeat("https://", 500) },
		"broken picture": func(f *document.Form) { f.Signature = &document.Signature{Image: []byte("x")} },
	} {
		f := small()
		change(&f)
		if _, err := p.Form(t.Context(), f); err == nil {
			t.Errorf("%s: no error", name)
		}
		if p.Proof(f) == nil {
			t.Errorf("%s: found only when it was printed", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Form(ctx, small()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFindFonts(t *testing.T) {
	t.Parallel()
	if f, err := document.FindFonts(fonts(t).ChineseFrom); err != nil || f.Chinese == nil {
		t.Errorf("a configured font: %v", err)
	}
	broken := filepath.Join(t.TempDir(), "font.ttc")
	if err := os.WriteFile(broken, []byte("ttcf and then nothing that is a font at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{broken, broken + "x"} {
		if _, err := document.FindFonts(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
