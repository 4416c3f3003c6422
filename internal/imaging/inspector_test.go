package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMeasuresOfPlainPictures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		img            *image.RGBA
		luma, contrast float64
	}{
		"black": {uniform(200, 100, 0), 0, 0},
		"white": {uniform(200, 100, 255), 1, 0},
		"grey":  {uniform(200, 100, 51), 0.2, 0},
		// 40, 100, 160 and 220 in equal parts.
		"quarters": {quarters(200, 100), 130.0 / 255, 67.08 / 255},
	} {
		for _, content := range [][]byte{asPNG(c.img), asJPEG(c.img, 95)} {
			l := inspect(t, content, Options{})
			require.InDelta(t, c.luma, l.Luma, 0.005, name)
			require.InDelta(t, c.contrast, l.Contrast, 0.005, name)
		}
	}
	// Red, green and blue by BT.601: 0.299, 0.587, 0.114.
	red := image.NewRGBA(image.Rect(0, 0, 8, 8))
	for i := range red.Pix {
		red.Pix[i] = []byte{255, 0, 0, 255}[i%4]
	}
	require.InDelta(t, 0.299, inspect(t, asPNG(red), Options{}).Luma, 0.005)
	require.InDelta(t, 1, inspect(t, asPNG(image.NewRGBA(image.Rect(0, 0, 8, 8))), Options{}).Luma, 0.001, "what is transparent is seen on white")
	require.InDelta(t, 1, inspect(t, asPNG(uniform(64, 64, 90)), Options{}).Blur, 0, "nothing is sharp in it")
}

func TestBlurGrowsWithTheBlur(t *testing.T) {
	t.Parallel()
	for _, family := range familyNames {
		img := scene(family, 3)
		before := 0.0
		for _, sigma := range []float64{0, 1, 2, 3.5, 6} {
			b := inspect(t, asJPEG(gaussian(img, sigma), 90), Options{}).Blur
			require.Greater(t, b, before, "%s at %g", family, sigma)
			before = b
		}
		require.Less(t, inspect(t, asJPEG(img, 90), Options{}).Blur, 0.5, family)
		require.Greater(t, before, 0.8, family)
	}
}

func TestViewsAreSmallBareAndTheSame(t *testing.T) {
	t.Parallel()
	content := asJPEG(resized(scene("room", 1), 2500, 1875), 85)
	content = withEXIF(content, tiff(binary.BigEndian, []tag{{0x10f, "SECRET CAMERA"}, {0x112, uint16(6)}}))
	l := inspect(t, content, Options{})
	again := inspect(t, content, Options{})
	require.Equal(t, l, again)
	require.Equal(t, "image/jpeg", l.ContentType)
	for _, p := range []struct {
		Picture

		w, h int
	}{{l.View, 1200, 1600}, {l.Thumb, 240, 320}} {
		require.Equal(t, []int{p.w, p.h}, []int{p.Width, p.Height})
		config, err := jpeg.DecodeConfig(bytes.NewReader(p.Content))
		require.NoError(t, err)
		require.Equal(t, []int{p.w, p.h}, []int{config.Width, config.Height})
		require.NotContains(t, string(p.Content), "SECRET")
		require.NotContains(t, string(p.Content), "Exif")
	}
	require.Len(t, l.Small, 64*64)
	tiny := inspect(t, asPNG(uniform(1, 1, 200)), Options{ReadLabel: true})
	require.Equal(t, []int{1, 1, 1}, []int{tiny.Width, tiny.View.Width, tiny.Thumb.Height})
	require.Len(t, tiny.Small, 64*64)
}

func TestColoursSurvive(t *testing.T) {
	t.Parallel()
	img := each(scene("cable route", 2), func(v float64) float64 { return v })
	for _, content := range [][]byte{asJPEG(img, 95), asPNG(img)} {
		view, err := jpeg.Decode(bytes.NewReader(inspect(t, content, Options{}).View.Content))
		require.NoError(t, err)
		off := 0
		for y := 0; y < 600; y += 7 {
			for x := 0; x < 800; x += 7 {
				r, g, b, _ := view.At(x, y).RGBA()
				p := img.RGBAAt(x, y)
				off += distance(int(r>>8), int(p.R)) + distance(int(g>>8), int(p.G)) + distance(int(b>>8), int(p.B))
			}
		}
		require.Less(t, float64(off)/(86*115*3), 6.0)
	}
}

func TestTwentyMegapixels(t *testing.T) {
	t.Parallel()
	l := inspect(t, asJPEG(resized(scene("terminal", 1), 5160, 3880), 80), Options{})
	require.Equal(t, []int{5160, 3880, 1600, 1203}, []int{l.Width, l.Height, l.View.Width, l.View.Height})
	small := inspect(t, asJPEG(scene("terminal", 1), 80), Options{})
	require.Greater(t, Likeness(small.Small, l.Small), 0.97)
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	t.Parallel()
	in := NewInspector()
	content := asJPEG(quarters(64, 64), 80)
	require.NoError(t, in.memory.Acquire(t.Context(), budget))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := in.Inspect(ctx, content, Options{})
		done <- err
	}()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	in.memory.Release(budget)
	_, err := in.Inspect(t.Context(), content, Options{})
	require.NoError(t, err)
	require.True(t, in.memory.TryAcquire(budget), "everything was given back")
}
