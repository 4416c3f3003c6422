package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// units of a bare number that is a duration.
var units = map[string]time.Duration{ //nolint:gochecknoglobals // a table
	"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour,
}

func parseNumber(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return v, nil
}

func parseInteger(text string) (int, error) {
	v, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", text)
	}
	return int(v), nil
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "y":
		return true, nil
	case "0", "false", "no", "n":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither yes nor no", text)
}

// parseDuration reads a number of units, or without a unit Go's notation such as 1h30m.
func parseDuration(text, unit string) (time.Duration, error) {
	if unit == "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			return 0, fmt.Errorf("%q is not a duration such as 1h30m; a bare number needs a unit", text)
		}
		return d, nil
	}
	n, err := parseNumber(text)
	if err != nil {
		return 0, err
	}
	d := n * float64(units[unit])
	if math.Abs(d) > float64(100*365*24*time.Hour) {
		return 0, fmt.Errorf("%s %s is no plausible duration", text, unit)
	}
	return time.Duration(math.Round(d)), nil
}
