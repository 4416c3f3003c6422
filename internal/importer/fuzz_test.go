package importer

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// countLines counts as a reader of lines does: what follows the last line end is a line if there is anything.
func countLines(b []byte) int {
	n := bytes.Count(b, []byte("\n"))
	if len(b) > 0 && b[len(b)-1] != '\n' {
		n++
	}
	return n
}

// FuzzReadCSV: whatever the file holds, every line is part of a row, refused, blank or the header.
func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{
		"id,name\n1,a\n", "\uFEFFid\r\n\"a\nb\"\r\n", "a,b\n1,\"x\n2,y\n\"3\",z\n", "a\n\"\"\"\n\"\n", "a,b\n1,a\"b\n\n\xff\n", "\"a\nb\",c\n1,2\n",
		"a\n\r\n\r\r\n\n\" \"\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readAll(t, bytes.NewReader(data), FormatCSV)
		if err != nil {
			return // no usable header
		}
		header := headerLines(t, data)
		require.Equal(t, countLines(data), got.lines+header)
	})
}

// headerLines is how many lines the header goes over.
func headerLines(t *testing.T, data []byte) int {
	t.Helper()
	c := &csvReader{lines: newLines(bytes.NewReader(data)), comma: ','}
	c.restart()
	head, bad, err := c.record()
	require.NoError(t, err)
	require.Nil(t, bad)
	return head.Lines
}

// FuzzReadJSONL: the same for JSON Lines, where a row is one line.
func FuzzReadJSONL(f *testing.F) {
	for _, s := range []string{`{"a":1}` + "\n", "{}\n\nnull\n", `{"a":{"b":[1,"x",null]}}`, "{\"a\":\"\xff\"}\n", `{"a":[[]]}`, `{"a":"\ud800"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := readAll(t, bytes.NewReader(data), FormatJSONL)
		require.NoError(t, err)
		require.Equal(t, countLines(data), got.lines)
	})
}

// FuzzMapping: no mapping and no line make the importer panic; a line becomes a row or a refusal that says why.
func FuzzMapping(f *testing.F) {
	for _, pattern := range []string{"../../deploy/mappings/*.yaml", "../../deploy/sample/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, path := range paths {
			source, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(source, []byte(`{"id":"1","City":"Austin","Dispatch_id":"2","day":"02.03.2026"}`), 3)
		}
	}
	f.Fuzz(func(t *testing.T, mapping, line []byte, days int) {
		m, err := LoadMapping(mapping)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		mapper, err := NewMapper(m, nil, Tables{}, days%100_000)
		require.NoError(t, err)
		got, err := readAll(t, bytes.NewReader(line), FormatJSONL)
		require.NoError(t, err)
		for _, rec := range got.rows {
			mapper.Meant(rec)
			if _, refused := mapper.Map(rec); refused != nil {
				require.NotEmpty(t, refused.Reason)
				require.Equal(t, rec.Line, refused.Line)
			}
		}
	})
}
