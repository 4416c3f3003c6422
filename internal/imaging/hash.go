package imaging

import (
	"math"
	"slices"
)

// NearBits is the Hamming distance of two [Look.Hash] within which [Likeness] is worth computing.
const NearBits = 22

const (
	hashEdge = 32 // the picture that is transformed
	hashSide = 8  // frequencies in each direction
)

// hash returns a perceptual hash (pHash): whether each of the 64 lowest frequencies of a cosine transform, but for the
// mean, is above their median.
func hash(y plane) uint64 {
	small := y.scale(hashEdge, hashEdge)
	var rows [hashEdge][hashSide]float64
	for r := range hashEdge {
		for f := range hashSide {
			for x, v := range small.row(r) {
				rows[r][f] += float64(v) * wave(f, x)
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
