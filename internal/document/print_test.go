package document_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"truckroll/internal/document"
)

// keep writes documents where a person can look at them, if DOCUMENT_DIR says where.
func keep(t testing.TB, name string, pdf []byte) {
	t.Helper()
	dir := os.Getenv("DOCUMENT_DIR")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
		t.Fatal(err)
	}
}

var languagesTried = map[string][]document.Language{
	"zh+en": {document.English, document.Chinese},
	"zh":    {document.Chinese},
	"en":    {document.English},
}

func TestForm(t *testing.T) {
	t.Parallel()
	p := printer(t)
	for name, languages := range languagesTried {
		for size, form := range map[string]document.Form{"small": small(languages...), "big": large(languages...)} {
			t.Run(size+" "+name, func(t *testing.T) {
				t.Parallel()
				got, err := p.Form(t.Context(), form)
				if err != nil {
					t.Fatal(err)
				}
				keep(t, "form-"+size+"-"+name, got.PDF)
				// With more than one picture, their order in the file is open.
				if again, err := p.Form(t.Context(), form); err != nil || len(again.PDF) != len(got.PDF) || size == "small" && !bytes.Equal(again.PDF, got.PDF) {
					t.Errorf("the same form gave other bytes (%v)", err)
				}
				if pages := strings.Count(tool(t, got.PDF, "pdftotext", "FILE", "-"), "\f"); pages != got.Pages {
					t.Errorf("%d pages, said %d", pages, got.Pages)
				}
				inMargins(t, got.PDF)
				// Text of a field may be broken over lines, so blanks do not count.
				text := squeeze(tool(t, got.PDF, "pdftotext", "-layout", "FILE", "-"))
				zh, en := slices.Contains(languages, document.Chinese), slices.Contains(languages, document.English)
				for _, want := range []string{"业务施工确认单", "服务编号", "用户签名", "测试项目"} {
					if strings.Contains(text, want) != zh {
						t.Errorf("%s is there: %v", want, !zh)
					}
				}
				for _, want := range []string{"Serviceconfirmationform", "Servicenumber", "Customer'ssignature"} {
					if strings.Contains(text, want) != en {
						t.Errorf("%s is there: %v", want, !en)
					}
				}
				for _, want := range []string{form.No, form.Service, "-19.5dBm", form.VerifyURL} {
					if size == "small" && !strings.Contains(text, want) {
						t.Errorf("%s is not there", want)
					}
				}
				if n := strings.Count(text, form.No); n < got.Pages {
					t.Errorf("the number stands %d times on %d pages", n, got.Pages)
				}
			})
		}
	}
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func TestBigFormSaysEverything(t *testing.T) {
	t.Parallel()
	got, err := printer(t).Form(t.Context(), large(document.Chinese, document.English))
	if err != nil {
		t.Fatal(err)
	}
	text := squeeze(tool(t, got.PDF, "pdftotext", "-raw", "FILE", "-"))
	for _, want := range []string{
		squeeze(longZh + "/" + longEn), "特批完工", "VI-8photo:service_agreement业务协议", "-28.4dBm", "-20.4dBm",
		"修复前", "Beforetherepair", "Failedpart:测速Measuredspeed", "48575443A1B2C3D4", "CNY95.90", "2026-03-1409:03", "A类：有偿",
		"标签与工单不符", "分光器标签", "39.964512,116.321784",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not there", want)
		}
	}
	for i := range 12 {
		if h := hash(i); !strings.Contains(text, h[:32]) || !strings.Contains(text, h[32:]) {
			t.Errorf("the hash of photo %d is not there", i)
		}
	}
	for i := range got.Pages {
		if want := "Page" + strconv.Itoa(i+1) + "of" + strconv.Itoa(got.Pages); !strings.Contains(text, want) {
			t.Errorf("%s is not there", want)
		}
	}
}

// What is empty leaves no trace, and no page is without end.
func TestFormOfExtremes(t *testing.T) {
	t.Parallel()
	p := printer(t)
	bare := document.Form{No: "F", Service: "S", Operator: "O", Languages: []document.Language{document.English}}
	long := large()
	long.Customer.Name = strings.Repeat("W", 400)
	long.Operator = strings.Repeat("Operator ", 60)
	long.No = strings.Repeat("9", 90)
	long.Steps[0].By = strings.Repeat("installer", 300)
	long.Steps[1].Values = map[string]string{"x": strings.Repeat("很长的值", 3000)}
	long.Override.Reason = strings.Repeat("because it is so ", 500)
	long.Override.Missing = slices.Repeat([]string{longZh}, 80)
	long.Photos[0].Flags = slices.Repeat([]string{"alike"}, 100)
	long.Signature.Name = strings.Repeat("名字", 900)
	long.Signature.Consent = document.Text{document.Chinese: strings.Repeat(longZh+"\n", 90)}
	long.Tests[1].Remedy = strings.Repeat("remedy ", 900)
	for name, f := range map[string]document.Form{"bare": bare, "long": long} {
		got, err := p.Form(t.Context(), f)
		if err != nil {
			t.Fatal(name, err)
		}
		keep(t, "form-"+name, got.PDF)
		inMargins(t, got.PDF)
		if name == "bare" {
			text := tool(t, got.PDF, "pdftotext", "FILE", "-")
			for _, empty := range []string{"Photos", "Equipment", "Customer", "Charges", "override", "0001"} {
				if strings.Contains(text, empty) {
					t.Errorf("an empty form has %q", empty)
				}
			}
		}
	}
}

