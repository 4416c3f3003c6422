// Package scene makes photos up, for those who try truckroll out without a camera: the
// simulated day, the bench, the tests and the README. Each name gives a picture of its own.
package scene

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
)

// Photo makes a JPEG of that many pixels: a wall with boxes and cables on it, lit from one
// side, with the grain of a sensor. The same name gives the same bytes; another name gives
// a picture that does not look the same.
func Photo(name string, width, height int) ([]byte, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	seed := h.Sum64()
	r := rand.New(rand.NewPCG(seed, seed>>1)) //nolint:gosec // a picture, not a secret
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	wall(r, img)
	for range 9 + r.IntN(6) {
		box(r, img)
	}
	for range 4 + r.IntN(5) {
		cable(r, img)
	}
	grain(r, img)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("making a photo: %w", err)
	}
	return out.Bytes(), nil
}

func wall(r *rand.Rand, img *image.RGBA) {
	b := img.Bounds()
	base, slopeX, slopeY := 110+r.IntN(70), r.IntN(80)-40, r.IntN(80)-40
	for y := range b.Dy() {
		for x := range b.Dx() {
			v := shade(base + slopeX*x/b.Dx() + slopeY*y/b.Dy())
			img.SetRGBA(x, y, color.RGBA{v, v, shade(int(v) - 12), 255})
		}
	}
}

func box(r *rand.Rand, img *image.RGBA) {
	b := img.Bounds()
	w, h := b.Dx()/12+r.IntN(b.Dx()/4), b.Dy()/12+r.IntN(b.Dy()/4)
	x, y := r.IntN(b.Dx()-w), r.IntN(b.Dy()-h)
	fill := color.RGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255} //nolint:gosec // below 256
	draw.Draw(img, image.Rect(x, y, x+w, y+h), image.NewUniform(fill), image.Point{}, draw.Src)
	edge := image.NewUniform(color.RGBA{20, 20, 24, 255})
	for _, side := range []image.Rectangle{
		image.Rect(x, y, x+w, y+2), image.Rect(x, y+h-2, x+w, y+h), image.Rect(x, y, x+2, y+h), image.Rect(x+w-2, y, x+w, y+h),
	} {
		draw.Draw(img, side, edge, image.Point{}, draw.Src)
	}
	for line := y + 6; line < y+h-6; line += 8 { // what could be print on it
		for at := x + 6; at < x+w-6; at += 3 {
			if r.IntN(3) > 0 {
				draw.Draw(img, image.Rect(at, line, at+2, line+4), edge, image.Point{}, draw.Src)
			}
		}
	}
}

func cable(r *rand.Rand, img *image.RGBA) {
	b := img.Bounds()
	y, dy := float64(r.IntN(b.Dy())), r.Float64()-0.5
	dark := image.NewUniform(color.RGBA{uint8(r.IntN(60)), uint8(r.IntN(60)), uint8(r.IntN(60)), 255}) //nolint:gosec // below 60
	for x := range b.Dx() {
		dy += (r.Float64() - 0.5) / 20
		y += dy
		draw.Draw(img, image.Rect(x, int(y), x+1, int(y)+3), dark, image.Point{}, draw.Src)
	}
}

func grain(r *rand.Rand, img *image.RGBA) {
	for i := 0; i < len(img.Pix); i += 4 {
		n := int(r.Uint32()%9) - 4
		for c := range 3 {
			img.Pix[i+c] = shade(int(img.Pix[i+c]) + n)
		}
	}
}

func shade(v int) uint8 { return uint8(min(max(v, 0), 255)) }
