package imaging

// plane is a picture of one channel, row by row without gaps.
type plane struct {
	pix  []byte
	w, h int
}

func newPlane(w, h int) plane { return plane{pix: make([]byte, w*h), w: w, h: h} }

func (p plane) row(y int) []byte { return p.pix[y*p.w : (y+1)*p.w] }

// fit returns the size of a picture whose long edge is at most edge. It never grows.
func fit(w, h, edge int) (int, int) {
	long := max(w, h)
	if long <= edge {
		return w, h
	}
	return max(1, (w*edge+long/2)/long), max(1, (h*edge+long/2)/long)
}

// within returns the plane reduced to a long edge of at most edge.
func (p plane) within(edge int) plane {
	w, h := fit(p.w, p.h, edge)
	if w == p.w && h == p.h {
		return p
	}
	return p.scale(w, h)
}

// scale returns the plane in another size, smaller or larger.
func (p plane) scale(w, h int) plane {
	s := newShrinker(p.w, p.h, w, h)
	for y := range p.h {
		s.add(p.row(y))
	}
	return s.out
}

// turn returns the plane turned upright by an EXIF orientation, 1 to 8.
func (p plane) turn(orientation int) plane {
	if orientation <= 1 || orientation > 8 {
		return p
	}
	if orientation >= 5 { // 5 to 8 swap rows and columns; what is left are 1, 4, 2 and 3
		t := newPlane(p.h, p.w)
		for y := range p.h {
			for x, v := range p.row(y) {
				t.pix[x*t.w+y] = v
			}
		}
		return t.turn(orientation - 4)
	}
	t := newPlane(p.w, p.h)
	for y := range p.h {
		from, to := p.row(y), t.row(y)
		if orientation >= 3 {
			to = t.row(p.h - 1 - y)
		}
		if orientation == 4 {
			copy(to, from)
			continue
		}
		for x, v := range from {
			to[p.w-1-x] = v
		}
	}
	return t
}

// shrinker makes a plane of another size from the rows of the first, each pixel the mean of the area that it covers. It
// counts in integers: every machine gets the same.
type shrinker struct {
	sw, sh int
	out    plane
	acc    []uint64 // the row being made
	line   []uint64 // one row, already as narrow as the result
	in, at int      // rows taken, rows made
}

func newShrinker(sw, sh, w, h int) *shrinker {
	return &shrinker{sw: sw, sh: sh, out: newPlane(w, h), acc: make([]uint64, w), line: make([]uint64, w)}
}

// add takes the next row. Measured in parts of a pixel, h to a row of the source and sh to a row of the result, both
// pictures are sh*h high.
func (s *shrinker) add(row []byte) {
	if s.sw == s.out.w && s.sh == s.out.h {
		copy(s.out.row(s.in), row)
		s.in++
		return
	}
	s.narrow(row)
	from, to := s.in*s.out.h, (s.in+1)*s.out.h
	s.in++
	for from < to {
		end := (s.at + 1) * s.sh
		weight := uint64(min(to, end) - from) //nolint:gosec // from is below both
		for x, v := range s.line {
			s.acc[x] += v * weight
		}
		if to < end {
			return
		}
		area := uint64(s.sw) * uint64(s.sh) //nolint:gosec // sizes are not negative
		out := s.out.row(s.at)
		for x, v := range s.acc {
			out[x] = byte((v + area/2) / area) //nolint:gosec // a mean of bytes
		}
		clear(s.acc)
		s.at++
		from = end
	}
}

// narrow sums a row up into line. A pixel of the result is sw parts wide and one of the source w.
func (s *shrinker) narrow(row []byte) {
	w := s.out.w
	for x := range s.line {
		from, to := x*s.sw, (x+1)*s.sw
		first, last := from/w, (to-1)/w
		if first == last {
			s.line[x] = uint64(row[first]) * uint64(to-from) //nolint:gosec // from is below to
			continue
		}
		inner := uint32(0)
		for _, v := range row[first+1 : last] {
			inner += uint32(v)
		}
		head, tail := uint64((first+1)*w-from), uint64(to-last*w)                              //nolint:gosec // first holds from, last holds to
		s.line[x] = uint64(row[first])*head + uint64(inner)*uint64(w) + uint64(row[last])*tail //nolint:gosec // w is a size
	}
}
