package document_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"truckroll/internal/document"
)

func key(t testing.TB) document.Key {
	t.Helper()
	k, err := document.MakeKey(filepath.Join(t.TempDir(), "keys", "seal.pem"), "示例宽带 Example Broadband")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// rsaKey is a key as it comes from elsewhere: RSA, and behind its certificate that of the issuer.
func rsaKey(t testing.TB) document.Key {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 3072)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Archive"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	issuerKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issuer := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Issuer"}, NotBefore: template.NotBefore, NotAfter: template.NotAfter,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root, err := x509.CreateCertificate(rand.Reader, issuer, issuer, issuerKey.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, issuer, private.Public(), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for _, b := range []*pem.Block{{Type: "CERTIFICATE", Bytes: cert}, {Type: "CERTIFICATE", Bytes: root}, {Type: "PRIVATE KEY", Bytes: der}} {
		text = append(text, pem.EncodeToMemory(b)...)
	}
	k, err := document.LoadKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealed(t testing.TB, k document.Key) []byte {
	t.Helper()
	printed, err := printer(t).Form(t.Context(), small())
	if err != nil {
		t.Fatal(err)
	}
	out, err := document.Seal(printed.PDF, k, time.Now(), "VI-12: 用户已签名 signed by the customer")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	valid = "Signature is Valid"
	total = "Total document signed"
)

func TestSealHolds(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]document.Key{"ecdsa": key(t), "rsa": rsaKey(t)} {
		pdf := sealed(t, k)
		keep(t, "sealed-"+name, pdf)
		got, err := document.Verify(pdf, k.Certificate())
		if err != nil || time.Since(got.At) > time.Minute || !got.Certificate.Equal(k.Certificate()) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		out := tool(t, pdf, "pdfsig", "FILE")
		for _, want := range []string{valid, total, "ETSI.CAdES.detached", "SHA-256"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: pdfsig does not say %q:\n%s", name, want, out)
			}
		}
		if strings.Count(out, "Signature #") != 1 {
			t.Errorf("%s: not one signature:\n%s", name, out)
		}
		inMargins(t, pdf)
	}
}

// Sealed again is sealed anew: both copies are valid, each by itself.
func TestSealTwice(t *testing.T) {
	t.Parallel()
	k := key(t)
	a, b := sealed(t, k), sealed(t, k)
	for _, pdf := range [][]byte{a, b} {
		if _, err := document.Verify(pdf, k.Certificate()); err != nil {
			t.Error(err)
		}
		if out := tool(t, pdf, "pdfsig", "FILE"); !strings.Contains(out, valid) || !strings.Contains(out, total) {
			t.Error(out)
		}
	}
	if _, err := document.Seal(a, k, time.Now(), ""); err == nil || !strings.Contains(err.Error(), "seal already") {
		t.Errorf("a seal over a seal: %v", err)
	}
}

func TestAnyChangeBreaksTheSeal(t *testing.T) {
	t.Parallel()
	k := key(t)
	pdf := sealed(t, k)
	changed := func(at int, by byte) []byte {
		out := bytes.Clone(pdf)
		out[at] ^= by
		return out
	}
	broken := func(name string, pdf []byte) {
		t.Helper()
		var b *document.Broken
		if _, err := document.Verify(pdf, k.Certificate()); !errors.As(err, &b) {
			t.Errorf("%s: not found (%v)", name, err)
		}
	}
	// Everywhere, and around the signature byte by byte.
	for at := 0; at < len(pdf); at += 997 {
		broken("a byte", changed(at, 1))
	}
	from := bytes.LastIndex(pdf, []byte("/ByteRange"))
	for at := from; at < len(pdf); at += 3 {
		broken("a byte behind the range", changed(at, 1))
	}
	contents := from + bytes.Index(pdf[from:], []byte("/Contents <")) + len("/Contents <")
	for at := contents; at < contents+2000; at++ {
		broken("a bit of the signature's case", changed(at, 0x20))
	}
	broken("appended", append(bytes.Clone(pdf), "\n% more\n"...))
	broken("cut", pdf[:len(pdf)-1])
	broken("empty", nil)

	for _, at := range []int{100, len(pdf) / 4, len(pdf) / 2, from - 300, bytes.LastIndex(pdf, []byte("/M (D:")) + 9} {
		if out := tool(t, changed(at, 1), "pdfsig", "FILE"); strings.Contains(out, valid) {
			t.Errorf("pdfsig takes a change at %d:\n%s", at, out)
		}
	}
	if out := tool(t, append(bytes.Clone(pdf), "\n% more\n"...), "pdfsig", "FILE"); strings.Contains(out, total) {
		t.Errorf("pdfsig takes an addition:\n%s", out)
	}
}

// Who changes a document and seals it again with a key of his own is found by the certificate.
func TestForeignSeal(t *testing.T) {
	t.Parallel()
	pdf := sealed(t, key(t))
	var b *document.Broken
	if _, err := document.Verify(pdf, key(t).Certificate()); !errors.As(err, &b) || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("a foreign seal: %v", err)
	}
	if _, err := document.Verify(pdf); err != nil {
		t.Errorf("anybody's seal: %v", err)
	}
}

func TestSealRefusals(t *testing.T) {
	t.Parallel()
	k := key(t)
	printed, err := printer(t).Note(t.Context(), note())
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"not a PDF": second(document.Seal([]byte("%PDF-1.7\nstartxref\n9\n%%EOF"), k, time.Now(), "")),
		"cut":       second(document.Seal(printed.PDF[:len(printed.PDF)-40], k, time.Now(), "")),
		"no key":    second(document.Seal(printed.PDF, document.Key{}, time.Now(), "")),
		"too late":  second(document.Seal(printed.PDF, k, time.Now().AddDate(11, 0, 0), "")),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	whole, err := document.Seal(printed.PDF, k, time.Now(), "")
	if err != nil {
		t.Fatalf("a note: %v", err)
	}
	// Whatever is cut off, and wherever: an answer, and never a seal that holds.
	for end := 0; end < len(whole); end += 211 {
		if out, err := document.Seal(printed.PDF[:min(end, len(printed.PDF)-8)], k, time.Now(), ""); err == nil {
			t.Errorf("sealed the first %d bytes (%d)", end, len(out))
		}
		if _, err := document.Verify(whole[:end], k.Certificate()); err == nil {
			t.Errorf("the first %d bytes are whole", end)
		}
	}
}

func second(_ []byte, err error) error { return err }

func TestMakeKeyOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "seal.pem")
	keys := make([]document.Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			k, err := document.MakeKey(path, "Example Broadband")
			if err != nil {
				t.Error(err)
			}
			keys[i] = k
		})
	}
	wg.Wait()
	for _, k := range keys {
		if !k.Certificate().Equal(keys[0].Certificate()) {
			t.Error("two keys at one path")
		}
	}
	stat, err := os.Stat(path)
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", stat.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	keyOnly, _, _ := bytes.Cut(text, []byte("-----BEGIN CERT"))
	for name, bad := range map[string][]byte{"nothing": nil, "two keys": append(other, text...), "no certificate": keyOnly} {
		if _, err := document.LoadKey(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
