package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is held in memory at once. A job's text has at most a few thousand characters.
const (
	maxLineBytes   = 64 << 10
	maxRecordBytes = 128 << 10
	maxRecordLines = 50 // a value in quotes may go over lines, but not over the rest of the file
)

// line is one line of a file without its end.
type line struct {
	no   int
	text string
	why  string // not empty: the line cannot be used, and this is why
}

// lines cuts a stream into lines of bounded length. A line too long, or not UTF-8, is one bad line and no more.
type lines struct {
	in   *bufio.Reader
	no   int
	back []line // given back, the next one last
}

func newLines(r io.Reader) *lines { return &lines{in: bufio.NewReaderSize(r, maxLineBytes)} }

// next answers with io.EOF after the last line.
func (l *lines) next() (line, error) {
	if n := len(l.back); n > 0 {
		got := l.back[n-1]
		l.back = l.back[:n-1]
		return got, nil
	}
	raw, err := l.in.ReadSlice('\n')
	if len(raw) == 0 && err != nil {
		return line{}, err
	}
	l.no++
	got := line{no: l.no}
	if errors.Is(err, bufio.ErrBufferFull) {
		got.why = "The line is longer than 64 KiB."
		return got, l.skip()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return line{}, err
	}
	if l.no == 1 {
		raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	}
	got.text = string(bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r")))
	got.why = unusable(got.text)
	return got, nil
}

// skip drops the rest of a line.
func (l *lines) skip() error {
	for {
		_, err := l.in.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil // the next call says so
		default:
			return err
		}
	}
}

// giveBack makes next answer with these lines again, in their order.
func (l *lines) giveBack(again []line) {
	for _, one := range slices.Backward(again) {
		l.back = append(l.back, one)
	}
}

// unusable says what is wrong with a text, if anything.
func unusable(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "The line is not UTF-8. Save the file with that encoding."
	case strings.ContainsRune(text, 0):
		return "The line holds a NUL character."
	}
	return ""
}
