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

// The long edges in pixels of the pictures whose blur is measured. The metric depends on the size: at 12 megapixels even a
// good phone's photo is soft, and its noise looks sharp. The smaller one is for photos so blurred that their edges hardly
// rise out of the noise of the larger.
const (
	blurEdge      = 800
	blurSmallEdge = 400
)

const (
	// blurReach is how many pixels to each side the metric's filter takes in: 9 in all, as in the paper.
	blurReach = 4
	// blurRows is how many rows are averaged before differences are taken along them. It hides noise, not blur.
	blurRows = 4
	// blurFaint and blurFaintest are the differences in levels up to which none is counted: at the least, and at the most,
	// as of a picture that is all texture most differences are no noise.
	blurFaint, blurFaintest = 3, 12
	// blurNoise times the median are four standard deviations, if it is noise.
	blurNoise = 6
	// blurFew is the part of all differences that is too few to tell anything.
	blurFew = 0.0002
)

// blur returns the metric of F. Crete, T. Dolmiere, P. Ladret and M. Nicolas, "The Blur Effect: Perception and Estimation
// with a New No-Reference Perceptual Blur Metric" (SPIE 2007): how little of the differences between neighbouring pixels
// is lost when the picture is blurred once more, 0 (sharp) to 1 (blurred), in the worse of the two directions
// and of two sizes.
//
// The paper's pictures have no noise. A blurred photo has, and the noise is sharp; a wall in a lamp's light has none that
// counts but shades softly. So faint differences, those as small as most in the picture are, do not count here.
// A picture without others, of one colour or as through milk, has nothing sharp in it: 1.
func blur(y plane) float64 {
	large := y.within(blurEdge)
	small := large.within(blurSmallEdge)
	return max(blurAlong(large), blurAlong(large.turn(5)), blurAlong(small), blurAlong(small.turn(5)))
}

// blurAlong measures along the rows.
func blurAlong(p plane) float64 {
	if p.w < 2 || p.h < blurRows {
		return 1
	}
	rows := p.h - blurRows + 1
	line, soft := make([]int, p.w), make([]int, p.w)
	var count [256 * blurRows]int
	for y := range rows {
		p.sumRows(y, line)
		for x := 1; x < p.w; x++ {
			count[distance(line[x], line[x-1])]++
		}
	}
	faint := min(max(blurFaint*blurRows, blurNoise*median(count[:], rows*(p.w-1))), blurFaintest*blurRows)
	before, lost, counted := 0, 0, 0
	for y := range rows {
		p.sumRows(y, line)
		sum := 0
		for x := -blurReach; x <= blurReach; x++ {
			sum += line[min(max(x, 0), p.w-1)]
		}
		for x := range line {
			soft[x] = sum
			sum += line[min(x+blurReach+1, p.w-1)] - line[max(x-blurReach, 0)]
		}
		for x := 1; x < p.w; x++ {
			sharp := distance(line[x], line[x-1])
			if sharp <= faint {
				continue
			}
			counted++
			sharp *= 2*blurReach + 1
			before += sharp
			lost += max(0, sharp-distance(soft[x], soft[x-1]))
		}
	}
	if float64(counted) <= blurFew*float64(rows*(p.w-1)) {
		return 1
	}
	return float64(before-lost) / float64(before)
}

// sumRows adds up blurRows rows from y on.
func (p plane) sumRows(y int, sums []int) {
	clear(sums)
	for r := y; r < y+blurRows; r++ {
		for x, v := range p.row(r) {
			sums[x] += int(v)
		}
	}
}

// median returns the middle of so many values, of which count tells how often each is there.
func median(count []int, values int) int {
	for v, n := range count {
		if values -= 2 * n; values <= 0 {
			return v
		}
	}
	return len(count)
}

func distance(a, b int) int { return max(a-b, b-a) }
