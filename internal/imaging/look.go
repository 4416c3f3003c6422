package imaging

import "time"

// Options say how to look at a picture.
type Options struct {
	// Zone is where the camera's clock is: EXIF times without an offset are read in it. Nil means UTC.
	Zone *time.Location
	// ReadLabel asks for the label to be searched, which takes longer than all the rest where there is none.
	ReadLabel bool
}

// Look is what there is to be said about a picture.
type Look struct {
	// ContentType is image/jpeg or image/png, by the content's first bytes.
	ContentType string
	// Width and Height are in pixels of the original, after it is turned upright.
	Width, Height int

	// Luma is the mean brightness, 0 (black) to 1 (white), by ITU-R BT.601.
	Luma float64
	// Contrast is the standard deviation of the brightness, 0 (one colour) to 0.5 (half black, half white).
	Contrast float64
	// Blur is the metric of Crete et al., "The Blur Effect" (2007), 0 (sharp) to 1 (blurred), see [blur].
	Blur float64

	// TakenAt is EXIF DateTimeOriginal, nil if the picture does not say.
	TakenAt *time.Time
	// Place is where the picture was taken by EXIF, nil if the picture does not say.
	Place *Place
	// Label is the bar code that was read, nil if there is none or none was asked for.
	Label *Label

	// Hash finds candidates for [Likeness]: those within [NearBits] of each other.
	Hash uint64
	// Small is a grey picture of 64x64 bytes, whatever the shape of the original, to compare with [Likeness].
	Small []byte

	// View and Thumb are the picture upright, without metadata, with a long edge of at most 1600 and 320 pixels. The
	// same content always gives the same bytes.
	View, Thumb Picture
}

// Picture is a JPEG and its size in pixels.
type Picture struct {
	Content       []byte
	Width, Height int
}

// Place is a position in degrees (WGS 84), north and east positive.
type Place struct{ Latitude, Longitude float64 }

// Label is a bar code that was read from a picture.
type Label struct {
	// Format is "qr_code", "data_matrix" or "code_128".
	Format string
	// Text is what the code says.
	Text string
	// Sure is 1 if two readings from differently reduced pictures agree. A single reading counts 0.9 for a QR code or a
	// Data Matrix, whose errors are corrected, and 0.6 for Code 128, which has but one check digit.
	Sure float64
}

// Unreadable is the error for content that is not a picture we take.
type Unreadable struct {
	// Say is a sentence for people that says what is wrong.
	Say string
}

// Error returns the sentence.
func (u Unreadable) Error() string { return u.Say }
