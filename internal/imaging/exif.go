package imaging

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/bep/imagemeta"
)

// exif is what we want to know of a picture's metadata.
type exif struct {
	orientation int // 1 to 8; 0 if it is not said
	takenAt     *time.Time
	place       *Place
}

// readEXIF reads what it can: a picture with broken metadata is a picture all the same.
func readEXIF(content []byte, contentType string, zone *time.Location) (e exif) {
	defer func() {
		if r := recover(); r != nil {
			e = exif{}
		}
	}()
	format := imagemeta.JPEG
	if contentType == contentPNG {
		format = imagemeta.PNG
	}
	tags := map[string]any{}
	// What was read before an error counts.
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(content), ImageFormat: format, Sources: imagemeta.EXIF,
		ShouldHandleTag: wanted,
		HandleTag:       func(t imagemeta.TagInfo) error { tags[t.Tag] = t.Value; return nil },
	})
	e.orientation = orientation(tags["Orientation"])
	e.takenAt = takenAt(tags["DateTimeOriginal"], tags["OffsetTimeOriginal"], zone)
	e.place = place(tags)
	return e
}

// wanted leaves out the tags of the embedded thumbnail, IFD1, which has an orientation of its own.
func wanted(t imagemeta.TagInfo) bool {
	if !strings.HasPrefix(t.Namespace, "IFD0") {
		return false
	}
	switch t.Tag {
	case "Orientation", "DateTimeOriginal", "OffsetTimeOriginal", "GPSLatitude", "GPSLatitudeRef", "GPSLongitude", "GPSLongitudeRef":
		return true
	}
	return false
}

// orientation returns 1 to 8, or 0 for anything else.
func orientation(value any) int {
	n := 0
	switch v := value.(type) {
	case uint16:
		n = int(v)
	case uint32:
		n = int(min(v, 9))
	case uint8:
		n = int(v)
	}
	if n > 8 {
		return 0
	}
	return n
}

// takenAt reads a time as EXIF writes it. Cameras without a clock write zeros, which is no time.
func takenAt(local, offset any, zone *time.Location) *time.Time {
	text, _ := local.(string)
	text = strings.Trim(text, " \x00")
	if o, ok := offset.(string); ok {
		if t, err := time.Parse("2006:01:02 15:04:05-07:00", text+strings.Trim(o, " \x00")); err == nil {
			return &t
		}
	}
	if zone == nil {
		zone = time.UTC
	}
	if t, err := time.ParseInLocation("2006:01:02 15:04:05", text, zone); err == nil {
		return &t
	}
	return nil
}

// place reads where the picture was taken. Zero and zero, in the Atlantic, is what phones write that do not know.
func place(tags map[string]any) *Place {
	latitude, north := degrees(tags["GPSLatitude"], tags["GPSLatitudeRef"], "S", 90)
	longitude, east := degrees(tags["GPSLongitude"], tags["GPSLongitudeRef"], "W", 180)
	if !north || !east || latitude == 0 && longitude == 0 {
		return nil
	}
	return &Place{Latitude: latitude, Longitude: longitude}
}

// degrees reads an angle, negative if its reference is minus, and tells whether it is one.
func degrees(value, reference any, minus string, most float64) (float64, bool) {
	var angle float64
	switch v := value.(type) {
	case float64:
		angle = v
	case string:
		var err error
		if angle, err = strconv.ParseFloat(v, 64); err != nil {
			return 0, false
		}
	default:
		return 0, false
	}
	if r, ok := reference.(string); ok && strings.HasPrefix(r, minus) {
		angle = -angle
	}
	return angle, !math.IsNaN(angle) && math.Abs(angle) <= most
}
