package uploads_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/internal/uploads"
)

type ownerKey struct{}

// site serves a folder of uploads as one process would.
type site struct {
	t   *testing.T
	dir string
	up  *uploads.Uploads
	srv *httptest.Server
}

func open(t *testing.T, dir string) *site {
	t.Helper()
	up, err := uploads.Open(uploads.Options{
		Dir: dir, BasePath: "/uploads", MaxBytes: 1 << 20,
		Owner: func(ctx context.Context) string { s, _ := ctx.Value(ownerKey{}).(string); return s },
	})
	require.NoError(t, err)
	s := &site{t: t, dir: dir, up: up}
	s.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up.ServeHTTP(w, r.WithContext(as(r.Context(), r.Header.Get("X-Owner"))))
	}))
	t.Cleanup(s.srv.Close)
	return s
}

func as(ctx context.Context, owner string) context.Context {
	return context.WithValue(ctx, ownerKey{}, owner)
}

func (s *site) do(method, path, owner string, body io.Reader, headers map[string]string) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.srv.URL+path, body)
	require.NoError(s.t, err)
	req.Header.Set("Tus-Resumable", "1.0.0")
	req.Header.Set("X-Owner", owner)
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil
	}
	s.t.Cleanup(func() { res.Body.Close() })
	return res
}

func (s *site) create(owner string, size int) string {
	s.t.Helper()
	res := s.do(http.MethodPost, "/uploads", owner, nil, map[string]string{"Upload-Length": strconv.Itoa(size)})
	require.Equal(s.t, http.StatusCreated, res.StatusCode)
	return path.Base(res.Header.Get("Location"))
}

func (s *site) offset(owner, id string) int {
	s.t.Helper()
	res := s.do(http.MethodHead, "/uploads/"+id, owner, nil, nil)
	require.Equal(s.t, http.StatusOK, res.StatusCode)
	n, err := strconv.Atoi(res.Header.Get("Upload-Offset"))
	require.NoError(s.t, err)
	return n
}

func (s *site) patch(owner, id string, offset int, body io.Reader) *http.Response {
	return s.do(http.MethodPatch, "/uploads/"+id, owner, body, map[string]string{
		"Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream",
	})
}

// cut is a network that goes away after some bytes.
type cut struct {
	r    io.Reader
	left int
}

func (c *cut) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, errors.New("the network went away")
	}
	n, err := c.r.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

func TestAnUploadThatWasCutGoesOn(t *testing.T) {
	t.Parallel()
	content := make([]byte, 300_000)
	_, _ = rand.Read(content)
	for name, at := range map[string]int{"at 40 %": len(content) * 4 / 10, "at 80 %": len(content) * 8 / 10, "before the last byte": len(content) - 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir())
			id := s.create("i1", len(content))
			s.patch("i1", id, 0, &cut{bytes.NewReader(content), at})

			again := open(t, s.dir) // another process, which knows only what is on disk
			var have int
			require.Eventually(t, func() bool { have = again.offset("i1", id); return have > 0 }, 10*time.Second, 10*time.Millisecond)
			require.LessOrEqual(t, have, at)
			_, err := again.up.Read(as(t.Context(), "i1"), id)
			require.ErrorIs(t, err, uploads.ErrUnfinished)
			require.Equal(t, http.StatusConflict, again.patch("i1", id, have+1, bytes.NewReader(content[have:])).StatusCode)
			have = again.offset("i1", id)
			require.Equal(t, http.StatusNoContent, again.patch("i1", id, have, bytes.NewReader(content[have:])).StatusCode)
			got, err := again.up.Read(as(t.Context(), "i1"), id)
			require.NoError(t, err)
			require.Equal(t, content, got)
		})
	}
}

func TestAnUploadIsItsOwners(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	id := s.create("i1", 3)
	require.Equal(t, http.StatusNotFound, s.do(http.MethodHead, "/uploads/"+id, "i2", nil, nil).StatusCode)
	require.Equal(t, http.StatusNotFound, s.patch("i2", id, 0, bytes.NewReader([]byte("abc"))).StatusCode)
	require.Equal(t, http.StatusNoContent, s.patch("i1", id, 0, bytes.NewReader([]byte("abc"))).StatusCode)
	_, err := s.up.Read(as(t.Context(), "i2"), id)
	require.ErrorIs(t, err, uploads.ErrNotFound)
	for _, bad := range []string{"", "../secret", id + ".info", "nobody"} {
		_, err := s.up.Read(as(t.Context(), "i1"), bad)
		require.ErrorIs(t, err, uploads.ErrNotFound, bad)
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	res := s.do(http.MethodPost, "/uploads", "i1", nil, map[string]string{"Upload-Length": "2000000"})
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	res = s.do(http.MethodPost, "/uploads", "i1", nil, map[string]string{"Upload-Defer-Length": "1"})
	require.GreaterOrEqual(t, res.StatusCode, 400)
}

func TestSweepDeletesWhatIsOld(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	id := s.create("i1", 3)
	n, err := s.up.Sweep(time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = s.up.Sweep(time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, http.StatusNotFound, s.do(http.MethodHead, "/uploads/"+id, "i1", nil, nil).StatusCode)
}
