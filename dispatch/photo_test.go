package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

var (
	arrived = day.Add(time.Hour)
	site    = dispatch.Place{Latitude: 31.2, Longitude: 121.5}
	inside  = dispatch.Actor{Role: dispatch.RoleInstaller, ID: "i1"}
)

// onSite is a job whose installer works there since [arrived].
func onSite() dispatch.Job {
	job := newJob()
	job.Status, job.Site = dispatch.StatusOnSite, &site
	window := dispatch.Window{Start: arrived, End: arrived.Add(time.Hour), Installer: "i1"}
	job.Visits = []dispatch.Visit{{
		No: 1, Appointment: dispatch.Appointment{Window: window, Revision: 1}, First: window, ArrivedAt: &arrived, EnteredAt: &arrived,
	}}
	return job
}

// looked is a photo with the facts of one that is in order, changed.
func looked(change func(*dispatch.AddPhoto, *dispatch.PhotoFacts)) *dispatch.AddPhoto {
	taken, place := arrived, site
	c := &dispatch.AddPhoto{Kind: "terminal_installed", SHA256: strings.Repeat("a", 64)}
	c.Facts = &dispatch.PhotoFacts{
		Width: 4000, Height: 3000, Luma: 0.5, Contrast: 0.2, Blur: 0.3, TakenAt: &taken, Place: &place,
	}
	if change != nil {
		change(c, c.Facts)
	}
	return c
}

func give(t *testing.T, std *dispatch.Standard, job dispatch.Job, by dispatch.Actor, now time.Time, commands ...dispatch.Command) (dispatch.Outcome, error) {
	t.Helper()
	timed := make([]dispatch.Timed, len(commands))
	for i, c := range commands {
		timed[i].Command = c
	}
	req, err := dispatch.NewRequest(by, timed...)
	require.NoError(t, err)
	return dispatch.Do(std, job, req, now)
}

// north is a place some metres from the site.
func north(m float64) *dispatch.Place {
	const metresADegree = 6371008.8 * 3.141592653589793 / 180
	return &dispatch.Place{Latitude: site.Latitude + m/metresADegree, Longitude: site.Longitude}
}

func Test_VI8_what_counts_as_a_photo_of_this_visit(t *testing.T) {
	t.Parallel()
	std := standard(t)
	r, slack, now := std.Photo, std.PhotoTolerance.D(), arrived.Add(20*time.Minute)
	type change = func(*dispatch.AddPhoto, *dispatch.PhotoFacts)
	like := func(number string, score float64) dispatch.Likeness {
		return dispatch.Likeness{Number: number, SHA256: strings.Repeat("b", 64), Score: score}
	}
	const own, other = "TR000000018", "TR000000026"
	for name, c := range map[string]struct {
		change change
		code   dispatch.Code // empty: accepted
		flags  []string
	}{
		"in order":          {nil, "", nil},
		"no picture at all": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { *f = dispatch.PhotoFacts{Unreadable: "No image."} }, dispatch.CodePhotoUnreadable, nil},
		"nothing measured":  {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { *f = dispatch.PhotoFacts{} }, dispatch.CodePhotoSmall, nil},
		"just large enough": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Width, f.Height = r.MinShortEdge, r.MinLongEdge }, "", nil},
		"long edge a pixel short": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			f.Width = r.MinLongEdge - 1
			f.Height = r.MinShortEdge
		}, dispatch.CodePhotoSmall, nil},
		"short edge a pixel short":   {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Height = r.MinShortEdge - 1 }, dispatch.CodePhotoSmall, nil},
		"just light enough":          {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Luma = r.MinLuma }, "", nil},
		"too dark":                   {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Luma = r.MinLuma - 1e-9 }, dispatch.CodePhotoDark, nil},
		"just dark enough":           {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Luma = r.MaxLuma }, "", nil},
		"too bright":                 {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Luma = r.MaxLuma + 1e-9 }, dispatch.CodePhotoBright, nil},
		"just enough to see":         {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Contrast = r.MinContrast }, "", nil},
		"shows nothing":              {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Contrast = r.MinContrast - 1e-9 }, dispatch.CodePhotoEmpty, nil},
		"just sharp enough":          {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Blur = r.MaxBlur }, "", nil},
		"blurred":                    {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Blur = r.MaxBlur + 1e-9 }, dispatch.CodePhotoBlurred, nil},
		"as early as a clock is off": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.TakenAt = new(arrived.Add(-slack)) }, "", nil},
		"from before the visit":      {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.TakenAt = new(arrived.Add(-slack - 1)) }, dispatch.CodePhotoStale, nil},
		"as late as a clock is off":  {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.TakenAt = new(now.Add(slack)) }, "", nil},
		"from the future":            {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.TakenAt = new(now.Add(slack + 1)) }, dispatch.CodePhotoStale, nil},
		"the picture's time decides": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.TakenAt, f.TakenAt = new(now), new(arrived.Add(-time.Hour))
		}, dispatch.CodePhotoStale, nil},
		"the phone's time, without one in the picture": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.TakenAt, f.TakenAt = new(now), nil
		}, "", nil},
		"without any time":      {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.TakenAt = nil }, "", []string{dispatch.FlagNoTime}},
		"at the edge of nearby": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Place = north(r.MaxDistanceM - 0.01) }, "", nil},
		"from elsewhere":        {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Place = north(r.MaxDistanceM + 0.01) }, dispatch.CodePhotoElsewhere, nil},
		"from elsewhere by the phone": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.Place, f.Place = north(r.MaxDistanceM+0.01), nil
		}, dispatch.CodePhotoElsewhere, nil},
		"without any place": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Place = nil }, "", []string{dispatch.FlagNoPlace}},
		"without either": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			f.TakenAt, f.Place = nil, nil
		}, "", []string{dispatch.FlagNoTime, dispatch.FlagNoPlace}},
		"on another job": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			f.Alike = []dispatch.Likeness{like(other, r.Likeness)}
		}, dispatch.CodePhotoSeen, nil},
		"less alike": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			f.Alike = []dispatch.Likeness{like(other, r.Likeness-1e-9)}
		}, "", nil},
		"like one of this": {func(_ *dispatch.AddPhoto, f *dispatch.PhotoFacts) { f.Alike = []dispatch.Likeness{like(own, 1)} }, dispatch.CodePhotoSeen, nil},
		"with a blank for a reason": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.Reason, f.Alike = " \t", []dispatch.Likeness{like(own, 1)}
		}, dispatch.CodePhotoSeen, nil},
		"with a reason": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.Reason, f.Alike = "both sockets", []dispatch.Likeness{like(own, 1)}
		}, "", []string{dispatch.FlagAlike}},
		"no reason mends another job's": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.Reason, f.Alike = "both sockets", []dispatch.Likeness{like(own, 1), like(other, r.Likeness)}
		}, dispatch.CodePhotoSeen, nil},
		"a label nobody can read": {func(c *dispatch.AddPhoto, _ *dispatch.PhotoFacts) { c.Kind = dispatch.PhotoLabel }, "", []string{dispatch.FlagNoLabel}},
		"another's label": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.Kind, f.Label = dispatch.PhotoLabel, &dispatch.LabelReading{Text: "X"}
		}, "", []string{dispatch.FlagLabelOff}},
		"the label": {func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) {
			c.Kind, f.Label = dispatch.PhotoLabel, &dispatch.LabelReading{Text: "X", Matches: true}
		}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			job := onSite()
			out, err := give(t, std, job, inside, now, looked(c.change))
			if c.code != "" {
				var refusal *dispatch.Refusal
				require.ErrorAs(t, err, &refusal)
				require.Equal(t, c.code, refusal.Code)
				require.Equal(t, dispatch.RulePhotos, refusal.Rule)
				require.Contains(t, dispatch.PhotoRefusals, c.code, "it is counted")
				require.Empty(t, out)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.flags, out.Job.Visits[0].Photos[0].Flags)
		})
	}
}

