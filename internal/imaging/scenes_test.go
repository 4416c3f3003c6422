package imaging

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The scenes are drawn at this size, lens and all.
const (
	sceneWidth  = 800
	sceneHeight = 600
)

// families draw photos of a kind: the same thing at different customers, each seed another one.
var families = map[string]func(*canvas){
	"room": drawRoom, "splitter box": drawSplitterBox, "terminal": drawTerminal, "cable route": drawCableRoute, "form": drawForm,
}

var familyNames = []string{"room", "splitter box", "terminal", "cable route", "form"}

// scene draws a photo of a family as a camera would take it: through a lens, with a little noise and its own framing.
func scene(family string, seed uint64) *image.RGBA {
	return sceneOf(family, seed, sceneWidth, sceneHeight)
}

func sceneOf(family string, seed uint64, w, h int) *image.RGBA {
	c := newCanvas(seed, w, h)
	c.zoom = 1 + 0.10*(c.r.Float64()-0.5)
	c.dx, c.dy = 0.06*(c.r.Float64()-0.5), 0.06*(c.r.Float64()-0.5)
	families[family](c)
	c.light()
	return noisy(gaussian(c.img, 0.6*float64(w)/sceneWidth), 2, seed)
}

// canvas draws in units of the picture's width, with the origin in the middle, as seen by a camera that is moved a little.
type canvas struct {
	img          *image.RGBA
	r            *rand.Rand
	zoom, dx, dy float64
}

func newCanvas(seed uint64, w, h int) *canvas {
	return &canvas{img: image.NewRGBA(image.Rect(0, 0, w, h)), r: rand.New(rand.NewPCG(seed, 77)), zoom: 1}
}

func (c *canvas) px(x, y float64) (float64, float64) {
	w, h := float64(c.img.Rect.Dx()), float64(c.img.Rect.Dy())
	return ((x+c.dx)*c.zoom + 0.5) * w, (y+c.dy)*c.zoom*w + h/2
}

func (c *canvas) between(a, b float64) float64 { return a + (b-a)*c.r.Float64() }

func (c *canvas) shade(base uint8, spread int) color.RGBA {
	f := func() uint8 { return clamp(float64(int(base) + c.r.IntN(2*spread+1) - spread)) }
	return color.RGBA{f(), f(), f(), 255}
}

func clamp(v float64) uint8 { return uint8(min(max(v, 0), 255)) }

// rect fills a rectangle with a gentle gradient.
func (c *canvas) rect(x0, y0, x1, y1 float64, col color.RGBA, fall float64) {
	ax, ay := c.px(x0, y0)
	bx, by := c.px(x1, y1)
	b := image.Rect(int(ax), int(ay), int(bx), int(by)).Intersect(c.img.Rect)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			f := 1 - fall*(float64(x)-ax)/(bx-ax+1) - fall*(float64(y)-ay)/(by-ay+1)/2
			c.img.SetRGBA(x, y, color.RGBA{clamp(float64(col.R) * f), clamp(float64(col.G) * f), clamp(float64(col.B) * f), 255})
		}
	}
}

func (c *canvas) disc(x, y, radius float64, col color.RGBA) {
	cx, cy := c.px(x, y)
	r := radius * c.zoom * float64(c.img.Rect.Dx())
	for py := int(cy - r); py <= int(cy+r); py++ {
		for qx := int(cx - r); qx <= int(cx+r); qx++ {
			if math.Hypot(float64(qx)-cx, float64(py)-cy) <= r && image.Pt(qx, py).In(c.img.Rect) {
				c.img.SetRGBA(qx, py, col)
			}
		}
	}
}

// cable draws a thick curve, lit from above.
func (c *canvas) cable(x0, y0, x1, y1, x2, y2, x3, y3, thick float64, col color.RGBA) {
	for _, part := range []struct{ width, light float64 }{{1, 0.6}, {0.7, 1}, {0.25, 1.25}} {
		shade := color.RGBA{clamp(float64(col.R) * part.light), clamp(float64(col.G) * part.light), clamp(float64(col.B) * part.light), 255}
		for i := range 301 {
			t := float64(i) / 300
			u := 1 - t
			x := u*u*u*x0 + 3*u*u*t*x1 + 3*u*t*t*x2 + t*t*t*x3
			y := u*u*u*y0 + 3*u*u*t*y1 + 3*u*t*t*y2 + t*t*t*y3
			c.disc(x, y, thick*part.width/2, shade)
		}
	}
}

