package imaging

import "math"

// sums are what variances and a covariance are made of.
type sums struct{ n, a, b, aa, bb, ab float64 }

func (s *sums) add(a, b float64) {
	s.n++
	s.a += a
	s.b += b
	s.aa += a * a
	s.bb += b * b
	s.ab += a * b
}

// spread returns the variances and the covariance.
func (s *sums) spread() (aa, bb, ab float64) {
	if s.n == 0 {
		return 0, 0, 0
	}
	a, b := s.a/s.n, s.b/s.n
	return max(0, s.aa/s.n-a*a), max(0, s.bb/s.n-b*b), s.ab/s.n - a*b
}

// spot is where a column or row of one field lies in the other: between at and the next, nearer to the next by part.
type spot struct {
	index, at int
	part      float64
}

// spots returns those of so many columns or rows that lie within the other field.
func spots(edge int, before, after float64) []spot {
	out := make([]spot, 0, edge)
	for i := range edge {
		where := (before+(float64(i)+0.5)/float64(edge)*(1-before-after))*float64(edge) - 0.5
		at := math.Floor(where)
		if at >= 0 && int(at)+1 < edge {
			out = append(out, spot{index: i, at: int(at), part: where - at})
		}
	}
	return out
}

// correlation returns Pearson's of a and what b shows within margins, -1 to 1.
func correlation(a, b field, m margins) float64 {
	var s sums
	across := spots(a.w, m[left], m[right])
	for _, d := range spots(a.h, m[top], m[bottom]) {
		row := a.v[d.index*a.w : (d.index+1)*a.w]
		upper, lower := b.v[d.at*b.w:(d.at+1)*b.w], b.v[(d.at+1)*b.w:(d.at+2)*b.w]
		for _, c := range across {
			s.add(row[c.index], between(upper, lower, c, d.part))
		}
	}
	aa, bb, ab := s.spread()
	if aa <= 0 || bb <= 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}

func between(upper, lower []float64, c spot, down float64) float64 {
	u := upper[c.at] + c.part*(upper[c.at+1]-upper[c.at])
	l := lower[c.at] + c.part*(lower[c.at+1]-lower[c.at])
	return u + down*(l-u)
}

// shared returns what both fields show where b lies over a within margins, in pixels of a.
func shared(a, b field, m margins) (field, field) {
	across, down := spots(a.w, m[left], m[right]), spots(a.h, m[top], m[bottom])
	fa := field{w: len(across), h: len(down), v: make([]float64, 0, len(a.v))}
	fb := field{w: len(across), h: len(down), v: make([]float64, 0, len(a.v))}
	for _, d := range down {
		upper, lower := b.v[d.at*b.w:(d.at+1)*b.w], b.v[(d.at+1)*b.w:(d.at+2)*b.w]
		for _, c := range across {
			fa.v = append(fa.v, a.v[d.index*a.w+c.index])
			fb.v = append(fb.v, between(upper, lower, c, d.part))
		}
	}
	return fa, fb
}
