package imaging

import (
	"fmt"
	"image"
	"math/bits"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// The thresholds that the report judges by.
const (
	minLuma     = 0.10
	maxLuma     = 0.95
	minContrast = 0.025
	maxBlur     = 0.62
	minLikeness = 0.93
)

// variant is a picture made from a scene, and what it should be called.
type variant struct {
	kind    string
	content []byte
}

// verdict names the first threshold that a picture is beyond.
func verdict(l Look) string {
	switch {
	case l.Luma < minLuma:
		return "dark"
	case l.Luma > maxLuma:
		return "bright"
	case l.Contrast < minContrast:
		return "flat"
	case l.Blur > maxBlur:
		return "blurred"
	}
	return "good"
}

// goodOnes are photos that nobody should refuse.
func goodOnes(family string, seed uint64) []variant {
	img := scene(family, seed)
	return []variant{
		{"good", asJPEG(img, 88)},
		{"good, compressed", asJPEG(img, 40)},
		{"good, a little soft", asJPEG(noisy(gaussian(img, 1), 2, seed), 85)},
		{"good, at night", asJPEG(noisy(brighter(img, 0.45), 5, seed), 80)},
		{"good, in bright light", asJPEG(brighter(img, 1.3), 85)},
		{"good, noisy", asJPEG(noisy(img, 9, seed), 80)},
	}
}

// walls are photos of walls on which something small is to be seen.
func walls(seed uint64) []variant {
	c := newCanvas(seed, sceneWidth, sceneHeight)
	c.rect(-1, -1, 1, 1, c.shade(190, 40), 0.1)
	x, y := c.between(-0.4, 0.3), c.between(-0.25, 0.15)
	c.rect(x, y, x+0.09, y+0.09, c.shade(225, 25), 0.05)
	c.disc(x+0.045, y+0.045, 0.03, c.shade(150, 40))
	c.rect(x+0.1, -1, x+0.115, y+0.05, c.shade(235, 15), 0)
	c.cable(x+0.05, y+0.09, x, 0.3, x-0.1, 0.2, x-0.2, 0.5, 0.008, c.shade(60, 50))
	c.light()
	return []variant{
		{"good, a wall", asJPEG(noisy(gaussian(c.img, 0.6), 2, seed), 88)},
		{"good, a wall at night", asJPEG(noisy(brighter(gaussian(c.img, 0.6), 0.5), 5, seed), 80)},
	}
}

// badOnes are photos that prove nothing.
func badOnes(family string, seed uint64) []variant {
	img := scene(family, seed)
	return []variant{
		{"dark, nearly black", asJPEG(noisy(brighter(img, 0.06), 2, seed), 85)},
		{"dark", asJPEG(noisy(brighter(img, 0.14), 3, seed), 85)},
		{"bright, burnt out", asJPEG(each(img, func(v float64) float64 { return 235 + v/4 }), 85)},
		{"flat, a finger on the lens", asJPEG(noisy(each(img, func(v float64) float64 { return 110 + v*0.06 }), 2, seed), 85)},
		{"blurred, sigma 3.5", asJPEG(noisy(gaussian(img, 3.5), 2, seed), 85)},
		{"blurred, sigma 5", asJPEG(noisy(gaussian(img, 5), 3, seed), 85)},
		{"blurred, sigma 8", asJPEG(noisy(gaussian(img, 8), 1, seed), 50)},
		{"blurred by a hand, 19 pixels", asJPEG(noisy(moved(img, 19), 2, seed), 85)},
		{"blurred by a hand, 31 pixels", asJPEG(noisy(moved(img, 31), 2, seed), 85)},
	}
}

// copies are what becomes of a photo on its way back to us.
func copies(img *image.RGBA, seed uint64) []variant {
	part := func(n uint64) float64 { return 0.01 + 0.07*float64((seed*5+n*3)%8)/7 } // 1 to 8 %
	out := []variant{
		{"resized to 640", asJPEG(resized(img, 640, 480), 85)},
		{"resized to 360", asJPEG(resized(img, 360, 270), 85)},
		{"resized to 1200", asJPEG(resized(img, 1200, 900), 85)},
		{"brightened", asJPEG(brighter(img, 1.15), 85)},
		{"darkened", asJPEG(brighter(img, 0.85), 85)},
		{"cropped at one edge", asJPEG(cropped(img, 0, part(1), 0, 0), 85)},
		{"cropped 4 % all round", asJPEG(cropped(img, 0.04, 0.04, 0.04, 0.04), 85)},
		{"cropped 8 % all round", asJPEG(cropped(img, 0.08, 0.08, 0.08, 0.08), 85)},
		{"cropped anyhow", asJPEG(cropped(img, part(1), part(2), part(3), part(4)), 75)},
		{"cropped, resized and brightened", asJPEG(resized(brighter(cropped(img, part(5), part(6), part(7), part(8)), 1.1), 640, 480), 60)},
	}
	for _, q := range []int{30, 50, 70, 95} {
		out = append(out, variant{fmt.Sprintf("saved at quality %d", q), asJPEG(img, q)})
	}
	return out
}

// tally counts how often something was as it should be.
type tally struct {
	sync.Mutex

	order   []string
	ok, all map[string]int
}

func (c *tally) count(kind string, ok bool) {
	c.Lock()
	defer c.Unlock()
	if c.all == nil {
		c.ok, c.all = map[string]int{}, map[string]int{}
	}
	if c.all[kind] == 0 {
		c.order = append(c.order, kind)
	}
	c.all[kind]++
	if ok {
		c.ok[kind]++
	}
}

// share returns the part of those kinds that was as it should be, and says it.
func (c *tally) share(t *testing.T, what string) float64 {
	t.Helper()
	ok, all := 0, 0
	for _, kind := range c.order {
		t.Logf("  %-36s %3d of %3d", kind, c.ok[kind], c.all[kind])
		ok, all = ok+c.ok[kind], all+c.all[kind]
	}
	t.Logf("%s: %d of %d", what, ok, all)
	return float64(ok) / float64(max(1, all))
}

// looked is inspect for goroutines, which must not end the test.
func looked(t *testing.T, content []byte) Look {
	t.Helper()
	l, err := NewInspector().Inspect(t.Context(), content, Options{})
	if err != nil {
		t.Error(err)
	}
	return l
}

// inTurn calls f for every family and seed, as many at once as there are processors.
func inTurn(seeds uint64, f func(family string, seed uint64)) {
	var work sync.WaitGroup
	free := make(chan struct{}, 4)
	for _, family := range familyNames {
		for seed := range seeds {
			free <- struct{}{}
			work.Go(func() {
				defer func() { <-free }()
				f(family, seed+100)
			})
		}
	}
	work.Wait()
}

func TestReportQuality(t *testing.T) {
	t.Parallel()
	var good, bad tally
	var lock sync.Mutex
	worstGood := 0.0
	judge := func(c *tally, vs []variant) {
		for _, v := range vs {
			l := looked(t, v.content)
			got := verdict(l)
			if c == &good {
				lock.Lock()
				worstGood = max(worstGood, l.Blur)
				lock.Unlock()
			}
			ok := (c == &good) == (got == "good")
			if c.count(v.kind, ok); !ok {
				t.Logf("%s: %s (luma %.3f, contrast %.3f, blur %.3f)", v.kind, got, l.Luma, l.Contrast, l.Blur)
			}
		}
	}
	inTurn(4, func(family string, seed uint64) {
		judge(&good, goodOnes(family, seed))
		judge(&bad, badOnes(family, seed))
		judge(&good, walls(seed*10+uint64(len(family))))
	})
	require.GreaterOrEqual(t, bad.share(t, "bad ones caught"), 0.97)
	require.GreaterOrEqual(t, good.share(t, "good ones let pass"), 0.98)
	t.Logf("the most blurred of the good ones: %.3f", worstGood)
}

func TestReportCopies(t *testing.T) {
	t.Parallel()
	var near, known, others, far tally
	var lock sync.Mutex
	seen := map[string][]Look{}
	inTurn(4, func(family string, seed uint64) {
		img := scene(family, seed)
		was := looked(t, asJPEG(img, 90))
		for _, v := range copies(img, seed) {
			l := looked(t, v.content)
			isNear := bits.OnesCount64(was.Hash^l.Hash) <= NearBits
			likeness := Likeness(was.Small, l.Small)
			near.count(v.kind, isNear)
			if known.count(v.kind, isNear && likeness >= minLikeness); likeness < minLikeness {
				t.Logf("%s, %s: %.3f", family, v.kind, likeness)
			}
		}
		// The same kind of thing from a camera that stands still: only what is different about it differs.
		c := newCanvas(seed, sceneWidth, sceneHeight)
		families[family](c)
		still := looked(t, asJPEG(noisy(gaussian(c.img, 0.6), 2, seed), 90))
		lock.Lock()
		defer lock.Unlock()
		seen[family], seen[family+", still"] = append(seen[family], was), append(seen[family+", still"], still)
	})
	most := 0.0
	for family, looks := range seen {
		for i := range looks {
			for _, other := range looks[:i] {
				likeness := Likeness(looks[i].Small, other.Small)
				most = max(most, likeness)
				others.count(family, likeness < minLikeness)
			}
			for name, strangers := range seen {
				if name > family {
					stranger := strangers[i%len(strangers)]
					far.count("of another family", bits.OnesCount64(looks[i].Hash^stranger.Hash) > NearBits)
					others.count("of another family", Likeness(looks[i].Small, stranger.Small) < minLikeness)
				}
			}
		}
	}
	require.GreaterOrEqual(t, near.share(t, "copies within NearBits"), 0.97)
	require.GreaterOrEqual(t, known.share(t, "copies known again"), 0.96)
	require.GreaterOrEqual(t, others.share(t, "others told apart"), 0.99)
	require.GreaterOrEqual(t, far.share(t, "strangers beyond NearBits"), 0.80)
	require.Less(t, most, 0.90)
	t.Logf("the likest of the others: %.3f", most)
}
