package simulate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"

	"truckroll/internal/apiclient"
)

// picture makes a small PNG that no other name gives: the first pixels spell a hash of it.
func picture(name string) ([]byte, error) {
	h := fnv.New128a()
	_, _ = h.Write([]byte(name))
	sum := h.Sum(nil)
	img := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 16 * 16 {
		n := sum[i%len(sum)]
		img.Set(i%16, i/16, color.RGBA{R: n, G: sum[(i*7+3)%len(sum)] ^ byte(i), B: byte(i), A: 255})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		return nil, fmt.Errorf("making a picture: %w", err)
	}
	return out.Bytes(), nil
}

// signature is a few strokes that differ from job to job.
func (p *player) signature() apiclient.SignatureUpload {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%d", p.id, p.plan.Index)
	var noise [8]byte
	binary.LittleEndian.PutUint64(noise[:], h.Sum64())
	stroke := make([]apiclient.Point, len(noise))
	for i, n := range noise {
		stroke[i] = apiclient.Point{X: float64(10 + 12*i), Y: float64(n), T: 1 + 16*i}
	}
	return apiclient.SignatureUpload{Signer: "customer", Strokes: [][]apiclient.Point{stroke}}
}
