package apiclient

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"truckroll/dispatch"
)

// Caller calls the API by path, for what drives many kinds of calls from a table: the bench
// and the acceptance tests. Code that uses a few calls is better off with the typed client.
type Caller struct {
	URL   string // e.g. http://localhost:8080
	Token string
	HTTP  *http.Client // http.DefaultClient if nil
}

// Content is a body that is not JSON.
type Content struct {
	Type string
	Data []byte
}

// Failure is a refusal as the API tells it (RFC 9457).
type Failure struct {
	dispatch.Refusal

	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// Error says what was refused.
func (p *Failure) Error() string {
	return fmt.Sprintf("%d %s (%s): %s", p.Status, p.Code, p.Rule, p.Detail)
}

// NewKey makes an Idempotency-Key.
func NewKey() string { return rand.Text() }

// Do makes one call below /api/v1 and unpacks the answer into into, unless that is nil. It
// returns the HTTP status; the error is a [*Failure] when the API answered with one.
func (c Caller) Do(ctx context.Context, method, path, key string, body, into any) (int, error) {
	content, ok := body.(Content)
	if !ok && body != nil {
		content.Type = "application/json"
		var err error
		if content.Data, err = json.Marshal(body); err != nil {
			return 0, fmt.Errorf("packing %s: %w", path, err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL+"/api/v1/"+path, bytes.NewReader(content.Data))
	if err != nil {
		return 0, fmt.Errorf("calling %s: %w", path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	if content.Type != "" {
		req.Header.Set("Content-Type", content.Type)
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, fmt.Errorf("calling the API: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, fmt.Errorf("reading the answer to %s: %w", path, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		p := &Failure{Status: resp.StatusCode}
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") || json.Unmarshal(answer, p) != nil {
			return resp.StatusCode, fmt.Errorf("%s %s: %s, and no problem document: %.200s", method, path, resp.Status, answer)
		}
		return resp.StatusCode, p
	}
	if into == nil {
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return resp.StatusCode, fmt.Errorf("reading the answer to %s: %w", path, err)
	}
	return resp.StatusCode, nil
}
