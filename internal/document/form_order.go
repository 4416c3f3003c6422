package document

import (
	"fmt"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// form lays out a confirmation form, in the order in which a customer asks: what is it, for whom, what was done, does it
// work, and what did I sign.
func (s sheet) form(f Form) error {
	if err := s.title(formTitle, f.No, f.VerifyURL); err != nil {
		return err
	}
	s.override(f.Override)
	s.order(f)
	s.visit(f.Visit)
	s.steps(f.Steps)
	s.tests(f.Tests)
	s.equipment(f.Equipment)
	s.photos(f.Photos)
	if err := s.charges(f.Charges); err != nil {
		return err
	}
	if f.Satisfaction != "" {
		s.heading(secSatisfaction, 10)
		s.fields(field{s.lang.say(labAnswer), s.lang.code("answer", plain(f.Satisfaction), ""), 4})
	}
	if err := s.signature(f.Signature); err != nil {
		return err
	}
	s.closing(f.VerifyURL)
	return nil
}

const codeSide = 25.0

// title prints the document's name and number, and its QR code.
func (s sheet) title(t term, no, url string) error {
	big := style{bold, 20, 27, ink}
	second := style{regular, 11, 16, grey}
	s.y = top + 2
	first, under := t.en, ""
	if s.lang.zh {
		first = t.zh
		if s.lang.en {
			under = t.en
		}
	}
	s.text(left, s.y, first, big)
	s.y += big.line()
	if under != "" {
		s.text(left, s.y, under, second)
		s.y += second.line()
	}
	s.y += 1
	for _, line := range s.wrapped(s.lang.say(labNo)+"  "+plain(no), bodyStyle, width-codeSide-2*gutter) {
		s.text(left, s.y, line, bodyStyle)
		s.y += bodyStyle.line()
	}
	if url != "" {
		x := right - codeSide
		if err := s.code(url, x, top, codeSide); err != nil {
			return err
		}
		label := s.lang.say(labScan)
		s.text(right-codeSide/2-s.m.width(regular, label)*labelStyle.em()/2, top+codeSide+0.8, label, labelStyle)
		s.y = max(s.y, top+codeSide+0.8+labelStyle.line())
	}
	return nil
}

// override stands before everything else: whoever reads the form must know that something is missing.
func (s sheet) override(o *Override) {
	if o == nil {
		return
	}
	const bar, in = 1.2, 5.0
	s.y += 4
	var ps []piece
	ps = append(ps,
		piece{s.lang.both(secOverride, "   "), style{bold, 11, 16, alarm}},
		piece{s.lang.both(sayMissing, "\n"), bodyStyle},
		piece{s.lang.colon(labBy, plain(o.By)), bodyStyle},
		piece{s.lang.colon(labReason, clean(o.Reason)), bodyStyle},
		piece{s.lang.colon(labMissing, ""), strongStyle},
	)
	for _, m := range o.Missing {
		ps = append(ps, piece{"–  " + clean(m), failStyle})
	}
	lines := s.set(ps, width-2*in)
	height := func(n int) (h float64, fit int) {
		for _, line := range lines[:n] {
			if s.y+h+line.style.line() > bottom-2 {
				return h, fit
			}
			h, fit = h+line.style.line(), fit+1
		}
		return h, fit
	}
	for len(lines) > 0 {
		h, fit := height(len(lines))
		if fit == 0 {
			s.newPage()
			continue
		}
		y := s.y
		s.add(func(pdf *fpdf.Fpdf) {
			pdf.SetFillColor(tint.rgb())
			pdf.Rect(left, y, width, h+4, "F")
			pdf.SetFillColor(alarm.rgb())
			pdf.Rect(left, y, bar, h+4, "F")
		})
		s.y += 2
		for _, line := range lines[:fit] {
			s.text(left+in, s.y, line.text, line.style)
			s.y += line.style.line()
		}
		s.y += 2
		lines = lines[fit:]
	}
}

func (s sheet) order(f Form) {
	speed := ""
	if f.ContractMbps > 0 {
		speed = number(f.ContractMbps) + " Mbit/s"
	}
	s.heading(secOrder, 20)
	s.fields(
		field{s.lang.say(labService), plain(f.Service), 1},
		field{s.lang.say(labOrder), plain(f.Order), 1},
		field{s.lang.say(labKind), s.lang.code("kind", plain(f.Kind), ""), 1},
		field{s.lang.say(labContract), speed, 1},
		field{s.lang.say(labProduct), plain(f.Product), 2},
		field{s.lang.say(labTerritory), plain(f.Territory), 1},
		field{s.lang.say(labStandard), plain(f.Standard), 1},
		field{s.lang.say(labOperator), plain(f.Operator), 2},
		field{s.lang.say(labMade), s.at(f.Made), 1},
		field{s.lang.say(labZone), s.location().String(), 1},
	)
	c := f.Customer
	if c == (Customer{}) {
		return
	}
	s.heading(secCustomer, 20)
	s.fields(
		field{s.lang.say(labName), plain(c.Name), 2},
		field{s.lang.say(labPhone), plain(c.Phone), 2},
		field{s.lang.say(labAddress), plain(c.Address), 4},
	)
}

func (s sheet) visit(v Visit) {
	place := ""
	if v.Place != nil {
		place = fmt.Sprintf("%.6f, %.6f", v.Place.Latitude, v.Place.Longitude)
	}
	appointment := s.at(v.From)
	if appointment != "" && !v.Until.IsZero() {
		form := "15:04"
		if s.moment(v.From, "0102") != s.moment(v.Until, "0102") {
			form = "2006-01-02 15:04"
		}
		appointment += " – " + s.moment(v.Until, form)
	}
	if v == (Visit{}) {
		return
	}
	s.heading(secVisit, 20)
	s.fields(
		field{s.lang.say(labInstaller), plain(v.Installer), 2},
		field{s.lang.say(labInstallerID), plain(v.InstallerID), 2},
		field{s.lang.say(labAppointment), appointment, 2},
		field{s.lang.say(labPlace), place, 2},
		field{s.lang.say(labArrived), s.at(v.Arrived), 1},
		field{s.lang.say(labEntered), s.at(v.Entered), 1},
		field{s.lang.say(labCompleted), s.at(v.Completed), 1},
	)
}

// closing says what the seal means and where to check it.
func (s sheet) closing(url string) {
	s.heading(secSeal, 20)
	s.paragraph(s.lang.both(sayCopies, "\n"), smallStyle)
	if url != "" {
		s.y += 1
		s.paragraph(s.lang.colon(labVerifyAt, strings.TrimSpace(url)), smallStyle)
	}
}

// number prints a number without needless zeros.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
