package importer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tally is what reading a whole file came to.
type tally struct {
	rows    []Record
	refused []Refusal
	lines   int // in rows, refused, blank and header together
}

func readAll(t testing.TB, in io.Reader, format Format) (tally, error) {
	t.Helper()
	r, err := NewReader(in, format, 0)
	if err != nil {
		return tally{}, err
	}
	var all tally
	for {
		rec, bad, err := r.Next()
		if errors.Is(err, io.EOF) {
			all.lines += len(all.refused) + r.Blank()
			return all, nil
		}
		require.NoError(t, err)
		if bad != nil {
			require.NotEmpty(t, bad.Reason)
			all.refused = append(all.refused, *bad)
			continue
		}
		all.rows = append(all.rows, rec)
		all.lines += rec.Lines
	}
}

func TestCSVReadsWhatSpreadsheetsWrite(t *testing.T) {
	t.Parallel()
	got, err := readAll(t, strings.NewReader("\uFEFFid, name \r\n1,Ana\r\n\r\n2,\"two\r\nlines, and \"\"quotes\"\"\"\r\n3,last"), FormatCSV)
	require.NoError(t, err)
	require.Empty(t, got.refused)
	require.Len(t, got.rows, 3)
	name, ok := got.rows[1].Get("name")
	require.True(t, ok)
	require.Equal(t, "two\nlines, and \"quotes\"", name)
	require.Equal(t, 4, got.rows[1].Line)
	require.Equal(t, 2, got.rows[1].Lines)
	require.Equal(t, 6, got.rows[2].Line)
}

func TestCSVABrokenLineCostsItself(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"quote opened":        `9,"never closed`,
		"quote inside":        `9,a"b`,
		"quotes inside":       `9,a"b"c`,
		"too few values":      `9`,
		"too many values":     `9,a,b`,
		"not UTF-8":           "9,\xff\xfe",
		"NUL":                 "9,a\x00b",
		"too long":            "9," + strings.Repeat("x", 3*maxLineBytes),
		"after closing quote": `9,"a"b"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in strings.Builder
			in.WriteString("id,name\n1,a\n" + bad + "\n")
			for i := range 3 * maxRecordLines {
				fmt.Fprintf(&in, "%d,\"x, y\"\n", i)
			}
			got, err := readAll(t, strings.NewReader(in.String()), FormatCSV)
			require.NoError(t, err)
			require.Len(t, got.refused, 1)
			require.Equal(t, 3, got.refused[0].Line)
			require.Len(t, got.rows, 1+3*maxRecordLines)
		})
	}
}

func TestCSVTwoStrayQuotesLoseTwoLines(t *testing.T) {
	t.Parallel()
	got, err := readAll(t, strings.NewReader("id,name\n1,\"a\n2,b\n3,\"c\n4,d\n"), FormatCSV)
	require.NoError(t, err)
	require.Len(t, got.refused, 2)
	require.Equal(t, 1, got.refused[0].Line-1)
	require.Equal(t, 4, got.refused[1].Line)
	require.Len(t, got.rows, 2)
}

func TestCSVHeaderMistakes(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "\n\n", "id,name,id\n", "\"id\n"} {
		_, err := readAll(t, strings.NewReader(in), FormatCSV)
		require.Error(t, err, "%q", in)
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	got, err := readAll(t, strings.NewReader("\uFEFF"+`{"id":1,"c":{"name":"Ana","ok":true},"skills":["a","b"],"none":null}`+"\n\n"+
		strings.Join([]string{`{"id":`, `null`, `[1]`, `{"id":2} {"id":3}`, `{"a":[[1]]}`, `{"a":"\u0000"}`, strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20)}, "\n")+
		"\n"+`{"id":9007199254740993}`), FormatJSONL)
	require.NoError(t, err)
	require.Len(t, got.refused, 7)
	require.Equal(t, 3, got.refused[0].Line)
	require.Len(t, got.rows, 2)
	for column, want := range map[string]string{"id": "1", "c.name": "Ana", "c.ok": "true", "skills": "a;b", "none": ""} {
		value, ok := got.rows[0].Get(column)
		require.True(t, ok, column)
		require.Equal(t, want, value)
	}
	id, _ := got.rows[1].Get("id")
	require.Equal(t, "9007199254740993", id, "large numbers keep their digits")
}

// bigCSV makes a large file as it is read, with one line that opens a quote and never closes it.
type bigCSV struct {
	left   int64 // bytes
	line   int
	broken int
	buf    bytes.Buffer
}

func (b *bigCSV) Read(p []byte) (int, error) {
	for b.buf.Len() < len(p) && b.left > 0 {
		b.line++
		n := b.buf.Len()
		switch b.line {
		case 1:
			b.buf.WriteString("id,name,address,note\n")
		case b.broken:
			b.buf.WriteString("x,\"Ana Okafor,1 Mill Lane,opened and never closed\n")
		default:
			fmt.Fprintf(&b.buf, "%d,Ana Okafor,\"%d Mill Lane, Port Alder\",no light on the terminal since yesterday evening\n", b.line, b.line)
		}
		b.left -= int64(b.buf.Len() - n)
	}
	if b.buf.Len() == 0 {
		return 0, io.EOF
	}
	return b.buf.Read(p)
}

func TestCSVAHundredMegabytesInBoundedMemory(t *testing.T) {
	const size, broken = 100 << 20, 500_000
	in := &bigCSV{left: size, broken: broken}
	r, err := NewReader(in, FormatCSV, 0)
	require.NoError(t, err)
	rows, refused, peak := 0, []int{}, uint64(0)
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for {
		_, bad, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if bad != nil {
			refused = append(refused, bad.Line)
			continue
		}
		if rows++; rows%100_000 == 0 {
			runtime.GC() // so that only what is held counts
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	require.Equal(t, []int{broken}, refused)
	require.Equal(t, in.line-2, rows, "all but the header and the broken line")
	require.Greater(t, rows, 900_000)
	require.Less(t, int64(peak)-int64(before.HeapAlloc), int64(4<<20), "bytes held in memory")
}
