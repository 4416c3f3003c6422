// Package uploads takes in large files over poor networks by the tus protocol 1.0
// (https://tus.io/protocols/resumable-upload): what is cut off goes on where it stopped,
// also after this process was killed. Unfinished uploads lie in a folder until they are
// taken up or have grown old.
//
// The protocol is github.com/tus/tusd/v2's (MIT), the reference implementation.
package uploads

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	"golang.org/x/exp/slog"
)

// Why an upload cannot be taken up.
var (
	ErrNotFound   = errors.New("no such upload")
	ErrUnfinished = errors.New("the upload is not finished")
)

// Options say how uploads are taken in.
type Options struct {
	Dir      string // where unfinished uploads lie
	BasePath string // of the routes, e.g. "/api/v1/uploads"
	MaxBytes int64  // of one upload
	// Owner names who makes a request; nobody else sees the upload.
	Owner func(ctx context.Context) string
}

// Uploads are the uploads in a folder. Use one for a folder.
type Uploads struct {
	store filestore.FileStore
	http  http.Handler
	owner func(ctx context.Context) string
	base  string
	dir   string
}

// Open opens the uploads in a folder, which is made if it is missing.
func Open(o Options) (*Uploads, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of uploads: %w", err)
	}
	u := &Uploads{store: filestore.New(o.Dir), owner: o.Owner, base: strings.TrimSuffix(o.BasePath, "/"), dir: o.Dir}
	// It logs each request, with a logger of before the standard library's; the API logs them itself.
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	composer := handler.NewStoreComposer()
	u.store.UseIn(composer)
	memorylocker.New().UseIn(composer)
	h, err := handler.NewHandler(handler.Config{
		StoreComposer: composer, BasePath: u.base + "/", MaxSize: o.MaxBytes, Logger: quiet,
		DisableDownload: true, DisableConcatenation: true, Cors: &handler.CorsConfig{Disable: true},
		PreUploadCreateCallback: u.name,
	})
	if err != nil {
		return nil, fmt.Errorf("assembling the uploads: %w", err)
	}
	u.http = http.StripPrefix(u.base+"/", h)
	return u, nil
}

// name gives an upload an id that nobody can guess, and its owner. The file's name and the
// rest of what the client says about it are not kept.
func (u *Uploads) name(e handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	if e.Upload.SizeIsDeferred {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, handler.NewError("ERR_LENGTH_REQUIRED", "say how long the file is", http.StatusBadRequest)
	}
	return handler.HTTPResponse{}, handler.FileInfoChanges{
		ID: strings.ToLower(rand.Text()), MetaData: handler.MetaData{"owner": u.owner(e.Context)},
	}, nil
}

// ServeHTTP serves the protocol to somebody who is known. An upload of somebody else is as
// if it were not there.
func (u *Uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id := strings.Trim(strings.TrimPrefix(r.URL.Path, u.base), "/"); id != "" {
		if _, err := u.own(r.Context(), id); err != nil {
			http.NotFound(w, r)
			return
		}
	} else {
		r.URL.Path = u.base + "/"
	}
	u.http.ServeHTTP(w, r)
}

var idForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

func (u *Uploads) own(ctx context.Context, id string) (handler.Upload, error) {
	if !idForm.MatchString(id) {
		return nil, ErrNotFound
	}
	up, err := u.store.GetUpload(ctx, id)
	if err != nil {
		return nil, ErrNotFound
	}
	info, err := up.GetInfo(ctx)
	if err != nil || info.MetaData["owner"] != u.owner(ctx) {
		return nil, ErrNotFound
	}
	return up, nil
}

// Read returns the content of a finished upload of the caller's. The error is [ErrNotFound],
// [ErrUnfinished], or unforeseen. The upload stays until it is old, so that it can be taken
// up again when the answer was lost.
func (u *Uploads) Read(ctx context.Context, id string) ([]byte, error) {
	up, err := u.own(ctx, id)
	if err != nil {
		return nil, err
	}
	info, err := up.GetInfo(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the upload: %w", err)
	}
	if info.Offset < info.Size {
		return nil, ErrUnfinished
	}
	r, err := up.GetReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the upload: %w", err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading the upload: %w", err)
	}
	return content, nil
}

// Sweep deletes the uploads that nothing was written to since a time. It returns how many.
func (u *Uploads) Sweep(before time.Time) (int, error) {
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		return 0, fmt.Errorf("listing uploads: %w", err)
	}
	n := 0
	for _, e := range entries {
		id, isInfo := strings.CutSuffix(e.Name(), ".info")
		if !isInfo {
			continue
		}
		path := filepath.Join(u.dir, id)
		newest, err := e.Info()
		if content, statErr := os.Stat(path); statErr == nil {
			newest, err = content, nil
		}
		if err != nil || !newest.ModTime().Before(before) {
			continue
		}
		// The content first: what is left of a sweep that was cut short is found again.
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return n, fmt.Errorf("deleting an upload: %w", err)
		}
		if err := os.Remove(path + ".info"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return n, fmt.Errorf("deleting an upload: %w", err)
		}
		n++
	}
	return n, nil
}
