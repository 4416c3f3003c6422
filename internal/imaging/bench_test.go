package imaging

import (
	"runtime/metrics"
	"slices"
	"sync"
	"testing"
	"time"
)

func twelveMegapixels() []byte {
	return asJPEG(resized(scene("splitter box", 1), 4000, 3000), 90)
}

// BenchmarkInspect looks at a 12 megapixel photo, and reports the median and the 95th percentile in milliseconds.
func BenchmarkInspect(b *testing.B) {
	content := asJPEG(noisy(resized(scene("splitter box", 1), 4000, 3000), 3, 1), 90)
	in := NewInspector()
	for name, o := range map[string]Options{"plain": {}, "label": {ReadLabel: true}} {
		b.Run(name, func(b *testing.B) {
			var took []float64
			for b.Loop() {
				start := time.Now()
				if _, err := in.Inspect(b.Context(), content, o); err != nil {
					b.Fatal(err)
				}
				took = append(took, float64(time.Since(start).Microseconds())/1000)
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2], "p50-ms")
			b.ReportMetric(took[len(took)*95/100], "p95-ms")
			b.ReportMetric(float64(len(content))/1e6, "MB")
		})
	}
}

// BenchmarkTwentyAtOnce looks at twenty 12 megapixel photos at once, and reports the most memory that the heap held.
func BenchmarkTwentyAtOnce(b *testing.B) {
	content := twelveMegapixels()
	in := NewInspector()
	peak, stop := uint64(0), make(chan struct{})
	var watching, looking sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				metrics.Read(sample)
				peak = max(peak, sample[0].Value.Uint64())
			}
		}
	})
	for b.Loop() {
		for range 20 {
			looking.Go(func() {
				if _, err := in.Inspect(b.Context(), content, Options{ReadLabel: true}); err != nil {
					b.Error(err)
				}
			})
		}
		looking.Wait()
	}
	close(stop)
	watching.Wait()
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}
