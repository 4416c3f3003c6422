package imaging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/sync/semaphore"
)

// budget is the memory in bytes for pictures that are being decoded: one of 64 megapixels as RGBA, five of 12 megapixels
// with full colour, or more that are usual.
const budget = 256_000_000

// fixedCost is the memory in bytes that looking takes besides decoding: the reduced planes and what is made of them.
const fixedCost = 16_000_000

// Inspector looks at pictures, at so many at once as fit into its memory. It is safe for concurrent use.
type Inspector struct{ memory *semaphore.Weighted }

// NewInspector returns an Inspector that takes some 256 MB at most for pictures being decoded, however many are waiting.
func NewInspector() *Inspector { return &Inspector{memory: semaphore.NewWeighted(budget)} }

// Inspect looks at a picture. It fails with [Unreadable] for content that is not a whole JPEG or PNG picture of at most
// [MaxBytes] and [MaxPixels], and with the context's error when that ends while waiting or decoding.
// Metadata that cannot be read are as good as none.
func (in *Inspector) Inspect(ctx context.Context, content []byte, o Options) (Look, error) {
	h, err := readHeader(content)
	if err != nil {
		return Look{}, err
	}
	cost := min(h.cost+fixedCost, budget)
	if err := in.memory.Acquire(ctx, cost); err != nil {
		return Look{}, fmt.Errorf("waiting to look at a picture: %w", err)
	}
	defer in.memory.Release(cost)

	e := readEXIF(content, h.contentType, o.Zone)
	work, fine, err := reduceContent(ctx, content, h, o.ReadLabel)
	if err != nil {
		return Look{}, err
	}
	work = work.turn(e.orientation)
	l := Look{ContentType: h.contentType, Width: h.width, Height: h.height, TakenAt: e.takenAt, Place: e.place}
	if e.orientation >= 5 {
		l.Width, l.Height = l.Height, l.Width
	}
	l.Luma, l.Contrast = brightness(work.y)
	l.Blur = blur(work.y)
	l.Hash = hash(work.y)
	l.Small = work.y.scale(smallEdge, smallEdge).pix
	if l.View, err = work.encode(viewEdge, viewQuality); err != nil {
		return Look{}, err
	}
	if l.Thumb, err = work.encode(thumbEdge, thumbQuality); err != nil {
		return Look{}, err
	}
	if o.ReadLabel {
		l.Label, err = readLabel(ctx, fine)
	}
	return l, err
}

// reduceContent decodes a picture and reduces it, so that the whole can be thrown away at once. The fine plane is what
// labels are read from; they need no turning.
func reduceContent(ctx context.Context, content []byte, h header, label bool) (work planes, fine plane, err error) {
	img, err := decode(ctx, content, h.contentType)
	if err != nil {
		return planes{}, plane{}, err
	}
	work = reduce(img, viewEdge)
	if label {
		fine = finePlane(img, work.y)
	}
	return work, fine, nil
}

// decode decodes a picture. A panic of a decoder, which none is known of, says the same as its error.
func decode(ctx context.Context, content []byte, contentType string) (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, Unreadable{"The picture is damaged."}
		}
	}()
	r := &patientReader{ctx: ctx, r: bytes.NewReader(content)}
	if contentType == contentPNG {
		img, err = png.Decode(r)
	} else {
		img, err = jpeg.Decode(r)
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("looking at a picture: %w", ctx.Err())
	case err != nil:
		return nil, unreadable(err)
	}
	return img, nil
}

// unreadable puts a decoder's error into a sentence.
func unreadable(err error) error {
	var already Unreadable
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return Unreadable{"The picture is cut off. Send it again."}
	}
	var notJPEG jpeg.UnsupportedError
	var notPNG png.UnsupportedError
	if errors.As(err, &notJPEG) || errors.As(err, &notPNG) {
		return Unreadable{"The picture is of a kind that cannot be read. Save it as an ordinary JPEG."}
	}
	return Unreadable{"The picture is damaged. Send it again or take a new one."}
}

// patientReader ends the reading when its context ends, which the decoders do not know of.
type patientReader struct {
	ctx context.Context //nolint:containedctx // a reader has no other way to learn of it
	r   io.Reader
}

// Read reads, or returns the context's error.
func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}
