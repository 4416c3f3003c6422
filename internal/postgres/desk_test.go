package postgres

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"truckroll/dispatch"
)

func TestMigrateAtOnceAndAgain(t *testing.T) {
	t.Parallel()
	url := testURL(t)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wg.Go(func() { errs[i] = Migrate(t.Context(), url) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestStandardsNeverChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source := dispatch.DefaultStandard()
	_, err := w.PutStandard(t.Context(), source, w.now)
	w.must(err)
	_, err = w.PutStandard(t.Context(), append(source, "# edited\n"...), w.now)
	refusal(t, err, dispatch.CodeDuplicate)
	_, err = w.PutStandard(t.Context(), []byte("version: x"), w.now)
	refusal(t, err, dispatch.CodeInvalid)
	_, err = w.Standard(t.Context(), "none")
	refusal(t, err, dispatch.CodeStandardUnknown)
	all, err := w.Standards(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("standards: %v %v", all, err)
	}
}

func TestShiftsDoNotOverlap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := w.now.AddDate(0, 1, 0)
	shift := func(from, to int) dispatch.Shift {
		return dispatch.Shift{Installer: "i-1", Start: at.Add(time.Duration(from) * time.Hour), End: at.Add(time.Duration(to) * time.Hour)}
	}
	w.must(w.PutShifts(t.Context(), []dispatch.Shift{shift(0, 4), shift(4, 8)}))
	w.must(w.PutShifts(t.Context(), []dispatch.Shift{shift(4, 9)})) // replaced
	refusal(t, w.PutShifts(t.Context(), []dispatch.Shift{shift(3, 5)}), dispatch.CodeInvalid)
	refusal(t, w.PutShifts(t.Context(), []dispatch.Shift{shift(20, 22), shift(21, 23)}), dispatch.CodeInvalid)
	unknown := shift(20, 22)
	unknown.Installer = "nobody"
	refusal(t, w.PutShifts(t.Context(), []dispatch.Shift{unknown}), dispatch.CodeInvalid)
	var year []dispatch.Shift // 30 installers on 315 days
	for i := range 30 {
		id := name("y-%d", i)
		w.must(w.PutInstaller(t.Context(), Installer{ID: id, Name: id, Territory: "north", Active: true}))
		for day := range 315 {
			start := at.AddDate(1, 0, day)
			year = append(year, dispatch.Shift{Installer: id, Start: start, End: start.Add(8 * time.Hour)})
		}
	}
	w.must(w.PutShifts(t.Context(), year))
	got, err := w.Shifts(t.Context(), "i-1", at, at.Add(24*time.Hour))
	if err != nil || len(got) != 2 || !got[1].End.Equal(at.Add(9*time.Hour)) {
		t.Errorf("shifts: %v %v", got, err)
	}
}

func TestClaimedMessagesAreOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 20
	for i := range n {
		w.do(w.job(name("o-%d", i)), "k", desk, time.Now(), &dispatch.Cancel{By: dispatch.PartyCustomer})
	}
	_, err := w.pool.Exec(t.Context(), "UPDATE messages SET not_before = now()") // past the quiet hours
	w.must(err)
	var seen sync.Map
	var count atomic.Int64
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			for {
				got, err := w.ClaimMessages(t.Context(), 3, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if len(got) == 0 {
					return
				}
				for _, m := range got {
					if _, twice := seen.LoadOrStore(m.ID, true); twice {
						t.Errorf("message %d was claimed twice", m.ID)
					}
					if m.Customer.Phone == "" || m.Hotline == "" || m.TimeZone != "UTC" || m.Standard == nil || m.Attempt != 1 {
						t.Errorf("not enough to make a text: %+v", m)
					}
					count.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if count.Load() != n {
		t.Errorf("%d claimed, want %d", count.Load(), n)
	}
	page, err := w.Messages(t.Context(), MessageFilter{State: MessageSending}, "", n)
	w.must(err)
	first, second := page.Items[0].ID, page.Items[1].ID
	w.must(w.MarkSent(t.Context(), first, dispatch.Sent{Recipient: "+49", Body: "hello", Provider: "local", ProviderID: "1"}))
	w.must(w.MarkFailed(t.Context(), first, "too late", nil))
	now := time.Now()
	w.must(w.MarkFailed(t.Context(), second, "try again", &now))
	again, err := w.ClaimMessages(t.Context(), 10, time.Minute)
	if err != nil || len(again) != 1 || again[0].ID != second || again[0].Attempt != 2 {
		t.Errorf("claimed again: %+v %v", again, err)
	}
	sent, err := w.Messages(t.Context(), MessageFilter{State: MessageSent}, "", n)
	if err != nil || len(sent.Items) != 1 || sent.Items[0].Body != "hello" || sent.Items[0].Error != "" {
		t.Errorf("sent: %+v %v", sent, err)
	}
}

func TestAPhotoBelongsToOneJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.job("o-1"), w.job("o-2")
	f := File{SHA256: name("%064x", 1), Number: a.Number, Kind: "splitter_label", ContentType: "image/jpeg", SizeBytes: 3, Key: "k"}
	for range 2 {
		_, err := w.ClaimFile(t.Context(), f, nil)
		w.must(err)
	}
	f.Number = b.Number
	_, err := w.ClaimFile(t.Context(), f, nil)
	if r := refusal(t, err, dispatch.CodePhotoSeen); r.Rule != dispatch.RulePhotos {
		t.Errorf("rule %s", r.Rule)
	}
	f.Number = "TR0"
	f.SHA256 = name("%064x", 2)
	_, err = w.ClaimFile(t.Context(), f, nil)
	refusal(t, err, dispatch.CodeNotFound)
}

func TestTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.Authenticate(t.Context(), "secret")
	refusal(t, err, dispatch.CodeUnauthenticated)
	w.must(w.PutToken(t.Context(), "secret", Identity{Actor: desk, Territories: []string{"north"}}, "demo", nil))
	for range 2 {
		id, err := w.Authenticate(t.Context(), "secret")
		if err != nil || id.Actor != desk || len(id.Territories) != 1 {
			t.Errorf("%+v %v", id, err)
		}
	}
	w.must(w.RevokeToken(t.Context(), "secret"))
	_, err = w.Authenticate(t.Context(), "secret")
	refusal(t, err, dispatch.CodeUnauthenticated)
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var mine atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if a, err := w.Replay(t.Context(), "jobs", "k", "h"); a == nil && err == nil {
				mine.Add(1)
			}
		})
	}
	wg.Wait()
	if mine.Load() != 1 {
		t.Fatalf("%d callers have the key", mine.Load())
	}
	_, err := w.Replay(t.Context(), "jobs", "k", "h")
	refusal(t, err, dispatch.CodeBusy)
	w.must(w.Remember(t.Context(), "jobs", "k", Answer{HTTPStatus: 201, Body: []byte("{}")}))
	a, err := w.Replay(t.Context(), "jobs", "k", "h")
	if err != nil || a == nil || a.HTTPStatus != 201 || string(a.Body) != "{}" {
		t.Errorf("%+v %v", a, err)
	}
	_, err = w.Replay(t.Context(), "jobs", "k", "other")
	refusal(t, err, dispatch.CodeKeyReused)
	if a, err := w.Replay(t.Context(), "jobs", "k2", "h"); a != nil || err != nil {
		t.Errorf("%+v %v", a, err)
	}
	w.must(w.Forget(t.Context(), "jobs", "k2"))
	if a, err := w.Replay(t.Context(), "jobs", "k2", "h3"); a != nil || err != nil {
		t.Errorf("a key given back: %+v %v", a, err)
	}
}

func TestImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		w.must(w.OpenImport(t.Context(), "im-1", "orders.csv", desk))
	}
	rows := []ImportRow{
		{Line: 2, ExternalOrder: "a", Number: "TR1", Created: true},
		{Line: 3, ExternalOrder: "b", Code: dispatch.CodeInvalid, Rule: "IN-1", Field: "customer.phone", Reason: "no phone"},
	}
	w.must(w.PutImportRows(t.Context(), "im-1", rows))
	rows[0].Created = false // read again after a restart
	w.must(w.PutImportRows(t.Context(), "im-1", rows))
	w.must(w.FinishImport(t.Context(), "im-1"))
	im, err := w.Import(t.Context(), "im-1")
	if err != nil || im.Rows != 2 || im.Created != 1 || im.Refused != 1 || im.FinishedAt == nil {
		t.Errorf("%+v %v", im, err)
	}
	bad, err := w.ImportRows(t.Context(), "im-1", true, "", 10)
	if err != nil || len(bad.Items) != 1 || bad.Items[0] != rows[1] {
		t.Errorf("%+v %v", bad, err)
	}
	refusal(t, w.PutImportRows(t.Context(), "im-2", rows), dispatch.CodeNotFound)
}
