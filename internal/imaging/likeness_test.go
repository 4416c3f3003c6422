package imaging

import (
	"image"
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLikenessKnowsCopies(t *testing.T) {
	t.Parallel()
	img := scene("splitter box", 11)
	was := inspect(t, asJPEG(img, 90), Options{})
	require.InDelta(t, 1, Likeness(was.Small, was.Small), 0)
	for name, c := range map[string]struct {
		img     *image.RGBA
		quality int
	}{
		"saved anew":       {img, 75},
		"saved badly":      {img, 30},
		"resized":          {resized(img, 500, 375), 85},
		"brightened":       {brighter(img, 1.15), 85},
		"darkened":         {brighter(img, 0.8), 85},
		"cropped":          {cropped(img, 0.08, 0.08, 0.08, 0.08), 85},
		"cropped one side": {cropped(img, 0.08, 0, 0, 0), 85},
		"all of it":        {resized(brighter(cropped(img, 0.03, 0.08, 0.05, 0.01), 1.1), 640, 480), 60},
	} {
		l := inspect(t, asJPEG(c.img, c.quality), Options{})
		require.Greater(t, Likeness(was.Small, l.Small), 0.93, name)
		require.InDelta(t, Likeness(was.Small, l.Small), Likeness(l.Small, was.Small), 0, name)
		require.LessOrEqual(t, bits.OnesCount64(was.Hash^l.Hash), NearBits, name)
	}
	// Two crops of one picture, neither within the other.
	a, b := inspect(t, asJPEG(cropped(img, 0.06, 0, 0, 0.04), 85), Options{}), inspect(t, asJPEG(cropped(img, 0, 0.05, 0.06, 0), 85), Options{})
	require.Greater(t, Likeness(a.Small, b.Small), 0.93)
}

func TestLikenessTellsOthersApart(t *testing.T) {
	t.Parallel()
	for _, family := range familyNames {
		a, b := inspect(t, asJPEG(scene(family, 21), 90), Options{}), inspect(t, asJPEG(scene(family, 22), 90), Options{})
		require.Less(t, Likeness(a.Small, b.Small), 0.9, family)
	}
	wall, dark := inspect(t, asPNG(noisy(uniform(400, 300, 150), 3, 1)), Options{}), inspect(t, asPNG(uniform(400, 300, 3)), Options{})
	require.Zero(t, Likeness(wall.Small, dark.Small), "nothing is on either")
	require.Zero(t, Likeness(nil, nil))
	require.Zero(t, Likeness(wall.Small[1:], wall.Small))
}

func BenchmarkLikeness(b *testing.B) {
	x, y := inspect(b, asJPEG(scene("form", 1), 90), Options{}).Small, inspect(b, asJPEG(scene("form", 2), 90), Options{}).Small
	z := inspect(b, asJPEG(scene("room", 2), 90), Options{}).Small
	b.Run("similar", func(b *testing.B) {
		for b.Loop() {
			Likeness(x, y)
		}
	})
	b.Run("strangers", func(b *testing.B) {
		for b.Loop() {
			Likeness(x, z)
		}
	})
}
