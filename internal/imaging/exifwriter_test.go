package imaging

import (
	"bytes"
	"encoding/binary"
	"math"
)

// tag is an EXIF tag: a string, a uint16, a uint32 (where another directory begins) or an angle in degrees.
type tag struct {
	id    uint16
	value any
}

// tiff writes directories: the first, and those that it refers to by their position in ifds.
func tiff(order binary.ByteOrder, ifds ...[]tag) []byte {
	out := []byte("MM\x00\x2a\x00\x00\x00\x08")
	if order == binary.LittleEndian {
		out = []byte("II\x2a\x00\x08\x00\x00\x00")
	}
	var begins []uint32
	at := uint32(len(out))
	for _, tags := range ifds {
		begins = append(begins, at)
		at += uint32(2+12*len(tags)+4) + uint32(len(values(order, tags)))
	}
	for i, tags := range ifds {
		out = binary.BigEndian.AppendUint16(out, 0)
		order.PutUint16(out[len(out)-2:], uint16(len(tags)))
		far := begins[i] + uint32(2+12*len(tags)+4)
		for _, t := range tags {
			entry := make([]byte, 12)
			order.PutUint16(entry, t.id)
			if n, ok := t.value.(uint32); ok {
				order.PutUint16(entry[2:], 4)
				order.PutUint32(entry[4:], 1)
				order.PutUint32(entry[8:], begins[n])
				out = append(out, entry...)
				continue
			}
			kind, count, data := encodeTag(order, t.value)
			order.PutUint16(entry[2:], kind)
			order.PutUint32(entry[4:], count)
			if len(data) <= 4 {
				copy(entry[8:], data)
			} else {
				order.PutUint32(entry[8:], far)
				far += uint32(len(data))
			}
			out = append(out, entry...)
		}
		out = append(append(out, 0, 0, 0, 0), values(order, tags)...)
	}
	return out
}

func values(order binary.ByteOrder, tags []tag) []byte {
	var out []byte
	for _, t := range tags {
		if _, data := kindless(order, t.value); len(data) > 4 {
			out = append(out, data...)
		}
	}
	return out
}

func kindless(order binary.ByteOrder, value any) (uint32, []byte) {
	if _, ok := value.(uint32); ok {
		return 1, nil
	}
	_, count, data := encodeTag(order, value)
	return count, data
}

func encodeTag(order binary.ByteOrder, value any) (kind uint16, count uint32, data []byte) {
	switch v := value.(type) {
	case uint16:
		data = make([]byte, 2)
		order.PutUint16(data, v)
		return 3, 1, data
	case string:
		return 2, uint32(len(v) + 1), append([]byte(v), 0)
	case float64:
		degrees, rest := math.Modf(v)
		minutes, rest := math.Modf(rest * 60)
		data = make([]byte, 24)
		for i, part := range []uint32{uint32(degrees), 1, uint32(minutes), 1, uint32(math.Round(rest * 60 * 10000)), 10000} {
			order.PutUint32(data[4*i:], part)
		}
		return 5, 3, data
	}
	panic("no such tag")
}

// withEXIF puts an APP1 segment right behind the start of a JPEG.
func withEXIF(content, tiff []byte) []byte {
	segment := append([]byte("Exif\x00\x00"), tiff...)
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(len(segment)+2))
	return bytes.Join([][]byte{head, segment, content[2:]}, nil)
}
