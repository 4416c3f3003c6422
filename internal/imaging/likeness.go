package imaging

import (
	"bytes"
	"cmp"
	"math"
	"slices"
)

// smallEdge is the width and height of [Look.Small].
const smallEdge = 64

// Likeness tells how alike two pictures are by their [Look.Small]: 1 for the same, 0 for strangers. It knows a picture
// again that was saved anew, resized, brightened a little, or that lost up to 8 % at each edge, and tells it from another
// one of a similar thing: what counts are the places that differ most. What is no [Look.Small], or shows nothing, is alike
// only to itself. It takes some milliseconds.
//
// It lays one picture over the other in the ways that cropping allows, keeps the way in which their details correlate
// best, and then compares them place by place, as in the contrast and structure terms of SSIM (Wang et al. 2004).
func Likeness(a, b []byte) float64 {
	if len(a) != smallEdge*smallEdge || len(b) != smallEdge*smallEdge {
		return 0
	}
	switch bytes.Compare(a, b) {
	case 0:
		return 1
	case 1:
		a, b = b, a // so that both ways give the same
	}
	greyA, greyB := newField(a, smallEdge, smallEdge), newField(b, smallEdge, smallEdge)
	fineA, fineB := greyA.detail(), greyB.detail()
	if fineA.energy() < minEnergy || fineB.energy() < minEnergy {
		return 0
	}
	m, score := overlay(fineA, fineB)
	if score < minCorrelation {
		return 0
	}
	return worst(shared(greyA, greyB, m))
}

const (
	// minEnergy is the mean square of details below which there is nothing to recognise. Noise alone has less.
	minEnergy = 0.02
	// minCorrelation is what the best overlay of a picture and its copy exceeds by far. It saves a closer look.
	minCorrelation = 0.4
)

// margins are the parts of a picture's width and height that another does not show at an edge; below 0 where the other
// shows more.
type margins [4]float64

const (
	left = iota
	top
	right
	bottom
)

const (
	roughStep = 0.04 // of the width or height; the first of the steps, of which each is half the one before
	halfStep  = 0.01 // the last step that half the resolution can tell
	lastStep  = 0.0025
	widest    = 0.1 // the largest margin
	followed  = 3   // how many of the rough overlays are looked at closely
)

// overlay returns the margins with which two fields correlate best, and how well they do then.
func overlay(a, b field) (margins, float64) {
	halfA, halfB := a.half(), b.half()
	candidates := roughly(halfA, halfB)
	if candidates[0].score < minCorrelation/2 {
		return margins{}, 0
	}
	for i := range candidates {
		candidates[i] = closely(halfA, halfB, candidates[i].m, roughStep/2, halfStep)
	}
	slices.SortStableFunc(candidates, better)
	best := closely(a, b, candidates[0].m, halfStep, lastStep)
	return best.m, best.score
}

// laid is an overlay and how well the fields correlate in it.
type laid struct {
	m     margins
	score float64
}

func better(x, y laid) int { return cmp.Compare(y.score, x.score) }

// roughly tries all margins of up to 8 % in coarse steps, and returns the best.
func roughly(a, b field) []laid {
	var all []laid
	steps := [...]float64{-2 * roughStep, -roughStep, 0, roughStep, 2 * roughStep}
	for i := range len(steps) * len(steps) * len(steps) * len(steps) {
		m := margins{steps[i%5], steps[i/5%5], steps[i/25%5], steps[i/125]}
		all = append(all, laid{m, correlation(a, b, m)})
	}
	slices.SortStableFunc(all, better)
	return all[:followed]
}

// closely moves the margins in ever smaller steps to where the fields correlate best.
func closely(a, b field, m margins, step, last float64) laid {
	best := laid{m, correlation(a, b, m)}
	for ; step >= last; step /= 2 {
		for moved := true; moved; {
			moved = false
			for i := range 2 * len(m) {
				next := best.m
				next[i/2] += step * float64(i%2*2-1)
				if math.Abs(next[i/2]) > widest {
					continue
				}
				if score := correlation(a, b, next); score > best.score {
					best, moved = laid{next, score}, true
				}
			}
		}
	}
	return best
}

const (
	// places is into how many parts the width and the height are divided.
	places = 4
	// differ is how many of the places count, those that differ most: one alone may be a reflection.
	differ = 2
	// quiet is the variance of details that is little: places with less look alike.
	quiet = 0.15
)

// worst compares two grey pictures place by place, and returns the likeness of the places that differ most, 0 to 1.
func worst(a, b field) float64 {
	a, b = a.detail(), b.detail()
	var all [places * places]sums
	for y := range a.h {
		for x := range a.w {
			all[y*places/a.h*places+x*places/a.w].add(a.v[y*a.w+x], b.v[y*a.w+x])
		}
	}
	var alike []float64
	for _, s := range all {
		aa, bb, ab := s.spread()
		alike = append(alike, (2*ab+quiet)/(aa+bb+quiet))
	}
	slices.Sort(alike)
	sum := 0.0
	for _, v := range alike[:differ] {
		sum += v
	}
	return min(max(sum/differ, 0), 1)
}
