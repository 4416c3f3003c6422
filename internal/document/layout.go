package document

import (
	"codeberg.org/go-pdf/fpdf"
)

// The page is A4, in mm. Header and footer stand in the margins that top and bottom leave; nothing is printed within
// edge of the paper's border.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	left       = 18.0
	right      = pageWidth - left
	width      = right - left
	top        = 27.0
	bottom     = pageHeight - 20.0
	edge       = 10.0
	mmPerPoint = 25.4 / 72
	gutter     = 4.0
)

// colour is 0xRRGGBB.
type colour int

const (
	ink    colour = 0x1F2933
	grey   colour = 0x66707C
	hair   colour = 0xD5DAE0
	accent colour = 0x0B4F6C
	alarm  colour = 0xA61B1B
	tint   colour = 0xFBEFEF
)

func (c colour) rgb() (r, g, b int) { return int(c >> 16 & 255), int(c >> 8 & 255), int(c & 255) }

// style is how a text looks; size and lead, from line to line, are in points.
type style struct {
	face   face
	size   float64
	lead   float64
	colour colour
}

var (
	bodyStyle    = style{regular, 9, 12.5, ink}
	strongStyle  = style{bold, 9, 12.5, ink}
	failStyle    = style{bold, 9, 12.5, alarm}
	valueStyle   = style{regular, 9.5, 13, ink}
	labelStyle   = style{regular, 7, 9.5, grey}
	headingStyle = style{bold, 9.5, 13, accent}
	hashStyle    = style{mono, 6.2, 8, grey}
	smallStyle   = style{regular, 7.5, 10.5, grey}
)

func (s style) line() float64 { return s.lead * mmPerPoint }
func (s style) em() float64   { return s.size * mmPerPoint }

// op draws one thing. A page is a list of them, drawn when the number of pages is known.
type op func(*fpdf.Fpdf)

// layout puts a document on pages, from the top down.
type layout struct {
	m     *measurer
	lang  languages
	pages [][]op
	y     float64 // where the next thing goes, mm from the top of the page
}

func newLayout(m *measurer, lang languages) *layout {
	l := &layout{m: m, lang: lang}
	l.newPage()
	return l
}

func (l *layout) newPage() {
	l.pages = append(l.pages, nil)
	l.y = top
}

// need begins a new page if less than h mm are left on this one.
func (l *layout) need(h float64) {
	if l.y+h > bottom && l.y > top {
		l.newPage()
	}
}

func (l *layout) add(o op) {
	last := len(l.pages) - 1
	l.pages[last] = append(l.pages[last], o)
}

// text draws one line with its top at y.
func (l *layout) text(x, y float64, s string, st style) { l.add(l.line(x, y, s, st)) }

// line makes what draws one line with its top at y.
func (l *layout) line(x, y float64, s string, st style) op {
	runs := l.m.runs(st.face, s)
	// The baseline stands where ascenders and descenders leave equal space above and below.
	base := y + st.line()/2 + st.em()*0.34
	return func(pdf *fpdf.Fpdf) {
		pdf.SetTextColor(st.colour.rgb())
		at := x
		for _, r := range runs {
			pdf.SetFont(familyOf[r.face], "", st.size)
			// Chinese fonts have one weight: an outline in the same colour makes it bolder.
			heavy := r.face == chinese && st.face == bold
			if heavy {
				pdf.SetDrawColor(st.colour.rgb())
				pdf.SetLineWidth(st.em() * 0.022)
				pdf.SetTextRenderingMode(2)
			}
			pdf.Text(at, base, r.text)
			if heavy {
				pdf.SetTextRenderingMode(0)
			}
			at += r.width * st.em()
		}
	}
}

func (l *layout) wrapped(s string, st style, w float64) []string {
	return l.m.wrap(st.face, s, w/st.em())
}

// paragraph flows text over as many pages as it takes.
func (l *layout) paragraph(s string, st style) {
	for _, line := range l.wrapped(s, st, width) {
		l.need(st.line())
		l.text(left, l.y, line, st)
		l.y += st.line()
	}
}

// rule draws a line across the page.
func (l *layout) rule(y float64, c colour, thick float64) {
	l.add(func(pdf *fpdf.Fpdf) {
		pdf.SetDrawColor(c.rgb())
		pdf.SetLineWidth(thick)
		pdf.Line(left, y, right, y)
	})
}

// heading begins a section that has at least h mm of content in one piece.
func (l *layout) heading(t term, h float64) {
	l.y += 4.5
	l.need(headingStyle.line() + 2.5 + h)
	l.text(left, l.y, l.lang.both(t, "   "), headingStyle)
	l.y += headingStyle.line() + 0.8
	l.rule(l.y, accent, 0.3)
	l.y += 1.7
}

// field is a label above a value. Of the four columns of a page it takes span.
type field struct {
	label string
	value string
	span  int
}

// fields draws a grid, row by row. Fields without a value are left out.
func (l *layout) fields(fs ...field) {
	var row []field
	used := 0
	flush := func() {
		if len(row) > 0 {
			l.fieldRow(row)
		}
		row, used = nil, 0
	}
	for _, f := range fs {
		if f.value == "" {
			continue
		}
		if used+f.span > 4 {
			flush()
		}
		row, used = append(row, f), used+f.span
	}
	flush()
}

func (l *layout) fieldRow(row []field) {
	var cells []cell
	var columns []float64
	for _, f := range row {
		columns = append(columns, width*float64(f.span)/4)
		cells = append(cells, cell{{f.label, labelStyle}, {f.value, valueStyle}})
	}
	l.row(columns, cells, 1.4)
}
