package importer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// checker collects the mistakes of a mapping.
type checker struct {
	m    *Mapping
	errs []error
}

func (c *checker) badf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf(format, args...))
}

// validate finds every mistake that shows without the data, and takes the templates apart.
func (m *Mapping) validate() error {
	c := &checker{m: m}
	known, ok := targetFields[m.Target]
	if !ok {
		c.badf("target %q is none of jobs, installers, shifts, territories", m.Target)
	}
	if m.Format != "" && m.Format != FormatCSV && m.Format != FormatJSONL {
		c.badf("format %q is neither csv nor jsonl", m.Format)
	}
	if r, n := utf8.DecodeRuneInString(m.Delimiter); m.Delimiter != "" &&
		(n != len(m.Delimiter) || strings.ContainsRune("\"\r\n\uFFFD", r)) {
		c.badf("delimiter %q is not one character that can part values", m.Delimiter)
	}
	for column, allowed := range m.Where {
		if len(allowed) == 0 {
			c.badf("where: %s has no values", column)
		}
	}
	for name, l := range m.Lookups {
		if l.File == "" || l.Key == "" || l.Value == "" {
			c.badf("lookups: %s needs file, key and value", name)
		} else if strings.ContainsAny(l.File, `/\`) {
			c.badf("lookups: %s: the file lies in the same folder as the data, so it is named without a path", name)
		}
	}
	c.zone("zone", m.Zone)
	for _, name := range slices.Sorted(maps.Keys(m.Fields)) {
		info, ok := known[name]
		if !ok && len(known) > 0 {
			c.badf("fields: %s have no field %q; they have %s", m.Target, name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			continue
		}
		f := m.Fields[name]
		c.field("fields: "+name, &f, info)
		m.Fields[name] = f
	}
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if _, given := m.Fields[name]; known[name].required && !given {
			c.badf("fields: %s is missing", name)
		}
	}
	c.together("customer.latitude", "customer.longitude")
	c.together("home.latitude", "home.longitude")
	c.together("certificates", "certificates_valid_until")
	return errors.Join(c.errs...)
}

func (c *checker) together(a, b string) {
	_, hasA := c.m.Fields[a]
	_, hasB := c.m.Fields[b]
	if hasA != hasB {
		c.badf("fields: %s and %s are given together or not at all", a, b)
	}
}

func (c *checker) zone(name string, f *Field) {
	if f == nil {
		return
	}
	c.field(name, f, fieldInfo{})
	for _, zones := range append(slices.Collect(maps.Values(f.Values)), f.results()...) {
		for _, z := range zones {
			if _, err := loadZone(z); err != nil {
				c.badf("%s: %w", name, err)
			}
		}
	}
}

// results are the texts a field can have besides its table's: its constant, if nothing changes it, and its default.
func (f *Field) results() []texts {
	var all []texts
	if f.Constant != nil && f.Values == nil && f.Lookup == "" {
		all = append(all, *f.Constant)
	}
	if f.Default != nil {
		all = append(all, *f.Default)
	}
	return all
}

func (c *checker) field(name string, f *Field, info fieldInfo) {
	sources := 0
	for _, given := range []bool{f.Column != "", f.Constant != nil, f.Template != ""} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		c.badf("%s: exactly one of column, constant and template is needed", name)
	}
	if f.Template != "" {
		chunks, err := parseTemplate(f.Template)
		if err != nil {
			c.badf("%s: %w", name, err)
		}
		f.template = chunks
	}
	if _, ok := c.m.Lookups[f.Lookup]; f.Lookup != "" && !ok {
		c.badf("%s: there is no lookup %q", name, f.Lookup)
	}
	if f.Default != nil && f.Values == nil {
		c.badf("%s: default goes with values", name)
	}
	if f.Values != nil && len(f.Values) == 0 {
		c.badf("%s: the value table is empty", name)
	}
	c.reading(name, f, info.kind)
	for _, list := range append(slices.Collect(maps.Values(f.Values)), f.results()...) {
		if info.kind != kindList && len(list) != 1 {
			c.badf("%s: a list where one value is needed", name)
		}
		for _, text := range list {
			if err := plausible(text, f, info.kind); err != nil {
				c.badf("%s: %w", name, err)
			}
		}
	}
}

// reading checks what goes with some kinds of value only.
func (c *checker) reading(name string, f *Field, k kind) {
	if (f.Time != "") != (k == kindTime) {
		c.badf("%s: time, e.g. YYYY-MM-DD hh:mm:ss or rfc3339, goes with a time and with nothing else", name)
	}
	if k == kindTime && f.Time != "" {
		if _, err := layoutOf(f.Time); err != nil {
			c.badf("%s: %w", name, err)
		}
		if f.Time != rfc3339 && f.Zone == nil && c.m.Zone == nil {
			c.badf("%s: which zone is the time in? Give zone here or for the whole mapping", name)
		}
	}
	if f.Zone != nil && k != kindTime {
		c.badf("%s: zone goes with a time", name)
	} else {
		c.zone(name+": zone", f.Zone)
	}
	if _, ok := units[f.Unit]; f.Unit != "" && (k != kindDuration || !ok) {
		c.badf("%s: unit is seconds, minutes or hours, of a duration", name)
	}
	if f.Split != "" && k != kindList {
		c.badf("%s: split goes with a list", name)
	}
}

// plausible reports a text of the mapping itself that can never be a value of the kind.
func plausible(text string, f *Field, k kind) error {
	if text == "" {
		return nil // no value
	}
	var err error
	switch k {
	case kindNumber, kindInteger:
		_, err = parseNumber(text)
	case kindBool:
		_, err = parseBool(text)
	case kindDuration:
		_, err = parseDuration(text, f.Unit)
	case kindTime:
		_, err = parseCivil(text, f.Time)
	case kindText, kindList:
	}
	return err
}
