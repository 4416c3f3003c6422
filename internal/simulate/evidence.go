package simulate

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"truckroll/internal/apiclient"
)

// signature is a few strokes that differ from job to job.
func (p *player) signature() apiclient.SignatureUpload {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s/%d", p.id, p.plan.Index)
	var noise [8]byte
	binary.LittleEndian.PutUint64(noise[:], h.Sum64())
	stroke := make([]apiclient.Point, len(noise))
	for i, n := range noise {
		stroke[i] = apiclient.Point{X: float64(10 + 12*i), Y: float64(n), T: 1 + 16*i}
	}
	return apiclient.SignatureUpload{Signer: "customer", Consent: p.std.Form.Consent.Version, Strokes: [][]apiclient.Point{stroke}}
}
