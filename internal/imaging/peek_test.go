package imaging

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func TestPeek(t *testing.T) {
	in := NewInspector()
	for _, f := range familyNames {
		for s := range uint64(2) {
			img := scene(f, s)
			if s == 0 {
				os.WriteFile("/tmp/peek-"+f[:4]+".jpg", asJPEG(img, 85), 0o600)
			}
			t0 := time.Now()
			l, err := in.Inspect(t.Context(), asJPEG(img, 85), Options{})
			if err != nil {
				t.Fatal(err)
			}
			line := fmt.Sprintf("%-13s %v luma %.2f contrast %.2f blur:", f, time.Since(t0).Round(time.Millisecond), l.Luma, l.Contrast)
			for _, sigma := range []float64{0, 1, 1.5, 2, 3, 4, 6} {
				l, _ := in.Inspect(t.Context(), asJPEG(noisy(gaussian(img, sigma), 1.5, s), 85), Options{})
				line += fmt.Sprintf(" %g:%.2f", sigma, l.Blur)
			}
			l, _ = in.Inspect(t.Context(), asJPEG(noisy(brighter(img, 0.3), 4, s), 80), Options{})
			t.Log(line, fmt.Sprintf(" night %.2f/%.2f/%.2f", l.Luma, l.Contrast, l.Blur))
		}
	}
}
