package document

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// familyOf names the fonts in the PDF.
var familyOf = [faces]string{"regular", "bold", "mono", "chinese"}

// meta is what stands on every page and in the file's properties.
type meta struct {
	title    term
	no       string
	operator string
	made     time.Time
}

// write turns laid out pages into a PDF. It holds nothing that changes from one time to the next, but the order in which
// fpdf writes pictures of one width.
func (l *layout) write(ctx context.Context, about meta) (Printed, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetMargins(left, top, left)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(about.made.UTC())
	pdf.SetModificationDate(about.made.UTC())
	pdf.SetProducer("truckroll", true)
	pdf.SetTitle(l.lang.say(about.title)+" "+about.no, true)
	pdf.SetAuthor(about.operator, true)
	pdf.SetLang(map[bool]string{true: "zh-CN", false: "en"}[l.lang.zh])
	pdf.SetDisplayMode("fullwidth", "continuous")
	for i, f := range l.m.fonts {
		if f.raw != nil {
			// A copy: making the subset writes new glyph numbers and counts into the bytes it was given.
			pdf.AddUTF8FontFromBytes(familyOf[i], "", bytes.Clone(f.raw))
		}
	}
	for i, page := range l.pages {
		if err := ctx.Err(); err != nil {
			return Printed{}, err
		}
		pdf.AddPage()
		for _, o := range l.around(about, i+1) {
			o(pdf)
		}
		for _, o := range page {
			o(pdf)
		}
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return Printed{}, fmt.Errorf("writing document %s: %w", about.no, err)
	}
	return Printed{PDF: out.Bytes(), Pages: len(l.pages)}, nil
}

// around makes a page's header and footer.
func (l *layout) around(about meta, page int) []op {
	half := width/2 - gutter
	at := func(x, y float64, s string, st style) op {
		return l.line(x, y, l.m.fit(st.face, s, half/st.em()), st)
	}
	atRight := func(y float64, s string, st style) op {
		s = l.m.fit(st.face, s, half/st.em())
		return l.line(right-l.m.width(st.face, s)*st.em(), y, s, st)
	}
	thin := func(y float64) op {
		return func(pdf *fpdf.Fpdf) {
			pdf.SetDrawColor(hair.rgb())
			pdf.SetLineWidth(0.2)
			pdf.Line(left, y, right, y)
		}
	}
	operator, small := style{bold, 8.5, 12, ink}, smallStyle
	count := l.lang.both(term{
		fmt.Sprintf("第 %d 页，共 %d 页", page, len(l.pages)), fmt.Sprintf("Page %d of %d", page, len(l.pages)),
	}, " · ")
	return []op{
		at(left, 14, about.operator, operator),
		atRight(14, about.no, operator),
		thin(20),
		thin(pageHeight - 15.5),
		at(left, pageHeight-14.5, l.lang.both(about.title, " · "), small),
		atRight(pageHeight-14.5, count, small),
	}
}
