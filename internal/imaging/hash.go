package imaging

import (
	"math"
	"slices"
)

// NearBits is the Hamming distance of two [Look.Hash] within which [Likeness] is worth computing: some 98 of 100 copies
// that were cropped by up to 8 % at every edge lie within, and one of seven strangers. Fewer bits lose copies.
const NearBits = 22

const (
	hashEdge = 32 // the picture that is transformed
	hashSide = 8  // frequencies in each direction
)

// hash returns a perceptual hash (pHash): whether each of the 64 lowest frequencies of a cosine transform, but for the
// mean, is above their median. The picture's middle weighs most, so that a crop at the edges turns few bits.
func hash(y plane) uint64 {
	small := y.scale(hashEdge, hashEdge)
	mean, _ := brightness(small)
	var rows [hashEdge][hashSide]float64
	for r := range hashEdge {
		for f := range hashSide {
			for x, v := range small.row(r) {
				rows[r][f] += (float64(v) - 255*mean) * window(x) * window(r) * wave(f, x)
			}
		}
	}
	var found [hashSide * hashSide]float64
	for fy := range hashSide {
		for fx := range hashSide {
			for r := range hashEdge {
				found[fy*hashSide+fx] += rows[r][fx] * wave(fy, r)
			}
		}
	}
	sorted := slices.Sorted(slices.Values(found[1:]))
	median := sorted[len(sorted)/2]
	bits := uint64(0)
	for i, v := range found[1:] {
		if v > median {
			bits |= 1 << i
		}
	}
	return bits
}

func wave(frequency, at int) float64 {
	return math.Cos(math.Pi * float64(frequency) * (float64(at) + 0.5) / hashEdge)
}

// window weighs the middle of the picture more than its edges, which a crop takes away.
func window(at int) float64 {
	return 1 - 0.7*math.Cos(2*math.Pi*(float64(at)+0.5)/hashEdge)
}
