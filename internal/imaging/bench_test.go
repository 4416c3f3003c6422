package imaging

import (
	"testing"
)

// BenchmarkInspect looks at a 12 megapixel photo.
func BenchmarkInspect(b *testing.B) {
	content := asJPEG(sceneOf("splitter box", 1, 4000, 3000), 90)
	in := NewInspector()
	for _, c := range []struct {
		name string
		o    Options
	}{{"plain", Options{}}, {"label", Options{ReadLabel: true}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := in.Inspect(b.Context(), content, c.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
