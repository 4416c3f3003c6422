package document

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wrap breaks text into lines of at most width em: at blanks, between Chinese characters unless a punctuation mark would
// begin or end a line wrongly, and inside a word only when the word alone is too long.
func (m *measurer) wrap(f face, text string, width float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, used := "", 0.0
		for _, a := range atoms(paragraph) {
			if word := strings.TrimRight(a, " "); line != "" && !m.fits(f, word, width-used) {
				lines = append(lines, strings.TrimRight(line, " "))
				line, used = "", 0
			}
			for !m.fits(f, strings.TrimRight(a, " "), width) {
				head, tail := m.split(f, a, width)
				if tail == "" {
					break // one character, wider than the line
				}
				lines = append(lines, head)
				a = tail
			}
			line, used = line+a, used+m.width(f, a)
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func (m *measurer) fits(f face, s string, width float64) bool {
	_, end := m.upTo(f, s, width)
	return end == len(s)
}

// split cuts off as many characters as fit, at least one.
func (m *measurer) split(f face, s string, width float64) (head, tail string) {
	_, end := m.upTo(f, s, width)
	if end == 0 {
		_, end = utf8.DecodeRuneInString(s)
	}
	return s[:end], s[end:]
}

const (
	neverFirst = "，。、；：？！）》】」』”’…—·,.;:?!)]}%℃"
	neverLast  = "（《【「『“‘([{"
)

// atoms cuts a paragraph into what stays together on a line: words with the blanks after them, and Chinese characters
// with the marks that belong to them.
func atoms(s string) []string {
	var out []string
	var before rune
	for _, r := range s {
		if before != 0 && !mayBreak(before, r) {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		before = r
	}
	return out
}

func mayBreak(before, r rune) bool {
	switch {
	case strings.ContainsRune(neverFirst, r), strings.ContainsRune(neverLast, before), unicode.IsSpace(r):
		return false
	}
	return unicode.IsSpace(before) || isWide(before) || isWide(r)
}

// fit shortens a line that must stay one to width em and marks that it did.
func (m *measurer) fit(f face, s string, width float64) string {
	if m.fits(f, s, width) {
		return s
	}
	head, _ := m.split(f, s, width-m.width(f, "…"))
	return strings.TrimRight(head, " ") + "…"
}
