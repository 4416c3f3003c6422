package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func inspect(t testing.TB, content []byte, o Options) Look {
	t.Helper()
	l, err := NewInspector().Inspect(t.Context(), content, o)
	require.NoError(t, err)
	return l
}

// quarters is a picture whose four quarters are of different brightness: 40, 100, 160 and 220.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			level := uint8(40 + 60*(2*x/w) + 120*(2*y/h))
			img.SetRGBA(x, y, color.RGBA{level, level, level, 255})
		}
	}
	return img
}

func TestEveryOrientationIsTurnedUpright(t *testing.T) {
	t.Parallel()
	const w, h = 96, 64 // upright
	upright := quarters(w, h)
	want := inspect(t, asJPEG(upright, 95), Options{})
	// Where a stored pixel is seen, by the standard's words: "the 0th row is at the visual top, the 0th column at the ...".
	seen := []func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return w - 1 - y, x },
		7: func(x, y int) (int, int) { return w - 1 - y, h - 1 - x },
		8: func(x, y int) (int, int) { return y, h - 1 - x },
	}
	for o := 1; o <= 8; o++ {
		stored := image.NewRGBA(image.Rect(0, 0, w, h))
		if o >= 5 {
			stored = image.NewRGBA(image.Rect(0, 0, h, w))
		}
		for y := range stored.Rect.Dy() {
			for x := range stored.Rect.Dx() {
				stored.SetRGBA(x, y, upright.RGBAAt(seen[o](x, y)))
			}
		}
		for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
			l := inspect(t, withEXIF(asJPEG(stored, 95), tiff(order, []tag{{0x112, uint16(o)}})), Options{})
			require.Equal(t, []int{w, h}, []int{l.Width, l.Height}, "orientation %d", o)
			require.Equal(t, []int{w, h}, []int{l.View.Width, l.View.Height}, "orientation %d", o)
			view, err := jpeg.Decode(bytes.NewReader(l.View.Content))
			require.NoError(t, err)
			for _, p := range []image.Point{{10, 10}, {80, 10}, {10, 54}, {80, 54}} {
				level := color.GrayModel.Convert(view.At(p.X, p.Y)).(color.Gray).Y
				require.InDelta(t, upright.RGBAAt(p.X, p.Y).R, level, 4, "orientation %d at %v", o, p)
			}
			require.Equal(t, want.Hash, l.Hash, "orientation %d", o)
			require.Greater(t, Likeness(want.Small, l.Small), 0.99, "orientation %d", o)
		}
	}
}

func TestTimeAndPlace(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	content := asJPEG(quarters(32, 32), 80)
	with := func(exif, gps []tag) []byte {
		return withEXIF(content, tiff(binary.LittleEndian, []tag{{0x112, uint16(1)}, {0x8769, uint32(1)}, {0x8825, uint32(2)}}, exif, gps))
	}
	here := []tag{{1, "N"}, {2, 52.53}, {3, "E"}, {4, 13.40}}
	when := func(l Look) string { return l.TakenAt.Format(time.RFC3339) }

	l := inspect(t, with([]tag{{0x9003, "2026:07:01 09:30:00"}}, here), Options{Zone: berlin})
	require.Equal(t, "2026-07-01T09:30:00+02:00", when(l))
	require.InDelta(t, 52.53, l.Place.Latitude, 1e-6)
	require.InDelta(t, 13.40, l.Place.Longitude, 1e-6)

	l = inspect(t, with([]tag{{0x9003, "2026:07:01 09:30:00"}}, here), Options{})
	require.Equal(t, "2026-07-01T09:30:00Z", when(l))

	l = inspect(t, with([]tag{{0x9003, "2026:07:01 09:30:00"}, {0x9011, "-03:00"}}, []tag{{1, "S"}, {2, 33.5}, {3, "W"}, {4, 70.25}}), Options{Zone: berlin})
	require.Equal(t, "2026-07-01T09:30:00-03:00", when(l))
	require.InDelta(t, -33.5, l.Place.Latitude, 1e-6)
	require.InDelta(t, -70.25, l.Place.Longitude, 1e-6)

	for name, c := range map[string][]byte{
		"a clock that was never set": with([]tag{{0x9003, "0000:00:00 00:00:00"}}, []tag{{1, "N"}, {2, 0.0}, {3, "E"}, {4, 0.0}}),
		"no time, no place":          with([]tag{{0x9003, "soon"}}, []tag{{1, "N"}, {2, 152.0}, {3, "E"}, {4, 13.0}}),
		"half a place":               with([]tag{{0x9003, ""}}, []tag{{1, "N"}, {2, 52.0}}),
		"when it was changed":        withEXIF(content, tiff(binary.BigEndian, []tag{{0x132, "2026:07:01 09:30:00"}})),
		"no metadata":                content,
	} {
		l = inspect(t, c, Options{Zone: berlin})
		require.Nil(t, l.TakenAt, name)
		require.Nil(t, l.Place, name)
	}
}

func TestBrokenMetadataAreIgnored(t *testing.T) {
	t.Parallel()
	content := asJPEG(quarters(32, 32), 80)
	good := tiff(binary.BigEndian, []tag{{0x112, uint16(6)}, {0x8769, uint32(1)}, {0x8825, uint32(1)}}, []tag{{0x9003, "2026:07:01 09:30:00"}})
	for at := range good {
		for _, v := range []byte{0, 0xff, 0x80} {
			broken := bytes.Clone(good)
			broken[at] = v
			inspect(t, withEXIF(content, broken), Options{})
			inspect(t, withEXIF(content, broken[:at]), Options{})
		}
	}
	l := inspect(t, withEXIF(content, tiff(binary.BigEndian, []tag{{0x112, uint16(9)}})), Options{})
	require.Equal(t, 32, l.Width)
}
