package document

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // photos and signatures
	"image/png"
	"math"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"rsc.io/qr"
)

// maxSignaturePixels bounds the picture of a signature: it is decoded, and a small file can be a huge picture.
const maxSignaturePixels = 20_000_000

// code draws a QR code with a side of size mm. Error correction M reads well from paper.
func (l *layout) code(text string, x, y, size float64) error {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return fmt.Errorf("the address to verify at: %w", err)
	}
	module := size / float64(c.Size)
	l.add(func(pdf *fpdf.Fpdf) {
		pdf.SetFillColor(0, 0, 0)
		for row := range c.Size {
			for col := 0; col < c.Size; col++ {
				from := col
				for col < c.Size && c.Black(col, row) {
					col++
				}
				if col > from {
					// A hair more than a module, or some viewers show white lines between rows.
					pdf.Rect(x+float64(from)*module, y+float64(row)*module, float64(col-from)*module, module*1.02, "F")
				}
			}
		}
	})
	return nil
}

// jpeg draws a JPEG as large as fits in a box, in its middle, and returns whether it could be read.
func (l *layout) jpeg(name string, data []byte, x, y, w, h float64) bool {
	pw, ph, ok := jpegIn(data, w, h)
	if ok {
		l.picture(name, "JPG", data, x+(w-pw)/2, y+(h-ph)/2, pw, ph)
	}
	return ok
}

// jpegIn returns how large a JPEG can be printed in a box, and whether it can be read.
func jpegIn(data []byte, w, h float64) (pw, ph float64, ok bool) {
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "jpeg" || c.Width == 0 || c.Height == 0 {
		return 0, 0, false
	}
	pw, ph = inside(image.Pt(c.Width, c.Height), w, h)
	return pw, ph, true
}

// inside scales a size to fit into a box.
func inside(size image.Point, w, h float64) (pw, ph float64) {
	scale := min(w/float64(size.X), h/float64(size.Y))
	return float64(size.X) * scale, float64(size.Y) * scale
}

func (l *layout) picture(name, format string, data []byte, x, y, w, h float64) {
	l.add(func(pdf *fpdf.Fpdf) {
		o := fpdf.ImageOptions{ImageType: format}
		pdf.RegisterImageOptionsReader(name, o, bytes.NewReader(data))
		pdf.ImageOptions(name, x, y, w, h, false, o, 0, "")
	})
}

func (l *layout) box(x, y, w, h float64, line colour) {
	l.add(func(pdf *fpdf.Fpdf) {
		pdf.SetDrawColor(line.rgb())
		pdf.SetLineWidth(0.2)
		pdf.Rect(x, y, w, h, "D")
	})
}

// ink draws a signature in a box: its strokes, or else its picture.
func (l *layout) ink(s *Signature, x, y, w, h float64) error {
	if len(s.Strokes) > 0 {
		return l.strokes(s.Strokes, x, y, w, h)
	}
	if len(s.Image) == 0 {
		return nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(s.Image))
	if err != nil {
		return fmt.Errorf("the signature's picture: %w", err)
	}
	if c.Width*c.Height > maxSignaturePixels {
		return fmt.Errorf("the signature's picture has %d x %d pixels, more than the %d allowed", c.Width, c.Height, maxSignaturePixels)
	}
	pic, _, err := image.Decode(bytes.NewReader(s.Image))
	if err != nil {
		return fmt.Errorf("the signature's picture: %w", err)
	}
	// PNG has forms that the PDF writer does not know: it gets the plainest one, on white.
	flat := image.NewRGBA(image.Rectangle{Max: pic.Bounds().Size()})
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), pic, pic.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, flat); err != nil {
		return fmt.Errorf("the signature's picture: %w", err)
	}
	pw, ph := inside(flat.Bounds().Size(), w, h)
	l.picture("signature", "PNG", out.Bytes(), x+(w-pw)/2, y+(h-ph)/2, pw, ph)
	return nil
}

func (l *layout) strokes(strokes [][]Point, x, y, w, h float64) error {
	low, high := Point{X: math.Inf(1), Y: math.Inf(1)}, Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, s := range strokes {
		for _, p := range s {
			// Also false for what is no number.
			if !(math.Abs(p.X) <= 1e6 && math.Abs(p.Y) <= 1e6) {
				return errors.New("the signature has a point outside of any screen")
			}
			low.X, low.Y = min(low.X, p.X), min(low.Y, p.Y)
			high.X, high.Y = max(high.X, p.X), max(high.Y, p.Y)
		}
	}
	if low.X > high.X {
		return nil
	}
	// Never larger than life: a dot stays a dot. A phone's pixel is about a quarter of a millimetre or less.
	scale := min(w/max(high.X-low.X, 1e-9), h/max(high.Y-low.Y, 1e-9), 0.25)
	dx, dy := x+(w-(high.X-low.X)*scale)/2, y+(h-(high.Y-low.Y)*scale)/2
	var path strings.Builder // in points, upwards, as PDF counts
	at := func(p Point) string {
		return fmt.Sprintf("%.2f %.2f", (dx+(p.X-low.X)*scale)/mmPerPoint, (pageHeight-dy-(p.Y-low.Y)*scale)/mmPerPoint)
	}
	for _, s := range strokes {
		for i, p := range s {
			step := "l"
			if i == 0 {
				step = "m"
			}
			path.WriteString(at(p) + " " + step + " ")
		}
		if len(s) > 0 {
			// A line to its own end: with round ends, a single touch is a dot.
			path.WriteString(at(s[len(s)-1]) + " l ")
		}
	}
	l.add(func(pdf *fpdf.Fpdf) {
		pdf.RawWriteStr("q 0.1 0.1 0.35 RG 1.2 w 1 J 1 j " + path.String() + "S Q")
	})
	return nil
}
