package imaging

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func refused(t *testing.T, content []byte, say string) {
	t.Helper()
	_, err := NewInspector().Inspect(t.Context(), content, Options{ReadLabel: true})
	var u Unreadable
	require.ErrorAs(t, err, &u)
	require.Contains(t, u.Say, say)
}

func TestWhatIsNoPicture(t *testing.T) {
	t.Parallel()
	svg := `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for say, content := range map[string]string{
		"empty":                 "",
		"SVG":                   svg,
		"GIF":                   "GIF89a\x01\x00\x01\x00",
		"ZIP":                   "PK\x03\x04aaaa",
		"HEIC":                  "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
		"WebP":                  "RIFF\x10\x00\x00\x00WEBPVP8 ",
		"PDF":                   "%PDF-1.7",
		"not a JPEG or PNG":     "hello",
		"is cut off":            "\xff\xd8\xff",
		"is cut off. Send it a": "\x89PNG\r\n\x1a\n",
		"is damaged":            "\xff\xd8\xff\xd9",
		"larger than 20 MiB":    "\xff\xd8\xff" + strings.Repeat("x", MaxBytes),
	} {
		refused(t, []byte(content), say)
	}
}

// pngOf writes the header of a PNG with any size, and a chunk of data.
func pngOf(w, h uint32, depth, colour, interlace byte, data []byte) []byte {
	out := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
		body := append([]byte(kind), data...)
		out = binary.BigEndian.AppendUint32(append(out, body...), crc32.ChecksumIEEE(body))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, depth, colour, 0, 0, interlace))
	chunk("IDAT", data)
	chunk("IEND", nil)
	return out
}

func TestBombs(t *testing.T) {
	t.Parallel()
	refused(t, pngOf(50_000, 50_000, 8, 2, 0, nil), "more than 64 megapixels")
	refused(t, pngOf(8001, 8001, 8, 2, 0, nil), "more than 64 megapixels")
	refused(t, pngOf(7000, 7000, 16, 6, 0, nil), "too much memory")
	refused(t, pngOf(7900, 7900, 8, 6, 1, nil), "too much memory")

	jpg := asJPEG(quarters(64, 64), 80)
	at := bytes.Index(jpg, []byte{0xff, 0xc0})
	big := bytes.Clone(jpg)
	binary.BigEndian.PutUint16(big[at+5:], 60_000)
	binary.BigEndian.PutUint16(big[at+7:], 60_000)
	refused(t, big, "more than 64 megapixels")
	binary.BigEndian.PutUint16(big[at+5:], 8000)
	binary.BigEndian.PutUint16(big[at+7:], 8000)
	big[at+1] = 0xc2 // progressive: all coefficients are kept
	refused(t, big, "progressive")
	scans := bytes.Index(jpg, []byte{0xff, 0xda})
	many := bytes.Clone(jpg[:len(jpg)-2])
	for range maxScans {
		many = append(many, jpg[scans:len(jpg)-2]...)
	}
	refused(t, append(many, 0xff, 0xd9), "too many passes")
}

// A picture of the permitted size must not take more than was reserved for it, whatever becomes of it.
func TestDecodingTakesNoMoreThanItsCost(t *testing.T) { //nolint:paralleltest // it measures the memory of all
	plain := image.NewPaletted(image.Rect(0, 0, 3000, 3000), color.Palette{color.White, color.Black})
	for name, content := range map[string][]byte{
		"grey JPEG":     asJPEG(image.NewGray(image.Rect(0, 0, 3000, 3000)), 80),
		"colour JPEG":   asJPEG(uniform(3000, 3000, 90), 80),
		"RGB PNG":       asPNG(uniform(3000, 3000, 90)),
		"alpha PNG":     asPNG(image.NewNRGBA(image.Rect(0, 0, 3000, 3000))),
		"16 bit PNG":    asPNG(image.NewNRGBA64(image.Rect(0, 0, 3000, 3000))),
		"palette PNG":   asPNG(plain),
		"PNG cut short": pngOf(7900, 7900, 8, 6, 0, []byte("\x78\x9c\x03\x00\x00\x00\x00\x01")),
	} {
		h, err := readHeader(content)
		require.NoError(t, err, name)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = decode(t.Context(), content, h.contentType)
		runtime.ReadMemStats(&after)
		took := int64(after.TotalAlloc - before.TotalAlloc)
		require.Less(t, took, h.cost+2_000_000, name)
		t.Logf("%s: %d of %d bytes", name, took, h.cost)
	}
}

func TestWhatIsCutOff(t *testing.T) {
	t.Parallel()
	img := scene("form", 1)
	for _, content := range [][]byte{asJPEG(img, 80), asPNG(img)} {
		for _, part := range []float64{0.0005, 0.005, 0.05, 0.3, 0.6, 0.9, 0.999} {
			refused(t, content[:int(part*float64(len(content)))+8], "is cut off")
		}
		refused(t, content[:len(content)-20], "is cut off")
	}
	progressive, err := os.ReadFile(goPicture("video-001.progressive.jpeg"))
	require.NoError(t, err)
	refused(t, progressive[:len(progressive)*2/3], "is cut off")
	damaged := asPNG(img)
	damaged[len(damaged)/2] ^= 0x55
	refused(t, damaged, "damaged")
}

func TestTheContentTypeIsTheContents(t *testing.T) {
	t.Parallel()
	require.Equal(t, "image/png", inspect(t, asPNG(quarters(8, 8)), Options{}).ContentType)
	require.Equal(t, "image/jpeg", inspect(t, asJPEG(quarters(8, 8), 80), Options{}).ContentType)
	_, err := jpeg.DecodeConfig(bytes.NewReader(inspect(t, asPNG(quarters(8, 8)), Options{}).View.Content))
	require.NoError(t, err)
}
