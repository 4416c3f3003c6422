package document

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// face is one of the fonts of a document.
type face int

const (
	regular face = iota
	bold
	mono
	chinese
	faces // how many there are
)

// typeface is a parsed font.
type typeface struct {
	parsed *sfnt.Font
	raw    []byte
}

func parseFonts(f Fonts) ([faces]typeface, error) {
	var out [faces]typeface
	for i, raw := range [faces][]byte{f.Regular, f.Bold, f.Mono, f.Chinese} {
		if len(raw) == 0 {
			if face(i) != chinese {
				return out, errors.New("a Latin font is missing: fonts come from FindFonts")
			}
			continue
		}
		parsed, err := sfnt.Parse(raw)
		if err != nil {
			return out, fmt.Errorf("reading a font: %w", err)
		}
		out[i] = typeface{parsed: parsed, raw: raw}
	}
	return out, nil
}

// measurer knows which font has a character and how wide it is. It belongs to one document, as it keeps what it found.
type measurer struct {
	fonts    [faces]typeface
	buf      sfnt.Buffer
	advances [faces]map[rune]float64 // in em; negative: the font does not have it
}

func newMeasurer(fonts [faces]typeface) *measurer {
	m := &measurer{fonts: fonts}
	for i := range m.advances {
		m.advances[i] = map[rune]float64{}
	}
	return m
}

// advance returns a character's width in em, and whether the font has it.
func (m *measurer) advance(f face, r rune) (float64, bool) {
	if a, ok := m.advances[f][r]; ok {
		return a, a >= 0
	}
	a := m.lookUp(f, r)
	m.advances[f][r] = a
	return a, a >= 0
}

func (m *measurer) lookUp(f face, r rune) float64 {
	const no = -1
	parsed := m.fonts[f].parsed
	// The PDF writer addresses characters by 16 bits.
	if parsed == nil || r > 0xFFFF {
		return no
	}
	i, err := parsed.GlyphIndex(&m.buf, r)
	if err != nil || i == 0 {
		return no
	}
	em := parsed.UnitsPerEm()
	a, err := parsed.GlyphAdvance(&m.buf, i, fixed.I(int(em)), font.HintingNone)
	if err != nil {
		return no
	}
	return float64(a) / 64 / float64(em)
}

// pick returns the font for a character that is wanted in f, and whether any has it.
func (m *measurer) pick(f face, r, before rune) (face, bool) {
	// Quotation marks, dashes and dots belong to both scripts; among Chinese they are as wide as a character.
	if sharedMark(r) && isWide(before) {
		if _, ok := m.advance(chinese, r); ok {
			return chinese, true
		}
	}
	for _, try := range []face{f, regular, chinese} {
		if _, ok := m.advance(try, r); ok {
			return try, true
		}
	}
	return f, false
}

func sharedMark(r rune) bool { return strings.ContainsRune("·—…‘’“”", r) }

// isWide reports characters that are as wide as they are high, between which a line may break.
func isWide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x30FF || r >= 0xFF00 && r <= 0xFFEF || r >= 0xAC00 && r <= 0xD7AF
}

// run is a stretch of text in one font, with its width in em.
type run struct {
	face  face
	text  string
	width float64
}

func (m *measurer) runs(f face, s string) []run {
	var out []run
	var before rune
	for _, r := range s {
		use, _ := m.pick(f, r, before)
		a, _ := m.advance(use, r)
		before = r
		if n := len(out); n > 0 && out[n-1].face == use {
			out[n-1].text += string(r)
			out[n-1].width += max(a, 0)
			continue
		}
		out = append(out, run{face: use, text: string(r), width: max(a, 0)})
	}
	return out
}

// width returns how wide a line is, in em.
func (m *measurer) width(f face, s string) float64 {
	w, _ := m.upTo(f, s, math.Inf(1))
	return w
}

// upTo returns how wide the characters are that fit in limit em, and where the first stands that does not.
func (m *measurer) upTo(f face, s string, limit float64) (w float64, end int) {
	var before rune
	for i, r := range s {
		use, _ := m.pick(f, r, before)
		a, _ := m.advance(use, r)
		if w+max(a, 0) > limit {
			return w, i
		}
		w, before = w+max(a, 0), r
	}
	return w, len(s)
}

// unseen are characters without an appearance: hints for line breaks and for the direction of writing. They come along
// with what people paste.
var unseen = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x00AD, 0x00AD, 1}, {0x200B, 0x200F, 1}, {0x202A, 0x202E, 1}, {0x2060, 0x2064, 1}, {0x2066, 0x2069, 1}, {0xFEFF, 0xFEFF, 1},
	},
	LatinOffset: 1,
}

// clean makes text printable: composed (a phone may send e and ´ for é), without control characters and what cannot be
// seen, and with line breaks as the only white space beside the blank.
func clean(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.Is(unseen, r):
			return -1
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		}
		return r
	}, s))
}
