package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// timeout is above what the API allows itself for a command and an import's rows.
const timeout = 75 * time.Second

// Dial returns a client of the API at an address such as http://localhost:8080, which
// speaks for the owner of a bearer token. It sends nothing yet.
func Dial(address, token string, opts ...ClientOption) (*ClientWithResponses, error) {
	auth := WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	})
	opts = append([]ClientOption{WithHTTPClient(&http.Client{Timeout: timeout}), auth, WithRequestEditorFn(LeaveOutAbsent)}, opts...)
	return NewClientWithResponses(strings.TrimSuffix(address, "/")+"/api/v1", opts...)
}

// Error returns the code, rule and sentence of a problem, which thus is an error.
func (p *Problem) Error() string {
	if p.Rule == "" {
		return fmt.Sprintf("%s: %s", p.Code, p.Detail)
	}
	return fmt.Sprintf("%s (%s): %s", p.Code, p.Rule, p.Detail)
}
