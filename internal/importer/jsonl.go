package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// listSeparator joins a JSON array's values; a field's `split` takes them apart again.
const listSeparator = ";"

// maxDepth bounds objects in objects.
const maxDepth = 8

// jsonReader reads one JSON object a line. Objects inside become columns such as customer.name.
type jsonReader struct {
	lines *lines
	blank int
}

func newJSONReader(in io.Reader) *jsonReader { return &jsonReader{lines: newLines(in)} }

func (j *jsonReader) Columns() []string { return nil }
func (j *jsonReader) Blank() int        { return j.blank }

func (j *jsonReader) Next() (Record, *Refusal, error) {
	l, err := j.lines.next()
	for ; err == nil && l.why == "" && strings.TrimSpace(l.text) == ""; l, err = j.lines.next() {
		j.blank++
	}
	switch {
	case err != nil:
		return Record{}, nil, err
	case l.why != "":
		return Record{}, broken(l.no, "%s", l.why), nil
	}
	values := map[string]string{}
	if err := parseObject(l.text, values); err != nil {
		return Record{}, broken(l.no, "The line is not one JSON object: %v.", err), nil
	}
	rec := Record{Line: l.no, Lines: 1, columns: make(map[string]int, len(values))}
	for i, name := range slices.Sorted(maps.Keys(values)) {
		rec.columns[name] = i
		rec.values = append(rec.values, values[name])
	}
	return rec, nil, nil
}

func parseObject(text string, into map[string]string) error {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return err
	}
	if object == nil {
		return errors.New("it is null")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return flatten("", object, into, maxDepth)
}

func flatten(prefix string, object map[string]any, into map[string]string, depth int) error {
	if depth == 0 {
		return fmt.Errorf("it has objects in objects more than %d deep", maxDepth)
	}
	for name, v := range object {
		if inner, ok := v.(map[string]any); ok {
			if err := flatten(prefix+name+".", inner, into, depth-1); err != nil {
				return err
			}
			continue
		}
		if list, ok := v.([]any); ok {
			texts := make([]string, 0, len(list))
			for _, item := range list {
				text, err := scalar(prefix+name, item)
				if err != nil {
					return err
				}
				texts = append(texts, text)
			}
			into[prefix+name] = strings.Join(texts, listSeparator)
			continue
		}
		text, err := scalar(prefix+name, v)
		if err != nil {
			return err
		}
		into[prefix+name] = text
	}
	return nil
}

func scalar(name string, v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		if strings.ContainsRune(v, 0) {
			return "", fmt.Errorf("%s holds a NUL character", name)
		}
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", fmt.Errorf("%s is a list of more than texts and numbers", name)
}
