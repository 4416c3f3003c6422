package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
	"truckroll/internal/scene"
)

// command is one call of the API on a job.
type command struct {
	method, path string // path below the job
	body         any    // JSON, or a photo
}

// script is a full install job, one command a request, as an installer with good reception
// and a dispatcher give them. Installer and start are the appointment's.
func script(installer, start, consent string, photo func() apiclient.Content) []command {
	step := func(id string, values map[string]string) command {
		body := map[string]any{"step": id}
		if values != nil {
			body["values"] = values
		}
		return command{http.MethodPost, "visit/steps", body}
	}
	shot := func(kind string) command {
		return command{http.MethodPost, "visit/photos?kind=" + kind, photo()}
	}
	empty := map[string]any{}
	return []command{
		{http.MethodPost, "contact-attempts", map[string]any{"channel": "call", "outcome": "reached"}},
		{http.MethodPost, "appointment", map[string]any{"start": start, "installers": []string{installer}}},
		{http.MethodPost, "assignment", empty},
		{http.MethodPost, "visit/depart", map[string]any{
			"tools_checked": true, "parts_checked": true,
			"packed": []string{"shoe_covers", "floor_cloth", "cleaning_cloth", "rubbish_bag", "service_record"},
		}},
		{http.MethodPost, "visit/arrive", map[string]any{"place": benchPlace}},
		{http.MethodPost, "visit/enter", empty},
		step("introduce", nil), step("explain", nil), step("safety", nil),
		step("cabling", map[string]string{"customer_label": "ONT-7", "splitter_label": "SP-1/7"}),
		step("activate", map[string]string{"authentication_code": "0815"}),
		step("show", nil), step("clean_up", nil),
		step("satisfied", map[string]string{"answer": "yes"}), step("service_card", nil),
		{http.MethodPost, "visit/tests", map[string]any{
			"resources": map[string]any{"port_matches": true, "line_matches": true}, "authentication": map[string]any{"in_sync": true},
			"optical_power": map[string]any{"dbm": -19.5}, "speed": map[string]any{"mbps": 312},
		}},
		shot("drop_cable_route"), shot("splitter_label"), shot("terminal_installed"), shot("acceptance_form"),
		{http.MethodPost, "visit/signature", map[string]any{"signer": "customer", "consent": consent, "strokes": [][]map[string]any{{
			{"x": mathrand.Float64(), "y": 1, "t": 0}, //nolint:gosec // a stroke, not a secret
			{"x": 9, "y": 9, "t": 16},
		}}}},
		{http.MethodPost, "visit/complete", empty},
		{http.MethodPost, "follow-up", map[string]any{"score": 9}},
	}
}

var benchPlace = map[string]any{"latitude": 1.0, "longitude": 1.0}

// stage is a territory with an installer for each lane.
type stage struct {
	api       apiclient.Caller
	territory string
	consent   string // version of the text that customers sign
	photos    chan apiclient.Content
	mu        sync.Mutex
	number    string
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{
		territory: "bench-" + rand.Text()[:8],
		api: apiclient.Caller{URL: o.URL, Token: o.Token, HTTP: &http.Client{
			Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: o.Lanes + 1},
		}},
	}
	if err := s.do(ctx, http.MethodPut, "territories", map[string]any{"territories": []any{map[string]any{
		"id": s.territory, "name": "Bench", "time_zone": "UTC", "center": benchPlace, "radius_m": 1000, "hotline": "+15550000000",
	}}}, nil); err != nil {
		return nil, err
	}
	var installers, shifts []any
	now := time.Now()
	for lane := range o.Lanes {
		installers = append(installers, map[string]any{
			"id": s.installer(lane), "name": "Bench", "phone": "+15550000001", "territory": s.territory,
			"certificates": []any{map[string]any{"skill": "fiber_install", "valid_until": now.AddDate(1, 0, 0)}},
		})
		shifts = append(shifts, map[string]any{"installer": s.installer(lane), "start": now.Add(-time.Hour), "end": now.Add(24 * time.Hour)})
	}
	if err := s.do(ctx, http.MethodPut, "installers", map[string]any{"installers": installers}, nil); err != nil {
		return nil, err
	}
	if err := s.do(ctx, http.MethodPut, "shifts", map[string]any{"shifts": shifts}, nil); err != nil {
		return nil, err
	}
	var std dispatch.Standard
	if err := s.do(ctx, http.MethodGet, "standards/current", nil, &std); err != nil {
		return nil, err
	}
	if std.Form != nil {
		s.consent = std.Form.Consent.Version
	}
	return s, s.takePhotos(o)
}

// takePhotos makes all the photos before anything is measured: a camera is not ours to measure.
func (s *stage) takePhotos(o Options) error {
	jobs := 2*o.Lanes + o.Rounds*(o.Jobs+aloneJobs)
	s.photos = make(chan apiclient.Content, photosPerJob*jobs)
	for n := range cap(s.photos) {
		photo, err := scene.Photo(fmt.Sprintf("%s/%d", s.territory, n), 1024, 576)
		if err != nil {
			return err
		}
		s.photos <- apiclient.Content{Type: "image/jpeg", Data: photo}
	}
	return nil
}

const photosPerJob = 4

func (s *stage) installer(lane int) string { return fmt.Sprintf("%s-%d", s.territory, lane) }

// run takes one install job from registration to closed.
func (s *stage) run(ctx context.Context, lane int) ([]time.Duration, error) {
	var registered struct {
		Number string `json:"number"`
	}
	err := s.do(ctx, http.MethodPost, "jobs", map[string]any{
		"external_order": "bench-" + rand.Text(), "kind": "install", "channel": "system", "territory": s.territory,
		"product": "fttr-300", "contract_mbps": 300,
		"customer": map[string]any{"name": "Bench", "phone": "+15550000002", "address": "1 Bench", "place": benchPlace},
	}, &registered)
	if err != nil {
		return nil, err
	}
	start := time.Now().Add(4 * time.Hour).UTC().Format(time.RFC3339)
	var times []time.Duration
	for _, c := range script(s.installer(lane), start, s.consent, func() apiclient.Content { return <-s.photos }) {
		began := time.Now()
		if err := s.do(ctx, c.method, "jobs/"+registered.Number+"/"+c.path, c.body, nil); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
	}
	s.mu.Lock()
	s.number = registered.Number
	s.mu.Unlock()
	return times, nil
}

// last is the number of a job that is done.
func (s *stage) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.number
}

func (s *stage) do(ctx context.Context, method, path string, body, into any) error {
	_, err := s.api.Do(ctx, method, path, apiclient.NewKey(), body, into)
	return err
}