var wordPattern = regexp.MustCompile(`<(?:page width="([\d.]+)" height="([\d.]+)"|word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*)</word)`)

// inMargins checks that no word stands nearer than 10 mm to the paper's edge, and none of a page's content in its header
// or footer, or over another word.
func inMargins(t *testing.T, pdf []byte) {
	t.Helper()
	const edge = 28.3 // points
	out := tool(t, pdf, "pdftotext", "-bbox", "FILE", "-")
	num := func(s string) float64 { v, _ := strconv.ParseFloat(s, 64); return v }
	var w, h float64
	var onPage [][4]float64
	words := 0
	for _, m := range wordPattern.FindAllStringSubmatch(out, -1) {
		if m[1] != "" {
			w, h, onPage = num(m[1]), num(m[2]), nil
			continue
		}
		words++
		b := [4]float64{num(m[3]), num(m[4]), num(m[5]), num(m[6])}
		if b[0] < edge || b[1] < edge || b[2] > w-edge || b[3] > h-edge {
			t.Errorf("%q stands outside of the margins: %v of %v x %v", m[7], b, w, h)
		}
		for _, o := range onPage {
			x, y := min(b[2], o[2])-max(b[0], o[0]), min(b[3], o[3])-max(b[1], o[1])
			if x > 1 && y > 0.45*min(b[3]-b[1], o[3]-o[1]) {
				t.Errorf("%q stands over another word: %v, %v", m[7], b, o)
			}
		}
		onPage = append(onPage, b)
	}
	if words == 0 {
		t.Errorf("no words found: %.300s", out)
	}
}

func TestNoteIsOnePage(t *testing.T) {
	t.Parallel()
	p := printer(t)
	for name, languages := range languagesTried {
		got, err := p.Note(t.Context(), note(languages...))
		if err != nil {
			t.Fatal(err)
		}
		keep(t, "note-"+name, got.PDF)
		if pages := strings.Count(tool(t, got.PDF, "pdftotext", "FILE", "-"), "\f"); pages != 1 || got.Pages != 1 {
			t.Errorf("%s: %d pages, said %d", name, pages, got.Pages)
		}
		inMargins(t, got.PDF)
		text := squeeze(tool(t, got.PDF, "pdftotext", "-raw", "FILE", "-"))
		for _, want := range []string{longZh, "欧阳明月", "林伟", "2026-03-1409:03", "2026-03-1409:19", "+8613800005678", "10000", "TR-20260314-0007"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %s is not there", name, want)
			}
		}
	}
	tooLong := note()
	tooLong.Again = document.Text{document.Chinese: strings.Repeat(longZh, 60)}
	if _, err := p.Note(t.Context(), tooLong); err == nil || !strings.Contains(err.Error(), "one page") {
		t.Errorf("a note of two pages: %v", err)
	}
}

// A signature may come as a picture, also one of the forms of PNG that the PDF writer does not know.
func TestSignatureAsPicture(t *testing.T) {
	t.Parallel()
	ink := image.NewNRGBA64(image.Rect(0, 0, 300, 120))
	for x := range 300 {
		for y := range 4 {
			ink.Set(x, 40+x/8+y, color.Black)
		}
	}
	var asPNG bytes.Buffer
	if err := png.Encode(&asPNG, ink); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"png": asPNG.Bytes(), "jpeg": picture(1)} {
		f := small()
		f.Signature.Strokes, f.Signature.Image = nil, data
		got, err := printer(t).Form(t.Context(), f)
		if err != nil {
			t.Fatal(name, err)
		}
		keep(t, "signature-"+name, got.PDF)
		if out := tool(t, got.PDF, "pdfimages", "-list", "FILE"); strings.Count(out, "image") != 2 { // the heading, and it
			t.Errorf("%s: %s", name, out)
		}
	}
}

func BenchmarkForm(b *testing.B) {
	p := printer(b)
	f := large()
	size := 0
	for b.Loop() {
		got, err := p.Form(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		size = len(got.PDF)
	}
	b.ReportMetric(float64(size)/1e6, "MB/doc")
}
