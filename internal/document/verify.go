package document

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Sealed is what an unbroken seal says.
type Sealed struct {
	At          time.Time         // when, by the clock of who sealed
	Certificate *x509.Certificate // whose
}

// Broken says that a document is not as it was sealed, or was not sealed by whom it should have been.
type Broken struct{ Why string }

// Error says what is wrong.
func (b *Broken) Error() string { return "the document's seal is broken: " + b.Why }

var (
	rangePattern = regexp.MustCompile(`/ByteRange \[0 (\d{10}) (\d{10}) (\d{10})\]`)
	timePattern  = regexp.MustCompile(`\n/M \(D:(\d{14})Z\)\n`)
)

// Verify checks the seal of a document that [Seal] sealed: it covers the whole file, and nothing in
// it has changed.
// The seal must be of one of the trusted certificates; with none given it may be anybody's, and it is for the caller to
// look at whose it is. A broken seal, or none, is a [*Broken].
func Verify(pdf []byte, trusted ...*x509.Certificate) (Sealed, error) {
	m := rangePattern.FindAllSubmatch(pdf, -1)
	if len(m) != 1 {
		return Sealed{}, &Broken{fmt.Sprintf("it has %d signatures, not one", len(m))}
	}
	start, end, rest := decimal(m[0][1]), decimal(m[0][2]), decimal(m[0][3])
	switch {
	case end+rest != len(pdf):
		return Sealed{}, &Broken{"the file is longer or shorter than what was sealed"}
	case start < 1 || start >= end-1 || end > len(pdf) || pdf[start] != '<' || pdf[end-1] != '>':
		return Sealed{}, &Broken{"the signature does not stand where the seal says"}
	}
	chain, err := checkContents(pdf[start+1:end-1], digestAround(pdf, start, end))
	if err != nil {
		return Sealed{}, err
	}
	if len(trusted) > 0 && !slices.ContainsFunc(trusted, chain[0].Equal) {
		return Sealed{}, &Broken{fmt.Sprintf("it was sealed by somebody else: %s", chain[0].Subject)}
	}
	t := timePattern.FindSubmatch(pdf[end:])
	if t == nil {
		return Sealed{}, &Broken{"the moment of sealing is missing"}
	}
	at, err := time.Parse("20060102150405", string(t[1]))
	if err != nil {
		return Sealed{}, &Broken{"the moment of sealing is no time"}
	}
	return Sealed{At: at, Certificate: chain[0]}, nil
}

func decimal(digits []byte) int {
	n := 0
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}

// checkContents checks the signature's value against the document's digest and returns the certificates in it. The value
// is made again from its parts and compared: so a change is found even where a signature does not protect itself.
func checkContents(value, digest []byte) ([]*x509.Certificate, error) {
	der, err := hex.DecodeString(string(value))
	if err != nil {
		return nil, &Broken{"the signature is damaged"}
	}
	var info contentInfo
	if _, err := asn1.Unmarshal(der, &info); err != nil || len(info.Content.Signers) != 1 {
		return nil, &Broken{"the signature is damaged"}
	}
	chain, err := x509.ParseCertificates(info.Content.Certificates.Bytes)
	if err != nil || len(chain) == 0 {
		return nil, &Broken{"the signature's certificate is damaged"}
	}
	attributes, err := signedAttributes(digest, chain)
	if err != nil {
		return nil, err
	}
	signature := info.Content.Signers[0].Signature
	again, err := putTogether(attributes, signature, chain)
	if err != nil {
		return nil, &Broken{err.Error()}
	}
	written := make([]byte, len(value))
	for i := range written {
		written[i] = '0'
	}
	if len(again) > len(der) {
		return nil, &Broken{"the signature is damaged"}
	}
	hex.Encode(written, again)
	if !bytes.Equal(written, value) {
		return nil, &Broken{"what was sealed is not what is there"}
	}
	if err := checkSignature(chain[0], attributes, signature); err != nil {
		return nil, errors.Join(&Broken{"the signature does not fit"}, err)
	}
	return chain, nil
}
