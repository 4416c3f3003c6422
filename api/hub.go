package api

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"truckroll/api/gen"
	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

const (
	// pollEvery is how old a change may be when a dispatcher sees it. Everybody who listens
	// to this process is served by one query.
	pollEvery = 500 * time.Millisecond
	// feedPage is how many entries one query reads.
	feedPage = 200
	// listenerBuffer is how many changes a slow listener may be behind before it is cut
	// off; it then resumes with Last-Event-ID.
	listenerBuffer = 1024
)

// change is one entry of the feed with what is needed to choose who sees it.
type change struct {
	gen.Change

	cursor    string
	installer string // of the job's latest visit
}

// hub reads the change feed for all who listen, and only while somebody does.
type hub struct {
	ctx   context.Context //nolint:containedctx // the life of the process
	store Store
	log   *slog.Logger
	tick  func() (<-chan time.Time, func()) // replaced by tests

	mu        sync.Mutex
	listeners map[chan change]struct{}
	running   bool
}

func newHub(ctx context.Context, store Store, log *slog.Logger) *hub {
	return &hub{
		ctx: ctx, store: store, log: log, listeners: map[chan change]struct{}{},
		tick: func() (<-chan time.Time, func()) {
			t := time.NewTicker(pollEvery)
			return t.C, t.Stop
		},
	}
}

// listen returns the changes from now on. The channel is closed when the listener was too
// slow or the process ends; stop must be called.
func (h *hub) listen(ctx context.Context) (changes <-chan change, stop func(), err error) {
	ch := make(chan change, listenerBuffer)
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.running {
		// Read under the lock: whoever joins now must not miss what the poller begins with.
		from, err := h.store.FeedEnd(ctx)
		if err != nil {
			return nil, nil, err
		}
		h.running = true
		go h.poll(from)
	}
	h.listeners[ch] = struct{}{}
	return ch, func() { h.drop(ch) }, nil
}

func (h *hub) drop(ch chan change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.listeners[ch]; ok {
		delete(h.listeners, ch)
		close(ch)
	}
}

// poll reads the feed until nobody listens any more.
func (h *hub) poll(cursor string) {
	tick, stop := h.tick()
	defer stop()
	for {
		select {
		case <-h.ctx.Done():
			h.end()
			return
		case <-tick:
		}
		if h.idle() {
			return
		}
		for {
			changes, next, err := h.read(h.ctx, cursor)
			if err != nil {
				h.log.LogAttrs(h.ctx, slog.LevelWarn, "reading the change feed", slog.Any("cause", err))
				break // again at the next tick, from the same place
			}
			cursor = next
			h.send(changes)
			if len(changes) < feedPage {
				break
			}
		}
	}
}

// read returns a page of the feed after a cursor, and the cursor after it.
func (h *hub) read(ctx context.Context, cursor string) ([]change, string, error) {
	events, err := h.store.Feed(ctx, cursor, feedPage)
	if err != nil {
		return nil, cursor, err
	}
	jobs := map[string]postgres.Record{}
	out := make([]change, len(events))
	for i, e := range events {
		rec, ok := jobs[e.Job]
		if !ok {
			if rec, err = h.store.Job(ctx, e.Job); err != nil {
				return nil, cursor, err
			}
			jobs[e.Job] = rec
		}
		out[i] = change{
			cursor: e.Cursor,
			Change: gen.Change{
				Number: e.Job, Territory: rec.Job.Territory, Seq: e.Entry.Seq, At: e.Entry.At, Action: e.Entry.Action,
				Fact: e.Entry.Fact, Rule: string(e.Entry.Rule), Status: e.Entry.Status,
			},
		}
		if v := rec.Job.LastVisit(); v != nil {
			out[i].installer = v.Appointment.Installer
		}
		cursor = e.Cursor
	}
	return out, cursor, nil
}

func (h *hub) send(changes []change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.listeners {
		for _, c := range changes {
			select {
			case ch <- c:
				continue
			default:
			}
			delete(h.listeners, ch)
			close(ch)
			break
		}
	}
}

// idle ends the poller when nobody is left; the next listener starts another.
func (h *hub) idle() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = len(h.listeners) > 0
	return !h.running
}

// end closes all streams, so that the server can stop.
func (h *hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = false
	for ch := range h.listeners {
		delete(h.listeners, ch)
		close(ch)
	}
}

// wanted says whether a listener gets a change: an installer those of own jobs, the others
// those of their territories.
func (c change) wanted(who Caller, territory, number string) bool {
	if territory != "" && territory != c.Territory || number != "" && number != c.Number {
		return false
	}
	if who.Role == dispatch.RoleInstaller {
		return c.installer == who.ID
	}
	return who.mayServe(c.Territory) == nil
}
