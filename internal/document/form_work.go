package document

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (s sheet) steps(steps []Step) {
	if len(steps) == 0 {
		return
	}
	var rows [][]cell
	for _, st := range steps {
		var recorded cell
		if st.Skipped != "" {
			recorded = append(recorded, piece{s.lang.say(wordSkipped) + ": " + s.lang.code("skip", plain(st.Skipped), ""), failStyle})
		}
		for _, k := range slices.Sorted(maps.Keys(st.Values)) {
			v := plain(st.Values[k])
			if k == "answer" {
				v = s.lang.code("answer", v, "")
			}
			recorded = append(recorded, piece{s.lang.code("value", plain(k), ""), labelStyle}, piece{v, bodyStyle})
		}
		if len(recorded) == 0 {
			recorded = cell{{s.lang.say(wordDone), bodyStyle}}
		}
		title := s.lang.code("step", plain(st.ID), plain(st.Title))
		if t, ok := terms["step"][st.ID]; ok {
			t.en = plain(st.Title)
			title = s.lang.both(t, "\n")
		}
		rows = append(rows, []cell{
			{{plain(st.Rule), bodyStyle}},
			{{title, bodyStyle}},
			{{s.at(st.At), bodyStyle}},
			{{plain(st.By), bodyStyle}},
			recorded,
		})
	}
	s.heading(secSteps, 25)
	s.table([]float64{16, 64, 32, 22, 40}, []term{colRule, colStep, colTime, colBy, colRecorded}, rows)
}

// tests prints every attempt: a re-test stands beside the first result, never over it (VI-7).
func (s sheet) tests(tests []Test) {
	if len(tests) == 0 {
		return
	}
	compared := slices.ContainsFunc(tests, func(t Test) bool { return t.Before })
	var rows [][]cell
	for _, t := range tests {
		rows = append(rows, s.attempt(t, compared)...)
	}
	s.heading(secTests, 35)
	s.table([]float64{32, 43, 29, 22, 28, 20}, []term{colAttempt, colPart, colValue, colLimit, colInstrument, colVerdict}, rows)
}

func (s sheet) attempt(t Test, compared bool) [][]cell {
	first := cell{{"#" + strconv.Itoa(t.No), strongStyle}, {s.at(t.At), labelStyle}}
	if compared {
		when := wordAfter
		if t.Before {
			when = wordBefore
		}
		first = append(first, piece{s.lang.say(when), labelStyle})
	}
	var failed []string
	for _, p := range t.Parts {
		if p.Judged && !p.Passed {
			failed = append(failed, s.lang.code("test", plain(p.Part), ""))
		}
	}
	if len(failed) > 0 {
		first = append(first, piece{s.lang.say(wordFailPart) + ": " + strings.Join(failed, "; "), style{bold, 7, 9.5, alarm}})
	}
	if t.Remedy != "" {
		first = append(first, piece{s.lang.say(wordRemedy) + ": " + plain(t.Remedy), labelStyle})
	}
	var rows [][]cell
	for _, p := range t.Parts {
		verdict := cell{}
		switch {
		case p.Judged && p.Passed:
			verdict = cell{{s.lang.both(wordPassed, "\n"), bodyStyle}}
		case p.Judged:
			verdict = cell{{s.lang.both(wordFailed, "\n"), failStyle}}
		}
		rows = append(rows, []cell{
			nil,
			{{s.lang.both(s.termOf("test", plain(p.Part)), "\n"), bodyStyle}},
			{{plain(p.Value + " " + p.Unit), strongStyle}},
			{{plain(p.Limit), bodyStyle}},
			{{plain(p.Instrument), bodyStyle}},
			verdict,
		})
	}
	if len(rows) == 0 {
		rows = [][]cell{make([]cell, 6)}
	}
	rows[0][0] = first
	return rows
}

// termOf returns the words for a code, or the code itself.
func (s sheet) termOf(of, code string) term {
	if t, ok := terms[of][code]; ok {
		return t
	}
	return term{code, code}
}

func (s sheet) equipment(list []Equipment) {
	if len(list) == 0 {
		return
	}
	var rows [][]cell
	for _, e := range list {
		rows = append(rows, []cell{{{plain(e.What), bodyStyle}}, {{plain(e.Serial), style{mono, 8.5, 12.5, ink}}}})
	}
	s.heading(secEquipment, 20)
	s.table([]float64{87, 87}, []term{colWhat, colSerial}, rows)
}

// photos prints a grid. The hash is that of the original in the file store, so that a picture can be checked against
// what the form says.
func (s sheet) photos(photos []Photo) {
	const across, thumb = 3, 38.0
	w := (width - (across-1)*gutter) / across
	for i := 0; i < len(photos); i += across {
		row := photos[i:min(i+across, len(photos))]
		captions := make([][]printedLine, len(row))
		tallest := 0.0
		for j, p := range row {
			captions[j] = s.set(s.caption(p), w)
			h := 0.0
			for _, line := range captions[j] {
				h += line.style.line()
			}
			tallest = max(tallest, h)
		}
		h := thumb + 1.5 + min(tallest, bottom-top-thumb-30)
		if i == 0 {
			s.heading(secPhotos, h)
		}
		s.need(h)
		for j, p := range row {
			x, y := left+float64(j)*(w+gutter), s.y
			s.box(x, y, w, thumb, hair)
			if !s.jpeg(fmt.Sprintf("photo%d", i+j), p.Thumb, x+0.5, y+0.5, w-1, thumb-1) {
				none := s.lang.say(wordNoThumb)
				s.text(x+w/2-s.m.width(regular, none)*smallStyle.em()/2, y+thumb/2-2, none, smallStyle)
			}
			y += thumb + 1.5
			for _, line := range captions[j] {
				if y+line.style.line() > bottom {
					break
				}
				s.text(x, y, line.text, line.style)
				y += line.style.line()
			}
		}
		s.y += h + 3.5
	}
}

func (s sheet) caption(p Photo) []piece {
	taken := s.exactly(p.Taken)
	if taken == "" {
		taken = s.lang.say(wordUnknown)
	}
	out := []piece{{s.lang.code("photo", plain(p.Kind), ""), strongStyle}, {s.lang.say(wordTaken) + "  " + taken, labelStyle}}
	if !p.Received.IsZero() {
		out = append(out, piece{s.lang.say(wordReceived) + "  " + s.exactly(p.Received), labelStyle})
	}
	for _, f := range p.Flags {
		out = append(out, piece{s.lang.code("flag", plain(f), ""), style{regular, 7, 9.5, alarm}})
	}
	return append(out, piece{"SHA-256", labelStyle}, piece{plain(p.SHA256), hashStyle})
}
