package imaging

import "math"

// brightness returns the mean brightness, 0 to 1, and its standard deviation, 0 to 0.5.
func brightness(y plane) (mean, deviation float64) {
	var count [256]int
	for _, v := range y.pix {
		count[v]++
	}
	sum, squares := 0.0, 0.0
	for v, n := range count {
		level := float64(v) / 255
		sum += level * float64(n)
		squares += level * level * float64(n)
	}
	all := float64(len(y.pix))
	mean = sum / all
	return mean, math.Sqrt(max(0, squares/all-mean*mean))
}

// blurEdge is the long edge in pixels of the picture whose blur is measured. The metric depends on the size: at 12
// megapixels even a good phone's photo is soft, and its noise looks sharp.
const blurEdge = 800

// blurReach is how many pixels to each side the metric's filter takes in: 9 in all, as in the paper.
const blurReach = 4

// blur returns the metric of F. Crete, T. Dolmiere, P. Ladret and M. Nicolas, "The Blur Effect: Perception and Estimation
// with a New No-Reference Perceptual Blur Metric" (SPIE 2007): how little of the differences between neighbouring pixels
// is lost when the picture is blurred once more, 0 (sharp) to 1 (blurred), in the worse of the two directions.
// A picture of one colour has nothing sharp in it: 1.
func blur(y plane) float64 {
	return max(blurAlong(y), blurAlong(y.turn(5)))
}

// blurAlong measures along the rows.
func blurAlong(p plane) float64 {
	before, lost := 0, 0
	soft := make([]int, p.w)
	for y := range p.h {
		row := p.row(y)
		sum := 0
		for x := -blurReach; x <= blurReach; x++ {
			sum += int(row[min(max(x, 0), p.w-1)])
		}
		for x := range row {
			soft[x] = sum
			sum += int(row[min(x+blurReach+1, p.w-1)]) - int(row[max(x-blurReach, 0)])
		}
		for x := 1; x < p.w; x++ {
			sharp := (2*blurReach + 1) * distance(int(row[x]), int(row[x-1]))
			before += sharp
			lost += max(0, sharp-distance(soft[x], soft[x-1]))
		}
	}
	if before == 0 {
		return 1
	}
	return float64(before-lost) / float64(before)
}

func distance(a, b int) int { return max(a-b, b-a) }
