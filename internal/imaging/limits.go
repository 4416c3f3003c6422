package imaging

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
)

// What is taken at all. The largest phone cameras in use save 50 megapixels and less than 20 MiB.
const (
	// MaxBytes is the size of a file.
	MaxBytes = 20 << 20
	// MaxPixels is the number of pixels of a picture.
	MaxPixels = 64_000_000

	contentJPEG = "image/jpeg"
	contentPNG  = "image/png"
)

// header is what is known of a picture before it is decoded.
type header struct {
	contentType   string
	width, height int
	// cost is the memory in bytes that decoding takes.
	cost int64
}

// readHeader checks everything that can be checked without decoding.
func readHeader(content []byte) (header, error) {
	if len(content) == 0 {
		return header{}, Unreadable{"The file is empty."}
	}
	if len(content) > MaxBytes {
		return header{}, Unreadable{fmt.Sprintf("The file is larger than %d MiB.", MaxBytes>>20)}
	}
	h := header{contentType: sniff(content)}
	var config image.Config
	var err error
	switch h.contentType {
	case contentJPEG:
		config, err = jpeg.DecodeConfig(bytes.NewReader(content))
	case contentPNG:
		config, err = png.DecodeConfig(bytes.NewReader(content))
	default:
		return header{}, Unreadable{refusal(content)}
	}
	if err != nil {
		return header{}, unreadable(err)
	}
	h.width, h.height = config.Width, config.Height
	if h.width <= 0 || h.height <= 0 {
		return header{}, Unreadable{"The picture has no pixels."}
	}
	pixels := int64(h.width) * int64(h.height)
	if pixels > MaxPixels {
		return header{}, Unreadable{fmt.Sprintf("The picture has more than %d megapixels.", MaxPixels/1_000_000)}
	}
	var perPixel float64
	if h.contentType == contentJPEG {
		perPixel, err = jpegCost(content)
	} else {
		perPixel, err = pngCost(content, config)
	}
	if err != nil {
		return header{}, unreadable(err)
	}
	h.cost = int64(float64(pixels) * perPixel)
	if h.cost > budget {
		return header{}, Unreadable{"The picture is saved in a way that takes too much memory. Save it as an ordinary JPEG, not a progressive one, or make it smaller."}
	}
	return h, nil
}

// sniff returns the content type by the first bytes, or "" for what we do not take.
func sniff(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return contentJPEG
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return contentPNG
	}
	return ""
}

// refusal says what to do with a file that is neither JPEG nor PNG.
func refusal(content []byte) string {
	head := strings.ToLower(string(content[:min(len(content), 1024)]))
	switch {
	case len(head) >= 12 && head[4:8] == "ftyp":
		return "This is a HEIC picture or a video. Set the camera to JPEG (\"most compatible\") and take the picture again."
	case strings.HasPrefix(head, "gif8"):
		return "This is a GIF picture. Send a JPEG or PNG picture."
	case strings.HasPrefix(head, "riff") && strings.Contains(head[:min(len(head), 16)], "webp"):
		return "This is a WebP picture. Send a JPEG or PNG picture."
	case strings.HasPrefix(head, "pk\x03\x04"):
		return "This is a ZIP file. Unpack it and send the pictures one by one."
	case strings.HasPrefix(head, "%pdf"):
		return "This is a PDF document. Take a photo and send it as JPEG or PNG."
	case strings.Contains(head, "<svg"):
		return "This is an SVG drawing. Send a photo as JPEG or PNG."
	}
	return "This is not a JPEG or PNG picture."
}

// pngCost returns the bytes that image/png takes for each pixel of a picture. It fails for a picture without an end.
func pngCost(content []byte, config image.Config) (float64, error) {
	if !bytes.Contains(content, []byte("IEND")) {
		return 0, io.ErrUnexpectedEOF
	}
	cost := 4.0
	switch config.ColorModel {
	case color.GrayModel:
		cost = 1
	case color.Gray16Model:
		cost = 2
	case color.RGBA64Model, color.NRGBA64Model:
		cost = 8
	default:
		if _, ok := config.ColorModel.(color.Palette); ok {
			cost = 1
		}
	}
	// A tRNS chunk turns grey into RGB with alpha; it stands behind the header that was read.
	if bytes.Contains(content[:min(len(content), 1<<16)], []byte("tRNS")) {
		cost *= 4
	}
	const interlace = 28 // the last byte of IHDR
	if len(content) > interlace && content[interlace] != 0 {
		cost *= 1.5 // the last pass is a picture of half the pixels
	}
	return cost, nil
}

// maxScans is how many scans a JPEG may have. Each goes over the whole picture, so that a small file of very many scans
// takes hours; programs that save progressively write about ten.
const maxScans = 64

// jpegCost returns the bytes that image/jpeg takes for each pixel: those of its planes and, for progressive pictures, four
// for every coefficient. It fails for a picture without an end, of which image/jpeg shows what there is if it is progressive.
func jpegCost(content []byte) (float64, error) {
	cost, scans := 0.0, 0
	adobe := bytes.Contains(content[:min(len(content), 1<<16)], []byte("Adobe"))
	for at := 2; at+2 <= len(content); {
		if content[at] != 0xff {
			at++ // entropy-coded data
			continue
		}
		marker := content[at+1]
		switch {
		case marker == 0xff:
			at++
			continue
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8:
			at += 2
			continue
		case marker == 0xd9:
			return cost, nil
		case marker == 0xda:
			if scans++; scans > maxScans {
				return 0, Unreadable{"The picture is saved in too many passes. Save it as an ordinary JPEG."}
			}
		}
		if at+4 > len(content) {
			break
		}
		length := max(2, int(binary.BigEndian.Uint16(content[at+2:])))
		if marker >= 0xc0 && marker <= 0xc2 && at+2+length <= len(content) {
			cost = max(cost, frameCost(content[at+4:at+2+length], marker == 0xc2, adobe))
		}
		at += 2 + length
	}
	return 0, io.ErrUnexpectedEOF
}

// frameCost returns the bytes for each pixel by a start-of-frame segment: how often each component is sampled, relative
// to the most sampled one. Programs of Adobe may save RGB, which is put together from its planes.
func frameCost(frame []byte, progressive, adobe bool) float64 {
	const fixed = 6
	if len(frame) < fixed {
		return 0
	}
	samples, most, components := 0, 1, 0
	for at := fixed; at+3 <= len(frame); at += 3 {
		n := int(frame[at+1]>>4) * int(frame[at+1]&15)
		samples, most, components = samples+n, max(most, n), components+1
	}
	cost := float64(samples) / float64(most)
	coefficients := 0.0
	if progressive {
		coefficients = 4 * cost
	}
	if samples == components*most {
		switch components {
		case 1:
			cost = 1
		case 3:
			if adobe || len(frame) > 12 && frame[6] == 'R' && frame[9] == 'G' && frame[12] == 'B' {
				cost += 4
			}
		}
	}
	if components > 3 {
		cost += 4 // CMYK is put together
	}
	return cost + coefficients
}
