package imaging

import "math"

// field is a picture without what light and camera do to all of it: only details of small and middling size are left, as
// strong in the shade as in the light.
type field struct {
	w, h int
	v    []float64
}

const (
	// wideReach is how many pixels to each side the mean is taken of that is light and not detail.
	wideReach = 6
	// calm is the deviation in levels that is little: places with no more stay calm, as most of it comes from noise and
	// compression.
	calm = 9.0
)

// newField returns the grey picture as it is.
func newField(small []byte, w, h int) field {
	f := field{w: w, h: h, v: make([]float64, len(small))}
	for i, v := range small {
		f.v[i] = float64(v)
	}
	return f
}

// detail returns the picture's details: each value less the mean around it, in relation to the deviation around it.
func (f field) detail() field {
	f = f.around(1) // against noise and the grid of pixels
	wide := f.around(wideReach)
	out := field{w: f.w, h: f.h, v: make([]float64, len(f.v))}
	squares := field{w: f.w, h: f.h, v: make([]float64, len(f.v))}
	for i, v := range f.v {
		out.v[i] = v - wide.v[i]
		squares.v[i] = out.v[i] * out.v[i]
	}
	for i, v := range squares.around(wideReach).v {
		out.v[i] /= math.Sqrt(v + calm*calm)
	}
	return out
}

// around returns the field with each value the mean of those within reach, weighted like a roof.
func (f field) around(reach int) field { return f.mean(reach).transposed().mean(reach).transposed() }

// mean returns the field with each value the mean of those within reach in its row.
func (f field) mean(reach int) field {
	out := field{w: f.w, h: f.h, v: make([]float64, len(f.v))}
	for y := range f.h {
		row, to := f.v[y*f.w:(y+1)*f.w], out.v[y*f.w:(y+1)*f.w]
		for x := range row {
			sum, weights := 0.0, 0.0
			for k := max(0, x-reach); k <= min(f.w-1, x+reach); k++ {
				w := float64(reach + 1 - max(k-x, x-k))
				sum += w * row[k]
				weights += w
			}
			to[x] = sum / weights
		}
	}
	return out
}

func (f field) transposed() field {
	out := field{w: f.h, h: f.w, v: make([]float64, len(f.v))}
	for y := range f.h {
		for x := range f.w {
			out.v[x*f.h+y] = f.v[y*f.w+x]
		}
	}
	return out
}

// half returns the field at half the size.
func (f field) half() field {
	out := field{w: f.w / 2, h: f.h / 2, v: make([]float64, (f.w/2)*(f.h/2))}
	for y := range out.h {
		for x := range out.w {
			at := 2*y*f.w + 2*x
			out.v[y*out.w+x] = (f.v[at] + f.v[at+1] + f.v[at+f.w] + f.v[at+f.w+1]) / 4
		}
	}
	return out
}

// energy returns the mean square of the field.
func (f field) energy() float64 {
	squares := 0.0
	for _, v := range f.v {
		squares += v * v
	}
	return squares / float64(max(1, len(f.v)))
}
