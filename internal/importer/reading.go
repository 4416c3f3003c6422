package importer

import (
	"errors"
	"fmt"
	"time"
)

// reading reads the fields of one record. After the first refusal it goes on with zero values; the refusal stays.
type reading struct {
	mapper  *Mapper
	rec     Record
	refusal *Refusal
}

func (r *reading) refuse(field string, err error) {
	if r.refusal == nil {
		r.refusal = unmapped(field, "%s.", err)
	}
}

// list returns the texts of a field, and the field; none when the mapping has no such field or the record no value.
func (r *reading) list(name string) (texts, *Field) {
	f, ok := r.mapper.m.Fields[name]
	if !ok {
		return nil, nil
	}
	found, err := r.mapper.texts(&f, r.rec)
	if err != nil {
		r.refuse(name, err)
		return nil, &f
	}
	if len(found) == 0 && targetFields[r.mapper.m.Target][name].required {
		r.refuse(name, fmt.Errorf("%s is required, and the line has no value for it", name))
	}
	return found, &f
}

func (r *reading) text(name string) string {
	found, _ := r.list(name)
	switch len(found) {
	case 0:
		return ""
	case 1:
		return found[0]
	}
	r.refuse(name, errors.New("a list where one value is needed"))
	return ""
}

// parsed reads a text that is there.
func parsed[T any](r *reading, name string, parse func(text string, f *Field) (T, error)) (value T, ok bool) {
	found, f := r.list(name)
	if len(found) == 0 {
		return value, false
	}
	value, err := parse(found[0], f)
	if err != nil {
		r.refuse(name, err)
		return value, false
	}
	return value, true
}

func (r *reading) number(name string) (float64, bool) {
	return parsed(r, name, func(text string, _ *Field) (float64, error) { return parseNumber(text) })
}

func (r *reading) integer(name string) int {
	v, _ := parsed(r, name, func(text string, _ *Field) (int, error) { return parseInteger(text) })
	return v
}

func (r *reading) boolean(name string) (value, ok bool) {
	return parsed(r, name, func(text string, _ *Field) (bool, error) { return parseBool(text) })
}

func (r *reading) duration(name string) time.Duration {
	v, _ := parsed(r, name, func(text string, f *Field) (time.Duration, error) { return parseDuration(text, f.Unit) })
	return v
}

// moment reads a time. What the mapping itself says, e.g. until when all certificates are valid, does not move.
func (r *reading) moment(name string) (time.Time, bool) {
	return parsed(r, name, func(text string, f *Field) (time.Time, error) {
		civil, err := parseCivil(text, f.Time)
		if err != nil {
			return time.Time{}, err
		}
		days := r.mapper.days
		if f.Constant != nil {
			days = 0
		}
		if f.Time == rfc3339 {
			if f.Zone == nil && r.mapper.m.Zone == nil {
				return civil.AddDate(0, 0, days), nil
			}
			loc, err := r.mapper.zone(f, r.rec)
			if err != nil || days == 0 {
				return civil, err
			}
			civil = civil.In(loc)
			return onWall(civil, days, loc), nil
		}
		loc, err := r.mapper.zone(f, r.rec)
		if err != nil {
			return time.Time{}, err
		}
		return onWall(civil, days, loc), nil
	})
}
