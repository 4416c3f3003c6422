package importer

import (
	"io"
	"path/filepath"
	"strings"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	FormatCSV   Format = "csv"
	FormatJSONL Format = "jsonl"
)

// formatOf guesses by the file's name.
func formatOf(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv", ".txt":
		return FormatCSV, true
	case ".jsonl", ".ndjson":
		return FormatJSONL, true
	}
	return "", false
}

// Record is one record of a file: its values by column.
type Record struct {
	Line  int // where it begins; the first line of a file is 1
	Lines int // how many lines it goes over

	columns map[string]int
	values  []string
}

// Get returns the value of a column without surrounding white space, and whether the record has it: a JSON object may
// leave out what is empty.
func (r Record) Get(column string) (string, bool) {
	i, ok := r.columns[column]
	if !ok || i >= len(r.values) {
		return "", false
	}
	return strings.TrimSpace(r.values[i]), true
}

// Reader reads a file record by record.
type Reader interface {
	// Next returns a record, or why a line is none, or an error: io.EOF at the end. A line is either part of a
	// record, or refused, or blank, or the header.
	Next() (Record, *Refusal, error)
	// Columns are those that every record has; nil if that differs from record to record.
	Columns() []string
	// Blank is how many blank lines were passed over.
	Blank() int
}

// NewReader reads a stream in a format. The delimiter is CSV's; 0 means a comma. Its error is about the header.
func NewReader(in io.Reader, format Format, delimiter rune) (Reader, error) {
	if format == FormatJSONL {
		return newJSONReader(in), nil
	}
	return newCSVReader(in, delimiter)
}
