package document

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (s sheet) steps(steps []Step) {
	if len(steps) == 0 {
		return
	}
	var groups [][][]cell
	for _, st := range steps {
		var recorded cell
		if st.Skipped != "" {
			recorded = append(recorded, piece{s.lang.colon(wordSkipped, s.lang.code("skip", plain(st.Skipped), "")), failStyle})
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
		groups = append(groups, [][]cell{{
			{{plain(st.Rule), bodyStyle}},
			{{title, bodyStyle}},
			{{s.at(st.At), bodyStyle}},
			{{plain(st.By), bodyStyle}},
			recorded,
		}})
	}
	s.heading(secSteps, 25)
	s.table([]float64{14, 68, 32, 20, 40}, []term{colRule, colStep, colTime, colBy, colRecorded}, groups...)
}

// tests prints every attempt: a re-test stands beside the first result, never over it (VI-7).
func (s sheet) tests(tests []Test) {
	if len(tests) == 0 {
		return
	}
	compared := slices.ContainsFunc(tests, func(t Test) bool { return t.Before })
	var groups [][][]cell
	for _, t := range tests {
		groups = append(groups, s.attempt(t, compared))
	}
	s.heading(secTests, 35)
	s.table([]float64{46, 38, 30, 34, 26}, []term{colPart, colValue, colLimit, colInstrument, colVerdict}, groups...)
}

// attempt is a line about the attempt as a whole and one for each part.
func (s sheet) attempt(t Test, compared bool) [][]cell {
	about := s.lang.both(term{fmt.Sprintf("第 %d 次", t.No), fmt.Sprintf("Attempt %d", t.No)}, " ")
	if at := s.at(t.At); at != "" {
		about += "  ·  " + at
	}
	switch {
	case t.Before:
		about += "  ·  " + s.lang.say(wordBefore)
	case compared:
		about += "  ·  " + s.lang.say(wordAfter)
	}
	first := cell{{about, style{bold, 8.5, 12, accent}}}
	var failed []string
	for _, p := range t.Parts {
		if p.Judged && !p.Passed {
			failed = append(failed, s.lang.code("test", plain(p.Part), ""))
		}
	}
	if len(failed) > 0 {
		first = append(first, piece{s.lang.colon(wordFailPart, strings.Join(failed, "; ")), style{bold, 8, 11, alarm}})
	}
	if t.Remedy != "" {
		first = append(first, piece{s.lang.colon(wordRemedy, plain(t.Remedy)), style{regular, 8, 11, grey}})
	}
	rows := [][]cell{{first}}
	for _, p := range t.Parts {
		verdict := cell{}
		switch {
		case p.Judged && p.Passed:
			verdict = cell{{s.lang.say(wordPassed), bodyStyle}}
		case p.Judged:
			verdict = cell{{s.lang.say(wordFailed), failStyle}}
		}
		rows = append(rows, []cell{
			{{s.lang.both(s.termOf("test", plain(p.Part)), "\n"), bodyStyle}},
			{{plain(p.Value + " " + p.Unit), strongStyle}},
			{{plain(p.Limit), bodyStyle}},
			{{plain(p.Instrument), bodyStyle}},
			verdict,
		})
	}
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
	var groups [][][]cell
	for _, e := range list {
		groups = append(groups, [][]cell{{{{plain(e.What), bodyStyle}}, {{plain(e.Serial), style{mono, 8.5, 12.5, ink}}}}})
	}
	s.heading(secEquipment, 20)
	s.table([]float64{87, 87}, []term{colWhat, colSerial}, groups...)
}

// photos prints a grid. The hash is that of the original in the file store, so that a picture can be checked against
// what the form says.
func (s sheet) photos(photos []Photo) {
	const across, thumb = 3, 41.5
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
	sum := plain(p.SHA256)
	if len(sum) == 64 {
		sum = sum[:32] + "\n" + sum[32:]
	}
	out = append(out, piece{"SHA-256", labelStyle}, piece{sum, hashStyle})
	for _, f := range p.Flags {
		out = append(out, piece{s.lang.code("flag", plain(f), ""), style{regular, 7, 9.5, alarm}})
	}
	return out
}
