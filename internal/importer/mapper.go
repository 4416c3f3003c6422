package importer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Tables are what lookups found in other files: by lookup, then by key.
type Tables map[string]map[string]string

// Mapper turns records into what the API takes. It is for one goroutine.
type Mapper struct {
	m      *Mapping
	tables Tables
	days   int // added to every date of the data

	zones  map[string]*time.Location
	unseen map[string]bool // columns that no record had so far
}

// Row is a record that was mapped.
type Row struct {
	Line     int
	External string // the order number or id, for the report
	Value    any    // dispatch.Intake, dispatch.Territory, apiclient.Installer or apiclient.Shift
}

// NewMapper checks the mapping against the columns of a file, which are nil where records differ; its error names all
// that are missing. Every date of the data, but none of the mapping, moves by so many days.
func NewMapper(m *Mapping, columns []string, tables Tables, days int) (*Mapper, error) {
	mapper := &Mapper{m: m, tables: tables, days: days, zones: map[string]*time.Location{}, unseen: map[string]bool{}}
	var errs []error
	for _, name := range m.columns() {
		mapper.unseen[name] = true
		if columns != nil && !slices.Contains(columns, name) {
			errs = append(errs, fmt.Errorf("the file has no column %q, which the mapping uses; it has %s", name, strings.Join(columns, ", ")))
		}
	}
	return mapper, errors.Join(errs...)
}

// columns are all that the mapping uses, sorted.
func (m *Mapping) columns() []string {
	used := map[string]bool{}
	var add func(f *Field)
	add = func(f *Field) {
		if f == nil {
			return
		}
		if f.Column != "" {
			used[f.Column] = true
		}
		for _, c := range f.template {
			if c.column != "" {
				used[c.column] = true
			}
		}
		add(f.Zone)
	}
	add(m.Zone)
	for _, f := range m.Fields {
		add(&f)
	}
	for column := range m.Where {
		used[column] = true
	}
	return slices.Sorted(maps.Keys(used))
}

// Unseen are the columns that the mapping uses and no record had.
func (m *Mapper) Unseen() []string { return slices.Sorted(maps.Keys(m.unseen)) }

// Meant tells whether the mapping's where chooses the record.
func (m *Mapper) Meant(rec Record) bool {
	for column, allowed := range m.m.Where {
		value, _ := rec.Get(column)
		if !slices.Contains(allowed, value) {
			return false
		}
	}
	return true
}

// Map answers with a row, or with why there is none.
func (m *Mapper) Map(rec Record) (Row, *Refusal) {
	for column := range m.unseen {
		if _, ok := rec.Get(column); ok {
			delete(m.unseen, column)
		}
	}
	r := &reading{mapper: m, rec: rec}
	row := r.row()
	row.Line = rec.Line
	if r.refusal != nil {
		r.refusal.Line, r.refusal.External = rec.Line, row.External
	}
	return row, r.refusal
}

// texts finds a field's texts: its source, then its lookup, then its table. No text means no value.
func (m *Mapper) texts(f *Field, rec Record) (texts, error) {
	var found texts
	switch {
	case f.Constant != nil:
		found = *f.Constant
	case f.Template != "":
		found = texts{fill(f.template, rec)}
	default:
		value, _ := rec.Get(f.Column)
		found = texts{value}
	}
	if f.Split != "" && len(found) == 1 {
		found = strings.Split(found[0], f.Split)
	}
	if f.Lookup != "" {
		for i, key := range found {
			value, ok := m.tables[f.Lookup][key]
			if !ok {
				return nil, fmt.Errorf("%q is not in %s", key, m.m.Lookups[f.Lookup].File)
			}
			found = slices.Clone(found)
			found[i] = value
		}
	}
	if f.Values != nil {
		var valued texts
		for _, key := range found {
			value, ok := f.Values[key]
			switch {
			case ok:
				valued = append(valued, value...)
			case f.Default != nil:
				valued = append(valued, *f.Default...)
			default:
				return nil, fmt.Errorf("%q is not in the mapping's table; it has %s", key, strings.Join(slices.Sorted(maps.Keys(f.Values)), ", "))
			}
		}
		found = valued
	}
	trimmed := make(texts, 0, len(found))
	for _, t := range found {
		if t = strings.TrimSpace(t); t != "" {
			trimmed = append(trimmed, t)
		}
	}
	return trimmed, nil
}

func (m *Mapper) zone(f *Field, rec Record) (*time.Location, error) {
	if f.Zone == nil {
		f = m.m.Zone
	} else {
		f = f.Zone
	}
	if f == nil {
		return nil, errors.New("no zone is given")
	}
	found, err := m.texts(f, rec)
	if err != nil {
		return nil, fmt.Errorf("zone: %w", err)
	}
	if len(found) != 1 {
		return nil, errors.New("the zone is empty")
	}
	if loc, ok := m.zones[found[0]]; ok {
		return loc, nil
	}
	loc, err := loadZone(found[0])
	if err == nil {
		m.zones[found[0]] = loc
	}
	return loc, err
}
