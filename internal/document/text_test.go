package document

import (
	"slices"
	"strings"
	"testing"
)

func latin(t *testing.T) *measurer {
	t.Helper()
	f, err := FindFonts("")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseFonts(f)
	if err != nil {
		t.Fatal(err)
	}
	return newMeasurer(parsed)
}

func TestWrap(t *testing.T) {
	t.Parallel()
	m := latin(t)
	if got := m.wrap(regular, "to be or not\n\nto be", 3); !slices.Equal(got, []string{"to be", "or not", "", "to be"}) {
		t.Errorf("words: %q", got)
	}
	long := strings.Repeat("0123456789", 8)
	lines := m.wrap(regular, "a "+long+" b", 4)
	if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != "a"+long+"b" {
		t.Errorf("a long word lost something: %q", lines)
	}
	for _, line := range append(lines, m.wrap(regular, long, 0.1)...) {
		if w := m.width(regular, line); w > 4 {
			t.Errorf("%q is %.1f em wide", line, w)
		}
	}
}

// A line begins with no closing mark and ends with no opening one.
func TestAtoms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"用户（已签名）。":         {"用", "户", "（已", "签", "名）。"},
		"在 Berlin 12 号":    {"在 ", "Berlin ", "12 ", "号"},
		"a b":              {"a ", "b"},
		"“光猫”、ONT-7 LAN1。": {"“光", "猫”、", "ONT-7 ", "LAN1。"},
	} {
		if got := atoms(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor      int64
		code, want string
	}{
		{5000, "CNY", "CNY 50.00"}, {5, "EUR", "EUR 0.05"}, {0, "EUR", "EUR 0.00"}, {-105, "EUR", "EUR -1.05"}, {500, "JPY", "JPY 500"}, {1, "KWD", "KWD 0.001"},
	} {
		if got, err := money(c.minor, c.code); err != nil || got != c.want {
			t.Errorf("%d %s: %q, %v", c.minor, c.code, got, err)
		}
	}
}

// A damaged font, or one that only looks like a font, is refused and nothing worse.
func FuzzSoleFace(f *testing.F) {
	f.Add([]byte("ttcf\x00\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10"))
	f.Add(writeFont([]string{"glyf", "head"}, map[string][]byte{"glyf": []byte("abcde"), "head": []byte("x")}))
	f.Fuzz(func(t *testing.T, font []byte) {
		if face, err := soleFace(font); err == nil {
			if again, err := soleFace(face); err != nil || len(again) != len(face) {
				t.Errorf("a face of a face: %v", err)
			}
		}
	})
}
