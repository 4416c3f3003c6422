package document

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
)

// The object identifiers of a PAdES baseline signature (RFC 5652, RFC 5035, ETSI EN 319 142-1).
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidECDSASHA256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	Encapsulated     encapsulated
	Certificates     asn1.RawValue
	Signers          []signerInfo `asn1:"set"`
}

// encapsulated names the content's type and leaves the content out: it is the PDF itself.
type encapsulated struct{ Type asn1.ObjectIdentifier }

type signerInfo struct {
	Version            int
	Issuer             issuerAndSerial
	DigestAlgorithm    pkix.AlgorithmIdentifier
	Attributes         asn1.RawValue
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Signature          []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

// signingCertificateV2 binds the signature to the signer's certificate, and to those of its issuers that come with it, by
// their SHA-256, which is the default algorithm.
type signingCertificateV2 struct{ Certs []essCertID }

type essCertID struct{ Hash []byte }

// signDetached makes the CMS signature over a document's SHA-256.
func (k Key) signDetached(digest []byte) ([]byte, error) {
	attributes, err := signedAttributes(digest, k.chain)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attributes)
	signature, err := k.signer.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return putTogether(attributes, signature, k.chain)
}

// signedAttributes returns what is signed, a DER SET. The time is not in it: a PAdES signature tells it in the PDF's
// signature dictionary, which the digest covers.
func signedAttributes(digest []byte, chain []*x509.Certificate) ([]byte, error) {
	var certs signingCertificateV2
	for _, c := range chain {
		hash := sha256.Sum256(c.Raw)
		certs.Certs = append(certs.Certs, essCertID{hash[:]})
	}
	list := make([]asn1.RawValue, 0, 3)
	for _, a := range []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{
		{oidContentType, oidData},
		{oidMessageDigest, digest},
		{oidSigningCertV2, certs},
	} {
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		der, err := asn1.Marshal(struct {
			Type   asn1.ObjectIdentifier
			Values []asn1.RawValue `asn1:"set"`
		}{a.oid, []asn1.RawValue{{FullBytes: value}}})
		if err != nil {
			return nil, err
		}
		list = append(list, asn1.RawValue{FullBytes: der})
	}
	return asn1.MarshalWithParams(list, "set")
}

// putTogether makes the CMS structure. It depends on nothing but what it is given, so that who verifies can make it
// again and see that not a byte is different.
func putTogether(attributes, signature []byte, chain []*x509.Certificate) ([]byte, error) {
	algorithm, err := algorithmOf(chain[0].PublicKey)
	if err != nil {
		return nil, err
	}
	var certs []byte
	for _, c := range chain {
		certs = append(certs, c.Raw...)
	}
	// [0] IMPLICIT: the same content under another tag.
	tagged := append([]byte{0xA0}, attributes[1:]...)
	digest := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	return asn1.Marshal(contentInfo{Type: oidSignedData, Content: signedData{
		Version:          1,
		DigestAlgorithms: []pkix.AlgorithmIdentifier{digest},
		Encapsulated:     encapsulated{oidData},
		Certificates:     asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: certs},
		Signers: []signerInfo{{
			Version:            1,
			Issuer:             issuerAndSerial{asn1.RawValue{FullBytes: chain[0].RawIssuer}, chain[0].SerialNumber},
			DigestAlgorithm:    digest,
			Attributes:         asn1.RawValue{FullBytes: tagged},
			SignatureAlgorithm: algorithm,
			Signature:          signature,
		}},
	}})
}

func algorithmOf(public crypto.PublicKey) (pkix.AlgorithmIdentifier, error) {
	switch public.(type) {
	case *ecdsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidECDSASHA256}, nil
	case *rsa.PublicKey:
		return pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}, nil
	}
	return pkix.AlgorithmIdentifier{}, errors.New("the certificate's key is neither ECDSA nor RSA")
}

// checkSignature checks a signature over the signed attributes.
func checkSignature(cert *x509.Certificate, attributes, signature []byte) error {
	algorithm := x509.ECDSAWithSHA256
	if _, ok := cert.PublicKey.(*rsa.PublicKey); ok {
		algorithm = x509.SHA256WithRSA
	}
	return cert.CheckSignature(algorithm, attributes, signature)
}
