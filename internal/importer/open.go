package importer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"truckroll/dispatch"
)

// maxLookupKeys bounds what a lookup may hold in memory.
const maxLookupKeys = 500_000

// source is an open file with its mapping at hand. Close it.
type source struct {
	io.Closer

	Reader Reader
	Mapper *Mapper
}

// openStep opens a file and checks it against its mapping. Every byte read is told to progress, if not nil.
func openStep(step Step, days int, progress io.Writer) (*source, error) {
	tables, err := loadTables(step)
	if err != nil {
		return nil, err
	}
	file, reader, err := openFile(step.Path, step.Mapping.Format, step.Mapping.Delimiter, progress)
	if err != nil {
		return nil, err
	}
	mapper, err := NewMapper(step.Mapping, reader.Columns(), tables, days)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s:\n%w", step.Name, err), file.Close())
	}
	return &source{Closer: file, Reader: reader, Mapper: mapper}, nil
}

func openFile(path string, format Format, delimiter string, progress io.Writer) (*os.File, Reader, error) {
	if format == "" {
		var ok bool
		if format, ok = formatOf(path); !ok {
			return nil, nil, fmt.Errorf("%s: is it csv or jsonl? Give format in the mapping", filepath.Base(path))
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	var in io.Reader = file
	if progress != nil {
		in = io.TeeReader(file, progress)
	}
	comma, _ := utf8.DecodeRuneInString(delimiter)
	if delimiter == "" {
		comma = 0
	}
	reader, err := NewReader(in, format, comma)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(path), err), file.Close())
	}
	return file, reader, nil
}

// loadTables reads the files that the mapping looks values up in. They lie beside the data.
func loadTables(step Step) (Tables, error) {
	tables := Tables{}
	for name, l := range step.Mapping.Lookups {
		table, err := loadTable(filepath.Join(filepath.Dir(step.Path), l.File), l)
		if err != nil {
			return nil, fmt.Errorf("%s: lookup %s: %w", step.Name, name, err)
		}
		tables[name] = table
	}
	return tables, nil
}

func loadTable(path string, l Lookup) (table map[string]string, err error) {
	file, reader, err := openFile(path, "", "", nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	table = map[string]string{}
	for {
		rec, _, err := reader.Next() // a broken line has no key; who asks for it is refused
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if key, ok := rec.Get(l.Key); ok {
			if value, ok := rec.Get(l.Value); ok {
				table[key] = value
			}
		}
		if len(table) > maxLookupKeys {
			return nil, fmt.Errorf("%s has more than %d keys", l.File, maxLookupKeys)
		}
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("%s has no line with both %s and %s", l.File, l.Key, l.Value)
	}
	return table, nil
}

// ShiftDays finds by how many days everything has to move so that the earliest wish of all jobs lies tomorrow in its
// own zone.
func (p *Plan) ShiftDays(now time.Time) (int, error) {
	var earliest time.Time
	for _, step := range p.Steps {
		if _, wishes := step.Mapping.Fields["wish_start"]; step.Mapping.Target != TargetJobs || !wishes {
			continue
		}
		at, err := earliestWish(step)
		if err != nil {
			return 0, err
		}
		if !at.IsZero() && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	if earliest.IsZero() {
		return 0, errors.New("nothing to shift by: no job of this import has a wish; give the days with --shift-days, " +
			"the same number as for the jobs")
	}
	return daysUntilTomorrow(earliest, now), nil
}

func earliestWish(step Step) (earliest time.Time, err error) {
	src, err := openStep(step, 0, nil)
	if err != nil {
		return earliest, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	for {
		rec, bad, err := src.Reader.Next()
		if errors.Is(err, io.EOF) {
			return earliest, nil
		}
		if err != nil {
			return earliest, err
		}
		if bad != nil || !src.Mapper.Meant(rec) {
			continue
		}
		row, refused := src.Mapper.Map(rec)
		if in, ok := row.Value.(dispatch.Intake); refused == nil && ok && in.WishStart != nil &&
			(earliest.IsZero() || in.WishStart.Before(earliest)) {
			earliest = *in.WishStart
		}
	}
}
