package imaging

import (
	"context"
	"image"
	"math"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"
)

// codeOn puts a bar code of so many pixels across on a scene, turned by degrees.
func codeOn(t *testing.T, img *image.RGBA, w gozxing.Writer, format gozxing.BarcodeFormat, text string, across, high int, degrees float64) *image.RGBA {
	t.Helper()
	matrix, err := w.Encode(text, format, across, high, nil)
	require.NoError(t, err)
	code := uniform(matrix.GetWidth()+40, matrix.GetHeight()+40, 245) // with a margin of its own
	for y := range matrix.GetHeight() {
		for x := range matrix.GetWidth() {
			if matrix.Get(x, y) {
				copy(code.Pix[code.PixOffset(x+20, y+20):], []byte{20, 20, 20, 255})
			}
		}
	}
	out := each(img, func(v float64) float64 { return v })
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cx, cy := float64(code.Rect.Dx())/2, float64(code.Rect.Dy())/2
	mx, my := float64(img.Rect.Dx())/2, float64(img.Rect.Dy())/2
	draw.BiLinear.Transform(out, f64.Aff3{cos, -sin, mx - cos*cx + sin*cy, sin, cos, my - sin*cx - cos*cy}, code, code.Rect, draw.Over, nil)
	return noisy(gaussian(out, 0.6), 3, 9)
}

func TestLabelsAreRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		writer       gozxing.Writer
		format       gozxing.BarcodeFormat
		want, text   string
		across, high int
		degrees      float64
		scale        float64
	}{
		"QR":              {qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "qr_code", "SP-12/7", 200, 200, 0, 1},
		"QR turned":       {qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "qr_code", "SP-12/7", 200, 200, 33, 1},
		"QR on its head":  {qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "qr_code", "SP-12/7", 200, 200, 180, 1},
		"QR small":        {qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "qr_code", "SP-12/7", 90, 90, 7, 1},
		"QR small of 7MP": {qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "qr_code", "ONT-7 LAN1", 160, 160, 5, 3.8},
		"Code 128":        {oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "code_128", "ONT-7-4711", 400, 90, 0, 1},
		"Code 128 tilted": {oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "code_128", "ONT-7-4711", 400, 90, 6, 1},
		"Code 128 on end": {oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, "code_128", "ONT-7-4711", 400, 90, 90, 1},
		"Data Matrix":     {datamatrix.NewDataMatrixWriter(), gozxing.BarcodeFormat_DATA_MATRIX, "data_matrix", "SP-12/7", 160, 160, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := sceneOf("splitter box", 4, int(sceneWidth*c.scale), int(sceneHeight*c.scale))
			l := inspect(t, asJPEG(codeOn(t, img, c.writer, c.format, c.text, c.across, c.high, c.degrees), 88), Options{ReadLabel: true}).Label
			require.NotNil(t, l)
			require.Equal(t, []string{c.want, c.text}, []string{l.Format, l.Text})
			require.GreaterOrEqual(t, l.Sure, 0.6)
			t.Log(l.Sure)
		})
	}
}

func TestNoLabelIsReadWhereThereIsNone(t *testing.T) {
	t.Parallel()
	for _, family := range familyNames {
		require.Nil(t, inspect(t, asJPEG(scene(family, 6), 88), Options{ReadLabel: true}).Label, family)
	}
	img := codeOn(t, scene("terminal", 1), qrcode.NewQRCodeWriter(), gozxing.BarcodeFormat_QR_CODE, "SP-12/7", 200, 200, 0)
	require.Nil(t, inspect(t, asJPEG(img, 88), Options{}).Label, "nobody asked")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := readLabel(ctx, newPlane(10, 10))
	require.ErrorIs(t, err, context.Canceled)
}