func (c *canvas) text(x, y, size float64, s string, col color.RGBA) {
	px, py := c.px(x, y)
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(col), Face: basicfont.Face7x13, Dot: fixed.P(int(px), int(py))}
	if points := size * c.zoom * float64(c.img.Rect.Dx()); points > 13 {
		parsed, err := opentype.Parse(goregular.TTF)
		if err != nil {
			panic(err)
		}
		if d.Face, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: points, DPI: 72}); err != nil {
			panic(err)
		}
	}
	d.DrawString(s)
}

// label draws a sticker with two lines of text.
func (c *canvas) label(x, y, w float64, code string) {
	c.rect(x, y, x+w, y+w*0.5, color.RGBA{240, 240, 232, 255}, 0.05)
	c.text(x+w*0.06, y+w*0.2, w*0.16, code, color.RGBA{15, 15, 15, 255})
	c.text(x+w*0.06, y+w*0.42, w*0.16, fmt.Sprintf("%08d", c.r.IntN(1e8)), color.RGBA{15, 15, 15, 255})
}

// light lets the light of a lamp fall on the picture, and gives walls a grain.
func (c *canvas) light() {
	w, h := c.img.Rect.Dx(), c.img.Rect.Dy()
	lx, ly, power := c.between(0.2, 0.8)*float64(w), c.between(0.1, 0.6)*float64(h), c.between(0.25, 0.5)
	for y := range h {
		for x := range w {
			f := 1.05 - power*math.Hypot(float64(x)-lx, float64(y)-ly)/float64(w)
			p := c.img.Pix[c.img.PixOffset(x, y):]
			for i := range 3 {
				p[i] = clamp(float64(p[i]) * f)
			}
		}
	}
}

func drawRoom(c *canvas) {
	wall, floor := c.shade(200, 25), c.shade(120, 35)
	horizon := c.between(0.1, 0.18)
	c.rect(-1, -1, 1, horizon, wall, 0.1)
	c.rect(-1, horizon, 1, 1, floor, 0.2)
	c.rect(-1, horizon-0.015, 1, horizon, c.shade(230, 15), 0)
	x := c.between(-0.35, 0.1)
	c.rect(x, -0.3, x+0.25, 0.0, c.shade(235, 15), 0.05) // window
	c.rect(x+0.01, -0.29, x+0.12, -0.01, c.shade(180, 50), 0.3)
	c.rect(x+0.13, -0.29, x+0.24, -0.01, c.shade(180, 50), 0.3)
	for range 3 + c.r.IntN(3) { // furniture
		x, w, h := c.between(-0.45, 0.35), c.between(0.08, 0.25), c.between(0.08, 0.25)
		c.rect(x, horizon+0.05-h, x+w, horizon+0.08, c.shade(100, 60), 0.2)
		c.rect(x+0.01, horizon+0.06-h, x+w-0.01, horizon+0.02-h/2, c.shade(130, 60), 0.1)
		c.disc(x+w/2, horizon+0.03-h/2, 0.008, c.shade(40, 20))
	}
	for i := range 12 { // floor boards
		y := horizon + 0.02*float64(i)*(1+float64(i)/6)
		c.rect(-1, y, 1, y+0.002, c.shade(70, 20), 0)
	}
}

func drawSplitterBox(c *canvas) {
	c.rect(-1, -1, 1, 1, c.shade(185, 15), 0.1)
	c.rect(-0.36, -0.27, 0.36, 0.27, color.RGBA{215, 215, 210, 255}, 0.08) // the box
	c.rect(-0.34, -0.25, 0.34, 0.25, color.RGBA{60, 62, 66, 255}, 0.1)
	for row := range 2 {
		for port := range 8 {
			x, y := -0.29+0.075*float64(port), -0.17+0.12*float64(row)
			c.rect(x, y, x+0.05, y+0.05, color.RGBA{40, 130, 70, 255}, 0.2)
			c.rect(x+0.012, y+0.012, x+0.038, y+0.038, color.RGBA{20, 20, 20, 255}, 0)
			if c.r.IntN(2) == 0 {
				end := c.between(-0.3, 0.3)
				c.cable(x+0.025, y+0.025, x+c.between(-0.05, 0.1), y+0.2, end, 0.1, end, 0.3, 0.012,
					[]color.RGBA{{235, 200, 40, 255}, {230, 230, 230, 255}, {70, 150, 220, 255}}[c.r.IntN(3)])
			}
		}
	}
	c.label(c.between(-0.3, 0.1), c.between(0.08, 0.14), c.between(0.13, 0.2), fmt.Sprintf("SP-%d/%d", c.r.IntN(99), c.r.IntN(16)))
	c.label(c.between(-0.2, 0.2), -0.245, 0.1, fmt.Sprintf("ODN %d", c.r.IntN(9999)))
}

