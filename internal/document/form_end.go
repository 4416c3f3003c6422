package document

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/currency"
)

func (s sheet) charges(c *Charges) error {
	if c == nil {
		return nil
	}
	var groups [][][]cell
	var total int64
	for _, i := range c.Items {
		amount, err := money(i.Amount, c.Currency)
		if err != nil {
			return err
		}
		total += i.Amount
		groups = append(groups, [][]cell{{{{plain(i.What), bodyStyle}}, {{amount, bodyStyle}}}})
	}
	s.heading(secCharges, 20)
	s.fields(
		field{s.lang.say(labClass), s.lang.code("class", plain(c.Class), ""), 2},
		field{s.lang.say(labReceipt), plain(c.Receipt), 2},
	)
	if len(groups) == 0 {
		return nil
	}
	sum, err := money(total, c.Currency)
	if err != nil {
		return err
	}
	groups = append(groups, [][]cell{{{{s.lang.say(wordTotal), strongStyle}}, {{sum, strongStyle}}}})
	s.table([]float64{130.5, 43.5}, []term{colItem, colAmount}, groups...)
	return nil
}

// money prints an amount in a currency's minor unit with as many decimals as the currency has (ISO 4217).
func money(minor int64, code string) (string, error) {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return "", fmt.Errorf("charges: currency %q: %w", code, err)
	}
	decimals, _ := currency.Standard.Rounding(unit)
	sign, digits := "", strconv.FormatInt(minor, 10)
	if minor < 0 {
		sign, digits = "-", digits[1:]
	}
	if short := decimals + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	if decimals > 0 {
		digits = digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
	}
	return unit.String() + " " + sign + digits, nil
}

// signature prints what was agreed to and the signature under it, on one page.
func (s sheet) signature(sig *Signature) error {
	if sig == nil {
		return nil
	}
	const w, h = 78.0, 30.0
	consent := s.wrapped(clean(s.lang.pick(sig.Consent)), bodyStyle, width)
	s.heading(secSignature, min(float64(len(consent))*bodyStyle.line(), 120)+h+6)
	for _, line := range consent {
		s.need(bodyStyle.line())
		s.text(left, s.y, line, bodyStyle)
		s.y += bodyStyle.line()
	}
	s.y += 2
	signer := s.lang.code("signer", plain(sig.Signer), "")
	if sig.Name != "" {
		signer = plain(sig.Name) + "\n" + signer
	}
	label, value := labelStyle, valueStyle
	label.lead, value.lead = 11, 13.5
	facts := []piece{
		{s.lang.say(labSigner), label},
		{signer, value},
		{s.lang.say(labSignedAt), label},
		{s.exactly(sig.At), value},
	}
	if sig.Version != "" {
		facts = append(facts, piece{s.lang.say(labConsent), label}, piece{plain(sig.Version), value})
	}
	lines := s.set(facts, width-w-2*gutter)
	tall := 0.0
	for _, line := range lines {
		tall += line.style.line()
	}
	s.need(max(h, min(tall, bottom-top-h)) + 2)
	s.box(left, s.y, w, h, grey)
	if err := s.ink(sig, left+3, s.y+3, w-6, h-6); err != nil {
		return err
	}
	start := s.y
	x := left + w + 2*gutter
	for _, line := range lines {
		if s.y+line.style.line() > bottom {
			s.newPage()
			start = s.y
		}
		s.text(x, s.y, line.text, line.style)
		s.y += line.style.line()
	}
	s.y = max(s.y, start+h)
	return nil
}