func Test_VI8_of_a_batch_the_refused_photo_is_named(t *testing.T) {
	t.Parallel()
	std, now := standard(t), arrived.Add(time.Minute)
	bad := looked(func(c *dispatch.AddPhoto, f *dispatch.PhotoFacts) { c.SHA256, f.Luma = strings.Repeat("b", 64), 0 })
	job := onSite()
	for _, c := range []struct {
		commands []dispatch.Command
		found    bool
	}{
		{[]dispatch.Command{bad}, true},
		{[]dispatch.Command{looked(nil), bad}, true},
		{[]dispatch.Command{&dispatch.Complete{}, bad}, false}, // refused for something else
		{[]dispatch.Command{looked(nil)}, false},
	} {
		timed := make([]dispatch.Timed, len(c.commands))
		for i, command := range c.commands {
			timed[i].Command = command
		}
		req, err := dispatch.NewRequest(inside, timed...)
		require.NoError(t, err)
		_, cause := dispatch.Do(std, job, req, now)
		got, ok := req.RefusedPhoto(std, &job, cause, now)
		require.Equal(t, c.found, ok)
		if ok {
			require.Equal(t, &dispatch.RefusePhoto{Kind: bad.Kind, SHA256: bad.SHA256, Code: dispatch.CodePhotoDark}, got)
		}
	}
}

func Test_VI7_plausible_readings(t *testing.T) {
	t.Parallel()
	std := standard(t)
	for _, c := range []struct {
		test *dispatch.RecordTest
		ok   bool
	}{
		{&dispatch.RecordTest{OpticalPower: &dispatch.PowerReading{DBm: -40}}, true},
		{&dispatch.RecordTest{OpticalPower: &dispatch.PowerReading{DBm: -40.01}}, false},
		{&dispatch.RecordTest{OpticalPower: &dispatch.PowerReading{DBm: 0}}, true},
		{&dispatch.RecordTest{OpticalPower: &dispatch.PowerReading{DBm: 0.01}}, false},
		{&dispatch.RecordTest{Speed: &dispatch.SpeedReading{Mbps: 0}}, true},
		{&dispatch.RecordTest{Speed: &dispatch.SpeedReading{Mbps: -0.01}}, false},
		{&dispatch.RecordTest{Speed: &dispatch.SpeedReading{Mbps: 100_000}}, true},
		{&dispatch.RecordTest{Speed: &dispatch.SpeedReading{Mbps: 100_001}}, false},
	} {
		for _, before := range []bool{false, true} {
			c.test.Before = before
			_, err := give(t, std, onSite(), inside, arrived, c.test)
			if c.ok {
				require.NoError(t, err)
				continue
			}
			var refusal *dispatch.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, dispatch.CodeTestImplausible, refusal.Code)
		}
	}
}
