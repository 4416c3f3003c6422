package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The optional headers of the API.
const (
	deviceAt    = "Device-At"
	lastEventID = "Last-Event-ID"
)

// LeaveOutAbsent is a request editor that every client needs: optional parameters are plain
// values here, and the generated code sends those that were not set as well, which the API
// refuses (limit=0) or would take for a wish (near=0001-01-01).
//
//	apiclient.NewClient(server, apiclient.WithRequestEditorFn(apiclient.LeaveOutAbsent))
func LeaveOutAbsent(_ context.Context, r *http.Request) error {
	zero := time.Time{}.Format(time.RFC3339)
	if strings.HasPrefix(r.Header.Get(deviceAt), zero[:10]) {
		r.Header.Del(deviceAt)
	}
	if r.Header.Get(lastEventID) == "" {
		r.Header.Del(lastEventID)
	}
	kept := url.Values{}
	for name, values := range r.URL.Query() {
		for _, v := range values {
			if v != "" && v != "0" && v != "false" && !strings.HasPrefix(v, zero[:10]) {
				kept.Add(name, v)
			}
		}
	}
	r.URL.RawQuery = kept.Encode()
	return nil
}
