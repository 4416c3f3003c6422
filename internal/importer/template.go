package importer

import (
	"errors"
	"fmt"
	"strings"
)

// chunk is a part of a template: fixed text, or a column's value.
type chunk struct {
	text   string
	column string
	digits bool // the digits of the value only
}

// parseTemplate takes "{Street}, {City}" apart. {Column:digits} keeps the digits only; {{ and }} are braces.
func parseTemplate(source string) ([]chunk, error) {
	var chunks []chunk
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			chunks = append(chunks, chunk{text: text.String()})
			text.Reset()
		}
	}
	for rest := source; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			text.WriteByte(rest[0])
			rest = rest[2:]
		case rest[0] == '}':
			return nil, errors.New("template: } without {; }} writes a brace")
		case rest[0] == '{':
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return nil, errors.New("template: { without }; {{ writes a brace")
			}
			flush()
			name, digits := strings.CutSuffix(rest[1:end], ":digits")
			if name == "" || strings.Contains(name, "{") {
				return nil, fmt.Errorf("template: %q names no column", rest[:end+1])
			}
			chunks = append(chunks, chunk{column: name, digits: digits})
			rest = rest[end+1:]
		default:
			text.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	flush()
	return chunks, nil
}

// fill writes the template with a record's values. With all columns empty the result is empty too: a fixed part
// alone, such as ", ", is no value.
func fill(chunks []chunk, rec Record) string {
	var out strings.Builder
	columns, found := 0, false
	for _, c := range chunks {
		if c.column == "" {
			out.WriteString(c.text)
			continue
		}
		columns++
		value, _ := rec.Get(c.column)
		if c.digits {
			value = strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, value)
		}
		found = found || value != ""
		out.WriteString(value)
	}
	if columns > 0 && !found {
		return ""
	}
	return strings.TrimSpace(out.String())
}
