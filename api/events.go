package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// heartbeat keeps proxies, which give up on silent connections after 30 to 60 s, from
// closing a stream.
const heartbeat = 15 * time.Second

// maxCatchUp bounds what a listener who comes back is sent again. Further behind, loading
// the lists anew is cheaper.
const maxCatchUp = 10_000

// streamEvents sends changes as server-sent events. Who comes back with Last-Event-ID gets
// what happened since, each change once.
func (s *server) streamEvents(c echo.Context) error {
	ctx := c.Request().Context()
	who, territory, number := caller(ctx), c.QueryParam("territory"), c.QueryParam("number")
	if territory != "" {
		if err := who.mayServe(territory); err != nil {
			return err
		}
	}
	changes, stop, err := s.hub.listen(ctx)
	if err != nil {
		return err
	}
	defer stop()
	// The first page is read before anything is sent, so that a bad id is still a problem.
	last := c.Request().Header.Get("Last-Event-ID")
	var missed []change
	if last != "" {
		if missed, last, err = s.hub.read(ctx, last); err != nil {
			return err
		}
	}
	out := stream{c: c, wanted: func(ch change) bool { return ch.wanted(who, territory, number) }}
	if err := out.open(); err != nil {
		return nil // the caller has gone
	}
	sent, ok := s.catchUp(ctx, &out, missed, last)
	if !ok {
		return nil
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
			if out.comment("alive") != nil {
				return nil
			}
		case ch, open := <-changes:
			if !open {
				return nil // too slow, or the process ends: the caller comes back
			}
			if !sent[ch.cursor] && out.event(ch) != nil {
				return nil
			}
		}
	}
}

// catchUp sends what was missed, page by page, and returns the cursors of it: while it
// reads, the hub has begun to deliver the same. False: the stream is over.
func (s *server) catchUp(ctx context.Context, out *stream, missed []change, last string) (map[string]bool, bool) {
	sent := map[string]bool{}
	for len(missed) > 0 {
		for _, ch := range missed {
			if sent[ch.cursor] = true; out.event(ch) != nil {
				return nil, false
			}
		}
		if len(missed) < feedPage {
			break
		}
		if len(sent) >= maxCatchUp {
			return nil, out.comment("too far behind: load the lists anew") == nil && false
		}
		var err error
		if missed, last, err = s.hub.read(ctx, last); err != nil {
			return nil, false
		}
	}
	return sent, true
}

// stream writes server-sent events (WHATWG HTML, section 9.2).
type stream struct {
	c      echo.Context
	wanted func(change) bool
}

func (o *stream) open() error {
	h := o.c.Response().Header()
	h.Set(echo.HeaderContentType, "text/event-stream")
	h.Set(echo.HeaderCacheControl, "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	// A stream outlives any write timeout of the server.
	_ = http.NewResponseController(o.c.Response()).SetWriteDeadline(time.Time{})
	o.c.Response().WriteHeader(http.StatusOK)
	return o.comment("open")
}

func (o *stream) comment(text string) error {
	_, err := fmt.Fprintf(o.c.Response(), ": %s\n\n", text)
	o.c.Response().Flush()
	return err
}

func (o *stream) event(ch change) error {
	if !o.wanted(ch) {
		return nil
	}
	data, err := json.Marshal(ch.Change)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.c.Response(), "id: %s\nevent: change\ndata: %s\n\n", ch.cursor, data)
	o.c.Response().Flush()
	return err
}
