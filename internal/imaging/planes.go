package imaging

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
)

// Sizes in pixels and JPEG qualities of what is kept.
const (
	viewEdge     = 1600
	viewQuality  = 82
	thumbEdge    = 320
	thumbQuality = 75
)

// planes is a picture in luma and two chromas, which are of half the width and height, rounded up.
type planes struct{ y, cb, cr plane }

// reduce returns a picture with a long edge of at most edge.
func reduce(img image.Image, edge int) planes {
	w, h := fit(img.Bounds().Dx(), img.Bounds().Dy(), edge)
	cw, ch := (w+1)/2, (h+1)/2
	switch img := img.(type) {
	case *image.YCbCr:
		size := chromaSize(img)
		return planes{
			y:  shrink(img.Y, img.YStride, img.Bounds().Size(), w, h),
			cb: shrink(img.Cb, img.CStride, size, cw, ch),
			cr: shrink(img.Cr, img.CStride, size, cw, ch),
		}
	case *image.Gray:
		none := newPlane(cw, ch)
		for i := range none.pix {
			none.pix[i] = 128
		}
		return planes{y: shrink(img.Pix, img.Stride, img.Bounds().Size(), w, h), cb: none, cr: none}
	}
	return reduceAny(img, w, h)
}

// reduceAny reduces a picture of any kind row by row: the whole in other colours would take as much memory again. What is
// transparent is seen on white, as on paper.
func reduceAny(img image.Image, w, h int) planes {
	b := img.Bounds()
	cw, ch := (w+1)/2, (h+1)/2
	sy, scb, scr := newShrinker(b.Dx(), b.Dy(), w, h), newShrinker(b.Dx(), b.Dy(), cw, ch), newShrinker(b.Dx(), b.Dy(), cw, ch)
	line := image.NewRGBA(image.Rect(0, 0, b.Dx(), 1))
	y, cb, cr := make([]byte, b.Dx()), make([]byte, b.Dx()), make([]byte, b.Dx())
	for row := range b.Dy() {
		draw.Draw(line, line.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(line, line.Rect, img, image.Pt(b.Min.X, b.Min.Y+row), draw.Over)
		for x := range y {
			p := line.Pix[4*x : 4*x+4]
			y[x], cb[x], cr[x] = color.RGBToYCbCr(p[0], p[1], p[2])
		}
		sy.add(y)
		scb.add(cb)
		scr.add(cr)
	}
	return planes{y: sy.out, cb: scb.out, cr: scr.out}
}

// shrink returns the first size pixels of a channel as a plane of w by h.
func shrink(pix []byte, stride int, size image.Point, w, h int) plane {
	s := newShrinker(size.X, size.Y, w, h)
	for y := range size.Y {
		s.add(pix[y*stride : y*stride+size.X])
	}
	return s.out
}

// chromaSize returns the size of a picture's chroma planes.
func chromaSize(img *image.YCbCr) image.Point {
	across, down := 1, 1
	switch img.SubsampleRatio {
	case image.YCbCrSubsampleRatio422:
		across = 2
	case image.YCbCrSubsampleRatio420:
		across, down = 2, 2
	case image.YCbCrSubsampleRatio440:
		down = 2
	case image.YCbCrSubsampleRatio411:
		across = 4
	case image.YCbCrSubsampleRatio410:
		across, down = 4, 2
	case image.YCbCrSubsampleRatio444:
	}
	size := img.Bounds().Size()
	return image.Pt((size.X+across-1)/across, (size.Y+down-1)/down)
}

// turn returns the picture turned upright by an EXIF orientation.
func (p planes) turn(orientation int) planes {
	return planes{y: p.y.turn(orientation), cb: p.cb.turn(orientation), cr: p.cr.turn(orientation)}
}

// encode returns the picture as a JPEG with a long edge of at most edge.
func (p planes) encode(edge, quality int) (Picture, error) {
	w, h := fit(p.y.w, p.y.h, edge)
	cw, ch := (w+1)/2, (h+1)/2
	img := image.YCbCr{
		Y: p.y.within(edge).pix, Cb: p.cb.scale(cw, ch).pix, Cr: p.cr.scale(cw, ch).pix,
		YStride: w, CStride: cw, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, w, h),
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, &img, &jpeg.Options{Quality: quality}); err != nil {
		return Picture{}, fmt.Errorf("encoding a picture: %w", err)
	}
	return Picture{Content: out.Bytes(), Width: w, Height: h}, nil
}
