package document

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// MissingGlyphs says that a text cannot be printed with the fonts there are. A document with empty boxes in it would be
// signed for something nobody can read, so none is made.
type MissingGlyphs struct {
	Runes []rune // in the order of their numbers
	Field string // the first field with one of them, e.g. "Customer.Name"; "labels" for the document's own words
}

// Error names the characters and the field.
func (m *MissingGlyphs) Error() string {
	var names []string
	for _, r := range m.Runes[:min(len(m.Runes), 10)] {
		names = append(names, fmt.Sprintf("%q (U+%04X)", r, r))
	}
	if more := len(m.Runes) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s cannot be printed: no font has %s", m.Field, strings.Join(names, ", "))
}

// proof looks for characters in any text of a document that no font has. It walks over the whole value, so that a field
// that is added later is not forgotten.
func (m *measurer) proof(lang languages, doc any) error {
	found := &MissingGlyphs{}
	if lang.zh {
		// One label stands for all.
		m.check(found, "labels", formTitle.zh+noteTitle.zh)
	}
	m.walk(found, lang, "", reflect.ValueOf(doc))
	if len(found.Runes) == 0 {
		return nil
	}
	slices.Sort(found.Runes)
	found.Runes = slices.Compact(found.Runes)
	return found
}

func (m *measurer) walk(found *MissingGlyphs, lang languages, path string, v reflect.Value) {
	if t, ok := reflect.TypeAssert[Text](v); ok {
		m.check(found, path, lang.pick(t))
		return
	}
	switch v.Kind() {
	case reflect.String:
		m.check(found, path, v.String())
	case reflect.Pointer:
		// A time zone is printed by its name, which is ASCII.
		if !v.IsNil() && v.Type().Elem().PkgPath() != "time" {
			m.walk(found, lang, path, v.Elem())
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			m.walk(found, lang, strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return
		}
		for i := range v.Len() {
			m.walk(found, lang, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, k := range keys {
			at := fmt.Sprintf("%s[%s]", path, k)
			m.walk(found, lang, at, k)
			m.walk(found, lang, at, v.MapIndex(k))
		}
	default: // numbers
	}
}

func (m *measurer) check(found *MissingGlyphs, path, s string) {
	for _, r := range clean(s) {
		// A mark that changes the character before it, and is not seen itself, would be lost in silence.
		if _, ok := m.pick(regular, r, 0); ok && unicode.IsGraphic(r) && r != unicode.ReplacementChar || r == '\n' {
			continue
		}
		if found.Field == "" {
			found.Field = path
		}
		found.Runes = append(found.Runes, r)
	}
}
