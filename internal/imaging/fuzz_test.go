package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/jpeg"
	"os"
	"testing"
)

// FuzzInspect looks for content that does harm: whatever it is, it is either a picture that can be shown, or refused.
func FuzzInspect(f *testing.F) {
	f.Add([]byte{})
	f.Add(asJPEG(quarters(40, 30), 70))
	f.Add(asPNG(quarters(20, 30)))
	f.Add(pngOf(50_000, 50_000, 8, 2, 0, nil))
	f.Add(withEXIF(asJPEG(quarters(16, 16), 50), tiff(binary.LittleEndian,
		[]tag{{0x112, uint16(6)}, {0x8769, uint32(1)}, {0x8825, uint32(2)}}, []tag{{0x9003, "2026:07:01 09:30:00"}, {0x9011, "+02:00"}},
		[]tag{{1, "N"}, {2, 52.53}, {3, "E"}, {4, 13.40}})))
	for _, name := range []string{"video-005.gray.jpeg", "video-001.progressive.jpeg", "video-001.cmyk.jpeg", "video-001.q50.410.jpeg", "video-001.rgb.jpeg", "video-001.interlaced.png"} {
		if content, err := os.ReadFile(goPicture(name)); err == nil {
			f.Add(content)
		}
	}
	in := NewInspector()
	f.Fuzz(func(t *testing.T, content []byte) {
		// Large pictures are looked at elsewhere: here they would only take the time of many small ones.
		if h, err := readHeader(content); err == nil && h.width*h.height > 1_000_000 {
			t.Skip()
		}
		l, err := in.Inspect(t.Context(), content, Options{ReadLabel: true})
		var u Unreadable
		switch {
		case errors.As(err, &u):
			if u.Say == "" {
				t.Fatal("refused without a word")
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		for name, v := range map[string]float64{"luma": l.Luma, "contrast": 2 * l.Contrast, "blur": l.Blur} {
			if !(v >= 0 && v <= 1.000001) {
				t.Fatalf("%s is %g", name, v)
			}
		}
		for _, p := range []Picture{l.View, l.Thumb} {
			config, err := jpeg.DecodeConfig(bytes.NewReader(p.Content))
			if err != nil || config.Width != p.Width || config.Height != p.Height {
				t.Fatalf("a picture of %dx%d: %v", p.Width, p.Height, err)
			}
		}
		if len(l.Small) != smallEdge*smallEdge || l.Width < 1 || l.Height < 1 {
			t.Fatalf("%dx%d, %d", l.Width, l.Height, len(l.Small))
		}
	})
}
