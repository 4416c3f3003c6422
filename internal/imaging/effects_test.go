package imaging

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"

	"golang.org/x/image/draw"
)

func asJPEG(img image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func asPNG(img image.Image) []byte {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// each returns a picture with every channel of every pixel put through f.
func each(img *image.RGBA, f func(float64) float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = 255
		if i%4 != 3 {
			out.Pix[i] = clamp(f(float64(v)))
		}
	}
	return out
}

func brighter(img *image.RGBA, factor float64) *image.RGBA {
	return each(img, func(v float64) float64 { return v * factor })
}

// noisy adds a sensor's noise of that many levels.
func noisy(img *image.RGBA, levels float64, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 5))
	var some [4099]float64 // a prime, so that it does not repeat along rows
	for i := range some {
		some[i] = levels*r.NormFloat64() + 0.5
	}
	at := r.IntN(len(some))
	return each(img, func(v float64) float64 {
		if at++; at >= len(some) {
			at = 0
		}
		return v + some[at]
	})
}

// gaussian blurs with a standard deviation in pixels.
func gaussian(img *image.RGBA, sigma float64) *image.RGBA {
	if sigma <= 0 {
		return img
	}
	reach := int(math.Ceil(3 * sigma))
	kernel, sum := make([]float64, 2*reach+1), 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-reach)*(i-reach)) / (2 * sigma * sigma))
		sum += kernel[i]
	}
	for i := range kernel {
		kernel[i] /= sum
	}
	return convolve(convolve(img, kernel, 1, 0), kernel, 0, 1)
}

// moved blurs as a hand that moves does, by so many pixels across.
func moved(img *image.RGBA, pixels int) *image.RGBA {
	kernel := make([]float64, pixels|1)
	for i := range kernel {
		kernel[i] = 1 / float64(len(kernel))
	}
	return convolve(img, kernel, 1, 0)
}

// convolve puts a kernel over every row (dx 1) or column (dy 1).
func convolve(img *image.RGBA, kernel []float64, dx, dy int) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	w, h, reach := img.Rect.Dx(), img.Rect.Dy(), len(kernel)/2
	weights := make([]int, len(kernel))
	for i, v := range kernel {
		weights[i] = int(v*65536 + 0.5)
	}
	sums := make([]int, img.Stride)
	for y := range h {
		for i := range sums {
			sums[i] = 32768
		}
		for k, weight := range weights {
			from := img.Pix[min(max(y+(k-reach)*dy, 0), h-1)*img.Stride:][:img.Stride]
			shift := 4 * (k - reach) * dx
			for i := range sums {
				at := i + shift
				if at < 0 {
					at = i % 4
				} else if at >= len(from) {
					at = len(from) - 4 + i%4
				}
				sums[i] += weight * int(from[at])
			}
		}
		line := out.Pix[y*out.Stride:]
		for i, s := range sums[:4*w] {
			line[i] = uint8(min(s>>16, 255))
		}
	}
	return out
}

// cropped cuts off a part of the width or height at each edge.
func cropped(img *image.RGBA, left, top, right, bottom float64) *image.RGBA {
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	b := image.Rect(int(left*w), int(top*h), int((1-right)*w), int((1-bottom)*h))
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, img, b.Min, draw.Src)
	return out
}

func resized(img *image.RGBA, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}

func uniform(w, h int, level uint8) *image.RGBA {
	return each(image.NewRGBA(image.Rect(0, 0, w, h)), func(float64) float64 { return float64(level) })
}
