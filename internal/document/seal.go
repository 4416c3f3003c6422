package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Seal signs a document of this package as PAdES baseline B (ETSI EN 319 142-1): an invisible signature over the whole
// file, which says that no change is permitted from here on. The moment and the reason are part of what is signed; the
// moment is the sealing machine's word, as there is no time stamp. A document that has a seal is refused: there is one,
// over all of it.
func Seal(pdf []byte, k Key, at time.Time, reason string) ([]byte, error) {
	if k.Certificate() == nil {
		return nil, errors.New("sealing needs a key")
	}
	if c := k.Certificate(); at.Before(c.NotBefore) || at.After(c.NotAfter) {
		return nil, fmt.Errorf("the sealing certificate is good from %s to %s, not at %s",
			c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339), at.Format(time.RFC3339))
	}
	u, err := openUpdate(pdf)
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	room := 2048
	for _, c := range k.chain {
		room += len(c.Raw)
	}
	out, err := u.signed(at, reason, room)
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	start, end := contentsAt(out, len(pdf))
	fillRange(out, start, end)
	signature, err := k.signDetached(digestAround(out, start, end))
	if err != nil {
		return nil, fmt.Errorf("sealing: %w", err)
	}
	if len(signature) > room {
		return nil, errors.New("sealing: the signature is larger than the room for it")
	}
	hex.Encode(out[start+1:], signature)
	return out, nil
}

// rangeForm is the place of the byte range, which is written when everything else stands. Ten digits are enough for
// what a classic cross-reference table can address.
const rangeForm = "/ByteRange [0 %010d %010d %010d]"

func fillRange(out []byte, start, end int) {
	at := bytes.LastIndex(out, []byte("/ByteRange ["))
	copy(out[at:], fmt.Sprintf(rangeForm, start, end, len(out)-end))
}

// contentsAt finds the signature's value, from its < to after its >.
func contentsAt(pdf []byte, from int) (start, end int) {
	start = from + bytes.Index(pdf[from:], []byte("/Contents <")) + len("/Contents ")
	return start, start + bytes.IndexByte(pdf[start:], '>') + 1
}

func digestAround(pdf []byte, start, end int) []byte {
	h := sha256.New()
	h.Write(pdf[:start])
	h.Write(pdf[end:])
	return h.Sum(nil)
}