func drawTerminal(c *canvas) {
	c.rect(-1, -1, 1, 1, c.shade(190, 30), 0.1)
	c.rect(-1, 0.12, 1, 1, c.shade(110, 40), 0.2)
	x, w := c.between(-0.3, -0.1), c.between(0.3, 0.42)
	c.rect(x, -0.06, x+w, 0.14, c.shade(230, 20), 0.15)
	for i := range 6 {
		lit := color.RGBA{60, 70, 60, 255}
		if c.r.IntN(3) > 0 {
			lit = color.RGBA{60, 255, 90, 255}
		}
		c.disc(x+0.03+0.03*float64(i), 0.1, 0.006, lit)
	}
	c.label(x+c.between(0.02, w-0.14), c.between(-0.04, 0), 0.12, fmt.Sprintf("ONT-%d", c.r.IntN(99)))
	for range 2 + c.r.IntN(2) {
		from := x + c.between(0.02, w-0.02)
		c.cable(from, 0.14, from, 0.3, c.between(-0.4, 0.4), 0.2, c.between(-0.6, 0.6), 0.4, 0.014, c.shade(120, 110))
	}
}

func drawCableRoute(c *canvas) {
	c.rect(-1, -1, 1, 1, c.shade(205, 20), 0.15)
	x, y := c.between(-0.3, 0.3), c.between(-0.2, 0.05)
	c.rect(x, -1, x+0.03, y, c.shade(235, 10), 0.1) // trunking
	c.rect(x, y, 1, y+0.03, c.shade(235, 10), 0.1)
	c.rect(-1, 0.25, 1, 0.29, c.shade(225, 15), 0)
	c.rect(-1, 0.29, 1, 1, c.shade(110, 40), 0.2)
	for range 1 + c.r.IntN(3) { // sockets
		sx, sy := c.between(-0.4, 0.35), c.between(0.05, 0.18)
		c.rect(sx, sy, sx+0.07, sy+0.07, c.shade(240, 10), 0.1)
		c.disc(sx+0.035, sy+0.035, 0.025, c.shade(200, 10))
		c.disc(sx+0.025, sy+0.035, 0.004, c.shade(30, 10))
		c.disc(sx+0.045, sy+0.035, 0.004, c.shade(30, 10))
	}
	for range 2 {
		c.cable(c.between(-0.5, 0.5), -0.4, c.between(-0.3, 0.3), -0.1, c.between(-0.3, 0.3), 0.1, c.between(-0.5, 0.5), 0.25, 0.01, c.shade(70, 60))
	}
}

func drawForm(c *canvas) {
	c.rect(-1, -1, 1, 1, c.shade(100, 40), 0.2)
	c.rect(-0.27, -0.36, 0.27, 0.36, color.RGBA{245, 244, 240, 255}, 0.08)
	c.text(-0.23, -0.3, 0.03, "Acceptance form", color.RGBA{10, 10, 10, 255})
	ink := color.RGBA{25, 25, 90, 255}
	for i, field := range []string{"Customer", "Address", "Product", "Terminal", "Power dBm", "Speed", "Date"} {
		y := -0.24 + 0.06*float64(i)
		c.text(-0.23, y, 0.02, field, color.RGBA{10, 10, 10, 255})
		c.rect(-0.08, y+0.006, 0.23, y+0.008, color.RGBA{60, 60, 60, 255}, 0)
		word := make([]byte, 6+c.r.IntN(10))
		for k := range word {
			word[k] = "abcdefghijklmnop 123456789"[c.r.IntN(26)]
		}
		c.text(-0.07+c.between(0, 0.03), y, 0.022, string(word), ink)
	}
	for range 4 { // a signature
		c.cable(c.between(-0.2, 0), c.between(0.22, 0.3), c.between(-0.2, 0.2), c.between(0.2, 0.32), c.between(-0.2, 0.2), c.between(0.2, 0.32),
			c.between(0, 0.2), c.between(0.22, 0.3), 0.004, ink)
	}
}
