package imaging

import (
	"context"
	"fmt"
	"image"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// labelEdges are the long edges in pixels of the pictures that labels are searched in: the second finds most, the first
// those that noise hides, the third those that are small.
var labelEdges = [...]int{800, viewEdge, 2400}

// finePlane returns the luma that labels are read from.
func finePlane(img image.Image, work plane) plane {
	edge := labelEdges[len(labelEdges)-1]
	if max(img.Bounds().Dx(), img.Bounds().Dy()) <= max(work.w, work.h) {
		return work
	}
	return reduce(img, edge).y
}

// readLabel searches a picture for a bar code, whichever way up it is.
func readLabel(ctx context.Context, fine plane) (*Label, error) {
	var found *Label
	before := plane{}
	for _, edge := range labelEdges {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("reading a label: %w", err)
		}
		p := fine.within(edge)
		if p.w == before.w && p.h == before.h {
			continue
		}
		before = p
		l := scan(p)
		switch {
		case l == nil:
		case found == nil:
			found = l
		case *found == *l:
			found.Sure = 1
			return found, nil
		}
	}
	return found, nil
}

// scan searches a picture of one size.
func scan(p plane) *Label {
	try := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	for _, r := range []struct {
		reader gozxing.Reader
		sure   float64
		linear bool
	}{
		{qrcode.NewQRCodeReader(), 0.9, false},
		{oned.NewCode128Reader(), 0.6, true},
		{datamatrix.NewDataMatrixReader(), 0.9, false},
	} {
		if l := read(r.reader, p, try, r.sure); l != nil {
			return l
		}
		if r.linear {
			if l := read(r.reader, p.turn(6), try, r.sure); l != nil {
				return l
			}
		}
	}
	return nil
}

// read reads with one reader. What goes wrong in it, panics too, means that there is nothing to read.
func read(r gozxing.Reader, p plane, hints map[gozxing.DecodeHintType]any, sure float64) (l *Label) {
	defer func() {
		if recover() != nil {
			l = nil
		}
	}()
	source, err := gozxing.NewPlanarYUVLuminanceSource(p.pix, p.w, p.h, 0, 0, p.w, p.h, false)
	if err != nil {
		return nil
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return nil
	}
	result, err := r.Decode(bitmap, hints)
	if err != nil || result.GetText() == "" {
		return nil
	}
	return &Label{Format: strings.ToLower(result.GetBarcodeFormat().String()), Text: result.GetText(), Sure: sure}
}
