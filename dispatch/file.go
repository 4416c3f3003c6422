package dispatch

import "slices"

// FileClass is a class of stored files that are kept for the same time.
type FileClass string

// The classes of files.
const (
	FilePhoto     FileClass = "photo"
	FileSignature FileClass = "signature"
	FileDocument  FileClass = "document"
)

// Variant is a picture made from a photo for people to look at: upright, smaller, and
// without what the camera wrote beside it.
type Variant struct {
	Name   string `json:"name"` // view, thumb
	SHA256 string `json:"sha256"`
	Key    string `json:"key"` // in the file store
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width"`  // pixels
	Height int    `json:"height"` // pixels
}

// Variants are all that were made from one photo.
type Variants []Variant

// Find returns the variant of that name, and false if there is none.
func (v Variants) Find(name string) (Variant, bool) {
	i := slices.IndexFunc(v, func(v Variant) bool { return v.Name == name })
	if i < 0 {
		return Variant{}, false
	}
	return v[i], true
}

// The variants: one to look at, one for a list.
const (
	VariantView  = "view"
	VariantThumb = "thumb"
)

// FileClasses lists the classes.
var FileClasses = []FileClass{FilePhoto, FileSignature, FileDocument}

// SignatureFile is what the file store keeps of a signature (VI-12): who signed which text,
// and the strokes with their times or the picture. Names stand here, outside the job's process.
type SignatureFile struct {
	Signer  string          `json:"signer"` // customer or representative
	Name    string          `json:"name,omitempty"`
	Consent string          `json:"consent,omitempty"` // version of the text
	Place   *Place          `json:"place,omitempty"`
	Strokes [][]StrokePoint `json:"strokes,omitempty"`
	Image   []byte          `json:"image,omitempty"` // JPEG or PNG
}

// StrokePoint is a point of a stroke: where the pen was, y downwards in any unit, and when,
// in milliseconds since it first touched.
type StrokePoint struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	T int     `json:"t"`
}
