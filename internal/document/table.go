package document

// piece is a text in one style; a cell is pieces below each other.
type piece struct {
	text  string
	style style
}

type cell []piece

// printedLine is a line of a cell, ready to draw.
type printedLine struct {
	text  string
	style style
}

// table draws rows under a header, which is repeated on every page. Columns are in mm. Rows come in groups, which stay on
// one page if they fit on any and are parted by rules; a row of one cell goes over all columns.
func (l *layout) table(columns []float64, header []term, groups ...[][]cell) {
	head := make([]cell, len(header))
	for i, t := range header {
		head[i] = cell{{l.lang.both(t, "\n"), labelStyle}}
	}
	headHeight := l.rowHeight(columns, head) + 2
	draw := func() {
		l.row(columns, head, 1)
		l.rule(l.y, grey, 0.2)
		l.y += 1
	}
	l.need(headHeight + 12)
	draw()
	for _, rows := range groups {
		if h := l.groupHeight(columns, rows); l.y+h > bottom && h < bottom-top-headHeight {
			l.newPage()
			draw()
		}
		for _, r := range rows {
			// A row moves to the next page as a whole, unless it is too long for any.
			if h := l.groupHeight(columns, [][]cell{r}); l.y+h > bottom && h < bottom-top-headHeight {
				l.newPage()
				draw()
			}
			l.rowUnder(columnsOf(columns, r), r, draw)
			l.y += rowGap
		}
		l.y += 0.2
		l.rule(l.y, hair, 0.15)
		l.y += rowGap + 0.2
	}
}

// rowGap is the space below a row, mm.
const rowGap = 0.9

func columnsOf(columns []float64, row []cell) []float64 {
	if len(row) == 1 {
		return []float64{width + gutter}
	}
	return columns
}

func (l *layout) groupHeight(columns []float64, rows [][]cell) float64 {
	h := 0.0
	for _, r := range rows {
		h += l.rowHeight(columnsOf(columns, r), r) + rowGap
	}
	return h
}

// row draws cells beside each other and leaves after mm below them. It moves to the next page as a whole, unless it is
// too long for any.
func (l *layout) row(columns []float64, cells []cell, after float64) {
	if h := l.rowHeight(columns, cells); h < bottom-top {
		l.need(h)
	}
	l.rowUnder(columns, cells, nil)
	l.y += after
}

// rowUnder draws a row line by line; where the page ends it goes on at the top of the next, below what header draws.
func (l *layout) rowUnder(columns []float64, cells []cell, header func()) {
	rest := make([][]printedLine, len(cells))
	for i, c := range cells {
		rest[i] = l.set(c, columns[i]-gutter)
	}
	for {
		end, more := l.y, false
		x := left
		for i := range rest {
			y := l.y
			for len(rest[i]) > 0 && y+rest[i][0].style.line() <= bottom {
				l.text(x, y, rest[i][0].text, rest[i][0].style)
				y += rest[i][0].style.line()
				rest[i] = rest[i][1:]
			}
			end, more = max(end, y), more || len(rest[i]) > 0
			x += columns[i]
		}
		l.y = end
		if !more {
			return
		}
		l.newPage()
		if header != nil {
			header()
		}
	}
}

func (l *layout) set(c cell, w float64) []printedLine {
	var out []printedLine
	for _, p := range c {
		for _, s := range l.wrapped(p.text, p.style, w) {
			out = append(out, printedLine{s, p.style})
		}
	}
	return out
}

func (l *layout) rowHeight(columns []float64, cells []cell) float64 {
	tallest := 0.0
	for i, c := range cells {
		h := 0.0
		for _, line := range l.set(c, columns[i]-gutter) {
			h += line.style.line()
		}
		tallest = max(tallest, h)
	}
	return tallest
}
