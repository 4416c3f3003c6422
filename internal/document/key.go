package document

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Key is what an operator seals documents with: a private key and its certificate. It comes from [LoadKey] or [MakeKey].
type Key struct {
	signer crypto.Signer
	chain  []*x509.Certificate // the signer's first
}

// Certificate is the sealing certificate: give it to [Verify], and to whoever checks documents.
func (k Key) Certificate() *x509.Certificate {
	if len(k.chain) == 0 {
		return nil
	}
	return k.chain[0]
}

const minRSABits = 3072

// LoadKey reads a key from PEM: a private key (PKCS #8, SEC 1 or PKCS #1, not encrypted) that is ECDSA or RSA of at
// least 3072 bits, its certificate, and after it those of its issuers, if any.
func LoadKey(text []byte) (Key, error) {
	var k Key
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return Key{}, fmt.Errorf("the sealing certificate: %w", err)
			}
			k.chain = append(k.chain, c)
		case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
			if k.signer != nil {
				return Key{}, errors.New("the sealing key: there are two private keys")
			}
			s, err := parseSigner(block.Bytes)
			if err != nil {
				return Key{}, fmt.Errorf("the sealing key: %w", err)
			}
			k.signer = s
		default: // parameters and the like
		}
	}
	if k.signer == nil || len(k.chain) == 0 {
		return Key{}, errors.New("the sealing key: PEM with a private key and its certificate is needed")
	}
	public, ok := k.signer.Public().(interface {
		Equal(other crypto.PublicKey) bool
	})
	if !ok || !public.Equal(k.chain[0].PublicKey) {
		return Key{}, errors.New("the sealing key: the first certificate is not that of the private key")
	}
	return k, nil
}

func parseSigner(der []byte) (crypto.Signer, error) {
	var parsed any
	var err error
	if parsed, err = x509.ParsePKCS8PrivateKey(der); err != nil {
		if parsed, err = x509.ParseECPrivateKey(der); err != nil {
			if parsed, err = x509.ParsePKCS1PrivateKey(der); err != nil {
				return nil, errors.New("it is in none of the forms PKCS #8, SEC 1, PKCS #1")
			}
		}
	}
	switch key := parsed.(type) {
	case *ecdsa.PrivateKey:
		return key, nil
	case *rsa.PrivateKey:
		if key.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("%d bits are too few for RSA, %d are needed", key.N.BitLen(), minRSABits)
		}
		return key, nil
	}
	return nil, errors.New("it is neither ECDSA nor RSA")
}

// MakeKey returns the key in a file, which it makes if it is missing: ECDSA on P-256 with a self-signed certificate in
// the operator's name, good for ten years, for development and trials. Only the owner may read the file.
func MakeKey(path, operator string) (Key, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = makeKeyFile(path, operator)
	}
	if err != nil {
		return Key{}, fmt.Errorf("the sealing key: %w", err)
	}
	k, err := LoadKey(text)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

func makeKeyFile(path, operator string) ([]byte, error) {
	text, err := selfSigned(operator, time.Now())
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	// Written aside first: two processes that start at once must end up with one key, and never with half of one.
	aside, err := os.CreateTemp(filepath.Dir(path), ".seal-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer os.Remove(aside.Name())
	if _, err := aside.Write(text); err != nil {
		return nil, errors.Join(err, aside.Close())
	}
	if err := errors.Join(aside.Sync(), aside.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(aside.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

func selfSigned(operator string, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)),
		Subject:      pkix.Name{CommonName: operator + " document seal", Organization: []string{operator}},
		// A day back: other machines' clocks may be behind this one's.
		NotBefore:             now.AddDate(0, 0, -1),
		NotAfter:              now.AddDate(10, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := errors.Join(
		pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: cert}),
	); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
