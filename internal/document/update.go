package document

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// update adds objects to a PDF behind its end and leaves what is there as it is (ISO 32000-1, 7.5.6).
type update struct {
	pdf     []byte
	offsets []int // by object number
	xref    int   // where the table is that this one adds to
	root    int
	info    int
}

var (
	startPattern = regexp.MustCompile(`startxref\s+(\d+)\s+%%EOF\s*$`)
	rootPattern  = regexp.MustCompile(`/Root (\d+) 0 R`)
	infoPattern  = regexp.MustCompile(`/Info (\d+) 0 R`)
	pagesPattern = regexp.MustCompile(`/Pages (\d+) 0 R`)
	kidPattern   = regexp.MustCompile(`/Kids \[(\d+) 0 R`)
	sizePattern  = regexp.MustCompile(`^xref\n0 (\d+)\n`)
	errNotOurs   = errors.New("it is not a PDF that this package made")
)

// openUpdate reads as much of a PDF as an update needs. It knows the form in which documents are written here, no other.
func openUpdate(pdf []byte) (*update, error) {
	if bytes.Contains(pdf, []byte("/ETSI.CAdES.detached")) {
		return nil, errors.New("it has a seal already")
	}
	u := &update{pdf: pdf, xref: firstNumber(startPattern, pdf[max(0, len(pdf)-64):])}
	if u.xref <= 0 || u.xref >= len(pdf) {
		return nil, errNotOurs
	}
	table := pdf[u.xref:]
	n := firstNumber(sizePattern, table)
	rows := table[min(len(table), len(fmt.Sprintf("xref\n0 %d\n", n))):]
	const rowSize = 20
	if n <= 0 || n > len(rows)/rowSize {
		return nil, errNotOurs
	}
	for i := range n {
		at, err := strconv.Atoi(string(rows[i*rowSize : i*rowSize+10]))
		if err != nil || at < 0 || at >= len(pdf) {
			return nil, errNotOurs
		}
		u.offsets = append(u.offsets, at)
	}
	u.root, u.info = firstNumber(rootPattern, rows[n*rowSize:]), firstNumber(infoPattern, rows[n*rowSize:])
	if u.root < 0 || u.info < 0 {
		return nil, errNotOurs
	}
	return u, nil
}

func firstNumber(p *regexp.Regexp, in []byte) int {
	m := p.FindSubmatch(in)
	if m == nil {
		return -1
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return -1
	}
	return n
}

// dictionary returns an object that is a dictionary, up to the >> that ends it.
func (u *update) dictionary(no int) ([]byte, error) {
	if no <= 0 || no >= len(u.offsets) {
		return nil, errNotOurs
	}
	object, _, ended := bytes.Cut(u.pdf[u.offsets[no]:], []byte("endobj"))
	last := bytes.LastIndex(object, []byte(">>"))
	if !ended || last < 0 || !bytes.HasPrefix(object, fmt.Appendf(nil, "%d 0 obj", no)) || bytes.Contains(object, []byte("stream")) {
		return nil, errNotOurs
	}
	return object[:last], nil
}

// signed returns the PDF with a signature in it whose value, of room bytes, is still zero.
func (u *update) signed(at time.Time, reason string, room int) ([]byte, error) {
	catalog, err := u.dictionary(u.root)
	if err != nil {
		return nil, err
	}
	pages, err := u.dictionary(firstNumber(pagesPattern, catalog))
	if err != nil {
		return nil, err
	}
	first := firstNumber(kidPattern, pages)
	page, err := u.dictionary(first)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(catalog, []byte("/AcroForm")) || bytes.Contains(page, []byte("/Annots")) {
		return nil, errNotOurs
	}
	sig, widget := len(u.offsets), len(u.offsets)+1
	w := &updateWriter{out: bytes.NewBuffer(bytes.Clone(u.pdf))}
	w.object(u.root, fmt.Sprintf("%s/Version /1.7\n/Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 2>>>>\n"+
		"/AcroForm <</Fields [%d 0 R] /SigFlags 3>>\n/Perms <</DocMDP %d 0 R>>\n>>", body(catalog), widget, sig))
	w.object(first, fmt.Sprintf("%s/Annots [%d 0 R]\n>>", body(page), widget))
	w.object(sig, "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached\n"+fmt.Sprintf(rangeForm, 0, 0, 0)+
		"\n/Contents <"+string(bytes.Repeat([]byte{'0'}, 2*room))+">\n/M (D:"+at.UTC().Format("20060102150405")+"Z)\n"+
		"/Reason <"+utf16Hex(reason)+">\n"+
		"/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</Type /TransformParams /P 1 /V /1.2>>>>]>>")
	w.object(widget, fmt.Sprintf("<</Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /V %d 0 R /Rect [0 0 0 0] /F 132 /P %d 0 R>>", sig, first))
	return w.finish(u, widget+1), nil
}

// body is a dictionary without the line "n 0 obj".
func body(dictionary []byte) string {
	_, inside, _ := bytes.Cut(dictionary, []byte("obj"))
	return strings.TrimSpace(string(inside)) + "\n"
}

func utf16Hex(s string) string {
	out := []byte{0xFE, 0xFF}
	for _, c := range utf16.Encode([]rune(s)) {
		out = append(out, byte(c>>8), byte(c&0xFF))
	}
	return hex.EncodeToString(out)
}

// updateWriter writes objects behind a PDF and remembers where they are.
type updateWriter struct {
	out   *bytes.Buffer
	table bytes.Buffer
}

func (w *updateWriter) object(no int, content string) {
	fmt.Fprintf(&w.table, "%d 1\n%010d 00000 n \n", no, w.out.Len())
	fmt.Fprintf(w.out, "%d 0 obj\n%s\nendobj\n", no, content)
}

func (w *updateWriter) finish(u *update, size int) []byte {
	at := w.out.Len()
	fmt.Fprintf(w.out, "xref\n%strailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n",
		w.table.Bytes(), size, u.root, u.info, u.xref, at)
	return w.out.Bytes()
}
