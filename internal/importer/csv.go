package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// csvReader frames records itself and lets encoding/csv take each one apart: handed the whole file, encoding/csv
// would take everything after a stray quote for one value. Here a quote that is opened has to be closed within
// maxRecordLines; otherwise only the line that opened it is lost, and reading goes on with the line after.
type csvReader struct {
	lines   *lines
	comma   rune
	header  []string
	columns map[string]int
	blank   int

	feed  feed
	parse *csv.Reader
	fed   int64 // bytes given to parse
}

// feed is an endless reader of whatever text it is given; it says io.EOF between texts.
type feed struct{ text string }

func (f *feed) Read(p []byte) (int, error) {
	if f.text == "" {
		return 0, io.EOF
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	return n, nil
}

func newCSVReader(in io.Reader, comma rune) (*csvReader, error) {
	if comma == 0 {
		comma = ','
	}
	c := &csvReader{lines: newLines(in), comma: comma}
	c.restart()
	head, bad, err := c.record()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("the file is empty: it needs a header line")
	case err != nil:
		return nil, err
	case bad != nil:
		return nil, fmt.Errorf("the header cannot be read: %s", bad)
	}
	c.columns = make(map[string]int, len(head.values))
	var errs []error
	for i, name := range head.values {
		name = strings.TrimSpace(name)
		if _, twice := c.columns[name]; twice && name != "" {
			errs = append(errs, fmt.Errorf("the header has the column %q twice", name))
		}
		c.columns[name] = i
		c.header = append(c.header, name)
	}
	return c, errors.Join(errs...)
}

func (c *csvReader) Columns() []string { return c.header }
func (c *csvReader) Blank() int        { return c.blank }

func (c *csvReader) Next() (Record, *Refusal, error) { return c.record() }

// record finds where the next record ends: quotes come in pairs, doubled ones inside a value too.
func (c *csvReader) record() (Record, *Refusal, error) {
	first, err := c.lines.next()
	for ; err == nil && first.why == "" && first.text == ""; first, err = c.lines.next() {
		c.blank++
	}
	switch {
	case err != nil:
		return Record{}, nil, err
	case first.why != "":
		return Record{}, broken(first.no, "%s", first.why), nil
	}
	group, closed, err := c.gather(first)
	if err != nil {
		return Record{}, nil, err
	}
	if !closed {
		c.lines.giveBack(group[1:])
		return Record{}, broken(first.no, "A quote is opened and not closed within %d lines. "+
			"This line is lost; reading goes on with the next.", maxRecordLines), nil
	}
	values, why := c.split(group)
	if why != "" {
		c.lines.giveBack(group[1:])
		return Record{}, broken(first.no, "%s", why), nil
	}
	return Record{Line: first.no, Lines: len(group), columns: c.columns, values: values}, nil, nil
}

// gather collects lines until every quote is closed, or gives up.
func (c *csvReader) gather(first line) (group []line, closed bool, err error) {
	group = []line{first}
	size := len(first.text)
	open := strings.Count(first.text, `"`)%2 == 1
	for open && len(group) < maxRecordLines {
		more, err := c.lines.next()
		if errors.Is(err, io.EOF) {
			return group, false, nil
		}
		if err != nil {
			return nil, false, err
		}
		group = append(group, more)
		if size += len(more.text); size > maxRecordBytes || more.why != "" {
			return group, false, nil
		}
		if strings.Count(more.text, `"`)%2 == 1 {
			open = false
		}
	}
	return group, !open, nil
}

// split takes one record apart, or says what is wrong with it.
func (c *csvReader) split(group []line) (values []string, why string) {
	text := group[0].text + "\n"
	if len(group) > 1 {
		var b strings.Builder
		for _, l := range group {
			b.WriteString(l.text)
			b.WriteByte('\n')
		}
		text = b.String()
	}
	c.feed.text = text
	values, err := c.parse.Read()
	c.fed += int64(len(text))
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		c.restart()
		return nil, fmt.Sprintf("At character %d: %v.", bad.Column, bad.Err)
	case err != nil:
		c.restart()
		return nil, err.Error()
	case c.parse.InputOffset() != c.fed:
		c.restart()
		return nil, "The quotes do not stand around whole values."
	case c.header != nil && len(values) != len(c.header):
		return nil, fmt.Sprintf("The line has %d values, the header %d.", len(values), len(c.header))
	}
	return values, ""
}

// restart forgets whatever a broken record has left behind.
func (c *csvReader) restart() {
	c.feed.text = ""
	c.parse = csv.NewReader(&c.feed)
	c.parse.Comma = c.comma
	c.parse.FieldsPerRecord = -1
	c.fed = 0
}
