package postgres

import (
	"errors"
	"slices"
	"testing"
	"time"

	"truckroll/dispatch"
)

// removed notes what a sweep deletes from the file store.
func removed(keys *[]string) func([]string) error {
	return func(k []string) error { *keys = append(*keys, k...); return nil }
}

func (w *world) claim(job dispatch.Job, n int, class dispatch.FileClass) File {
	w.t.Helper()
	f := File{
		SHA256: name("%064x", n), Number: job.Number, Kind: "splitter_label", Class: class, ContentType: "image/jpeg", SizeBytes: 1 << 20,
		Key: name("key-%d", n),
	}
	_, err := w.ClaimFile(w.t.Context(), f, nil)
	w.must(err)
	return f
}

func TestAnUploadThatNothingTookUpIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	f := w.claim(job, 1, dispatch.FilePhoto)
	w.must(w.KeepFacts(t.Context(), f.SHA256, dispatch.PhotoFacts{Width: 1}, Look{Hash: 7, Small: []byte{1}},
		dispatch.Variants{{Name: dispatch.VariantView, Key: "key-view"}}))
	var keys []string
	found, err := w.DeleteUnused(t.Context(), time.Now().Add(-time.Hour), removed(&keys))
	if err != nil || found || len(keys) > 0 {
		t.Fatalf("it is young: %v, %v, %v", found, keys, err)
	}
	broken := errors.New("the store is away")
	if _, err := w.DeleteUnused(t.Context(), time.Now().Add(time.Hour), func([]string) error { return broken }); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	for i := range 2 {
		found, err := w.DeleteUnused(t.Context(), time.Now().Add(time.Hour), removed(&keys))
		if err != nil || found != (i == 0) {
			t.Fatalf("sweep %d: %v, %v", i, found, err)
		}
	}
	if !slices.Equal(keys, []string{f.Key, "key-view"}) {
		t.Errorf("deleted %v", keys)
	}
	got, err := w.File(t.Context(), f.SHA256)
	if err != nil || got.DeletedAt == nil || got.DeletedFor == "" || got.Facts != nil {
		t.Errorf("the proof of it: %+v, %v", got, err)
	}
	// It may come again, also for another job, and is then stored anew.
	other := w.job("o-2")
	f.Number = other.Number
	if revived, err := w.ClaimFile(t.Context(), f, nil); err != nil || !revived {
		t.Errorf("revived %v, %v", revived, err)
	}
	if revived, err := w.ClaimFile(t.Context(), f, nil); err != nil || revived {
		t.Errorf("again: revived %v, %v", revived, err)
	}
}

func TestAFileOfAJobGoesWhenItsPeriodIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	start := w.now.Add(time.Hour)
	job = w.book(job, "k-book", start, "i-1")
	by := dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i-1"}
	f := w.claim(job, 1, dispatch.FilePhoto)
	job = w.do(job, "k-visit", by, start, &dispatch.Assign{}, &dispatch.Depart{ToolsChecked: true, PartsChecked: true, Packed: w.std.Pack},
		&dispatch.Arrive{}, &dispatch.Enter{}, &dispatch.AddPhoto{Kind: "splitter_label", SHA256: f.SHA256})
	later := w.now.Add(1000 * 24 * time.Hour)
	var keys []string
	sweep := func(class dispatch.FileClass, before time.Time) bool {
		t.Helper()
		found, err := w.DeleteExpired(t.Context(), w.std.Version, class, before, "photo: 730 days", removed(&keys))
		w.must(err)
		return found
	}
	if n, err := w.DeleteUnused(t.Context(), later, removed(&keys)); n || err != nil {
		t.Fatalf("what is part of a job is not unused: %v, %v", n, err)
	}
	if sweep(dispatch.FilePhoto, later) {
		t.Fatal("the job has not ended")
	}
	job = w.do(job, "k-fail", desk, start.Add(time.Hour), &dispatch.Fail{Reason: "no_free_port", NextStep: "none"})
	w.must(w.HoldFiles(t.Context(), job.Number, "a complaint", desk))
	refusal(t, w.HoldFiles(t.Context(), "TR0", "x", desk), dispatch.CodeNotFound)
	if sweep(dispatch.FilePhoto, later) {
		t.Fatal("somebody holds it")
	}
	w.must(w.ReleaseFiles(t.Context(), job.Number))
	if sweep(dispatch.FileSignature, later) || sweep(dispatch.FilePhoto, w.now) {
		t.Fatal("another class, or not long enough")
	}
	if !sweep(dispatch.FilePhoto, later) || sweep(dispatch.FilePhoto, later) || !slices.Equal(keys, []string{f.Key}) {
		t.Fatalf("it is due, once: %v", keys)
	}
	// Its hash is still this job's: the same photo cannot serve another (VI-8).
	other := f
	other.Number = w.job("o-2").Number
	_, err := w.ClaimFile(t.Context(), other, nil)
	refusal(t, err, dispatch.CodePhotoSeen)
	if got, err := w.File(t.Context(), f.SHA256); err != nil || got.DeletedAt == nil || got.DeletedFor != "photo: 730 days" {
		t.Errorf("the proof of it: %+v, %v", got, err)
	}
}

func TestAJobHasAQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	job := w.job("o-1")
	quota := &dispatch.PhotoRules{MaxFiles: 3, MaxMiB: 2}
	for n := range 2 {
		w.claim(job, n, dispatch.FilePhoto)
	}
	_, err := w.ClaimFile(t.Context(), File{SHA256: name("%064x", 9), Number: job.Number, Class: dispatch.FilePhoto, SizeBytes: 1, Key: "k"}, quota)
	refusal(t, err, dispatch.CodeQuota)
}
