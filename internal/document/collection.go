package document

import (
	"encoding/binary"
	"errors"
	"slices"
)

// The tables of an OpenType font that drawing needs (OpenType 1.9, "Font tables"). The others, such as glyph variations
// and layout rules, are left behind.
var neededTables = []string{"OS/2", "cmap", "cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "prep"}

var errNoTrueType = errors.New("the font has no TrueType outlines")

// soleFace returns the first face of a TrueType font or collection as a plain TrueType font. The PDF writer takes nothing
// else, and Debian's Chinese fonts come as collections. A font with other outlines (CFF) is refused.
func soleFace(font []byte) ([]byte, error) {
	tables, err := tablesOf(font)
	if err != nil {
		return nil, err
	}
	for _, must := range []string{"glyf", "loca", "cmap", "hmtx", "head"} {
		if len(tables[must]) == 0 {
			return nil, errNoTrueType
		}
	}
	if !hasUnicodeMap(tables["cmap"]) {
		return nil, errors.New("the font has no Unicode character map (format 4)")
	}
	names := slices.DeleteFunc(slices.Clone(neededTables), func(n string) bool { return len(tables[n]) == 0 })
	return writeFont(names, tables), nil
}

// hasUnicodeMap reports whether a font has the only character map that the PDF writer reads. Without it, it would write a
// document without that font's text.
func hasUnicodeMap(cmap []byte) bool {
	const header, entry = 4, 8
	for at := header; at+entry <= len(cmap) && at < header+entry*int(binary.BigEndian.Uint16(cmap[2:])); at += entry {
		platform, encoding := binary.BigEndian.Uint16(cmap[at:]), binary.BigEndian.Uint16(cmap[at+2:])
		table := uint64(binary.BigEndian.Uint32(cmap[at+4:]))
		if (platform == 0 || platform == 3 && encoding == 1) && table+2 <= uint64(len(cmap)) && binary.BigEndian.Uint16(cmap[table:]) == 4 {
			return true
		}
	}
	return false
}

// tablesOf finds the tables of the first face.
func tablesOf(font []byte) (map[string][]byte, error) {
	bad := errors.New("the font file is damaged")
	at := 0
	if len(font) >= 16 && string(font[:4]) == "ttcf" {
		at = int(binary.BigEndian.Uint32(font[12:]))
	}
	if at < 0 || at+12 > len(font) {
		return nil, bad
	}
	n := int(binary.BigEndian.Uint16(font[at+4:]))
	if at+12+16*n > len(font) {
		return nil, bad
	}
	tables := map[string][]byte{}
	for i := range n {
		entry := font[at+12+16*i:]
		from, size := uint64(binary.BigEndian.Uint32(entry[8:])), uint64(binary.BigEndian.Uint32(entry[12:]))
		if from+size > uint64(len(font)) {
			return nil, bad
		}
		tables[string(entry[:4])] = font[from : from+size]
	}
	return tables, nil
}

// writeFont puts tables together, each at a multiple of four bytes. Checksums stay zero: no reader of embedded fonts
// looks at them.
func writeFont(names []string, tables map[string][]byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, 0x00010000)
	power, log := 1, 0
	for power*2 <= len(names) {
		power, log = power*2, log+1
	}
	for _, v := range []int{len(names), power * 16, log, (len(names) - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v)) //nolint:gosec // there are 13 names
	}
	at := 12 + 16*len(names)
	for _, n := range names {
		out = append(out, n...)
		out = binary.BigEndian.AppendUint32(out, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(at))             //nolint:gosec // offsets come from 32 bits
		out = binary.BigEndian.AppendUint32(out, uint32(len(tables[n]))) //nolint:gosec // see above
		at += (len(tables[n]) + 3) &^ 3
	}
	for _, n := range names {
		out = append(out, tables[n]...)
		out = append(out, make([]byte, -len(tables[n])&3)...)
	}
	return out
}
