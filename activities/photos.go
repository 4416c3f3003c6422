package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/imaging"
	"truckroll/internal/postgres"
)

// PhotoStore is what [Photos] needs of Postgres.
type PhotoStore interface {
	Job(ctx context.Context, number string) (postgres.Record, error)
	File(ctx context.Context, sha256 string) (postgres.File, error)
	// Alike returns photos whose perceptual hash differs in few bits from a file's.
	Alike(ctx context.Context, f postgres.File, hash uint64, within, limit int) ([]postgres.Look, error)
	KeepFacts(ctx context.Context, sha256 string, f dispatch.PhotoFacts, look postgres.Look, variants dispatch.Variants) error
}

// Files is the file store.
type Files interface {
	// Read returns a file whose content is what its hash says, or an error.
	Read(ctx context.Context, key, sha256 string) ([]byte, error)
	// Put stores content under a key made of its hash; what is there already stays.
	Put(ctx context.Context, contentType string, content []byte) (sha256, key string, err error)
}

// Photos looks at the photos that installers send (VI-8, NA-4).
type Photos struct {
	Store     PhotoStore
	Files     Files
	Inspector *imaging.Inspector
}

// Inspect measures a photo that was uploaded, makes what people see of it, and finds others
// that look the same. It judges nothing; running it again gives the same.
func (p *Photos) Inspect(ctx context.Context, in dispatch.PhotoToInspect) (dispatch.PhotoFacts, error) {
	rec, err := p.Store.Job(ctx, in.Number)
	if err != nil {
		return dispatch.PhotoFacts{}, fmt.Errorf("job of the photo: %w", err)
	}
	f, err := p.Store.File(ctx, in.SHA256)
	if err != nil {
		return dispatch.PhotoFacts{}, fmt.Errorf("file of the photo: %w", err)
	}
	content, err := p.Files.Read(ctx, f.Key, f.SHA256)
	if err != nil {
		return dispatch.PhotoFacts{}, fmt.Errorf("reading the photo: %w", err)
	}
	zone, err := time.LoadLocation(in.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	look, err := p.Inspector.Inspect(ctx, content, imaging.Options{Zone: zone, ReadLabel: in.Kind == dispatch.PhotoLabel})
	if unreadable, ok := errors.AsType[imaging.Unreadable](err); ok {
		facts := dispatch.PhotoFacts{Unreadable: unreadable.Say}
		return facts, p.Store.KeepFacts(ctx, in.SHA256, facts, postgres.Look{}, nil)
	}
	if err != nil {
		return dispatch.PhotoFacts{}, fmt.Errorf("looking at the photo: %w", err)
	}
	facts := facts(look, rec)
	if facts.Alike, err = p.alike(ctx, f, look); err != nil {
		return facts, err
	}
	variants, err := p.keepVariants(ctx, look)
	if err != nil {
		return facts, err
	}
	return facts, p.Store.KeepFacts(ctx, in.SHA256, facts, postgres.Look{Hash: look.Hash, Small: look.Small}, variants)
}

func facts(l imaging.Look, rec postgres.Record) dispatch.PhotoFacts {
	f := dispatch.PhotoFacts{Width: l.Width, Height: l.Height, Luma: l.Luma, Contrast: l.Contrast, Blur: l.Blur, TakenAt: l.TakenAt}
	if l.Place != nil {
		f.Place = &dispatch.Place{Latitude: l.Place.Latitude, Longitude: l.Place.Longitude}
	}
	if l.Label != nil {
		f.Label = &dispatch.LabelReading{
			Format: l.Label.Format, Text: l.Label.Text, Sure: l.Label.Sure, Matches: names(l.Label.Text, rec),
		}
	}
	return f
}

// names reports whether a label's text holds the job's order, its service number, or the
// port that the installer wrote on it (VI-5).
func names(text string, rec postgres.Record) bool {
	wanted := []string{rec.ExternalOrder, rec.Job.Number}
	if v := rec.Job.LastVisit(); v != nil {
		for _, s := range v.Steps {
			wanted = append(wanted, s.Values["splitter_label"], s.Values["customer_label"])
		}
	}
	for _, w := range wanted {
		if w != "" && strings.Contains(strings.ToUpper(text), strings.ToUpper(w)) {
			return true
		}
	}
	return false
}

// alike compares the photo itself with the nearest of those whose hash is near. A comparison
// takes some ten milliseconds, and somebody stands there waiting.
func (p *Photos) alike(ctx context.Context, f postgres.File, look imaging.Look) ([]dispatch.Likeness, error) {
	near, err := p.Store.Alike(ctx, f, look.Hash, imaging.NearBits, nearest)
	if err != nil {
		return nil, err
	}
	var out []dispatch.Likeness
	for _, n := range near {
		if score := imaging.Likeness(look.Small, n.Small); score >= worthKnowing {
			out = append(out, dispatch.Likeness{Number: n.Number, SHA256: n.SHA256, Score: score})
		}
	}
	slices.SortFunc(out, func(a, b dispatch.Likeness) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(len(out), mostAlike)], nil
}

// A likeness below worthKnowing says nothing, and a workflow's history need not hold a list.
const (
	worthKnowing = 0.8
	mostAlike    = 5
	nearest      = 40
)

func (p *Photos) keepVariants(ctx context.Context, look imaging.Look) (dispatch.Variants, error) {
	var out dispatch.Variants
	for name, picture := range map[string]imaging.Picture{dispatch.VariantView: look.View, dispatch.VariantThumb: look.Thumb} {
		sum, key, err := p.Files.Put(ctx, "image/jpeg", picture.Content)
		if err != nil {
			return nil, fmt.Errorf("keeping the %s of a photo: %w", name, err)
		}
		out = append(out, dispatch.Variant{
			Name: name, SHA256: sum, Key: key, Bytes: int64(len(picture.Content)), Width: picture.Width, Height: picture.Height,
		})
	}
	slices.SortFunc(out, func(a, b dispatch.Variant) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
