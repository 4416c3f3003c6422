package dispatch_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

func Test_the_default_standard_has_the_rules_defaults(t *testing.T) {
	s := standard(t)
	require.Equal(t, 2*time.Hour, s.ContactWithin[dispatch.KindInstall].D())
	require.Equal(t, time.Hour, s.ContactWithin[dispatch.KindRepair].D())
	require.Equal(t, 18*time.Hour, s.RemindBefore.D())
	require.Equal(t, 2*time.Hour, s.RescheduleNotice.D())
	require.Equal(t, 15*time.Minute, s.NoShowWait.D())
	require.Equal(t, 2, s.MaxNoAccess)
	require.Equal(t, 48*time.Hour, s.CompleteWithin(dispatch.KindInstall, dispatch.GradeC))
	require.Equal(t, 24*time.Hour, s.CompleteWithin(dispatch.KindRepair, ""))
	require.Equal(t, 24*time.Hour, s.FollowUpAfter.D())
	require.InDelta(t, -25, s.MinRxDBm, 0)
	require.Len(t, s.Pack, 5)
	for _, k := range dispatch.Kinds {
		require.NotEmpty(t, s.Plan(k).Steps, k)
	}
}

func Test_a_wrong_standard_names_all_its_mistakes(t *testing.T) {
	change := func(old, with string) string {
		out := strings.Replace(string(dispatch.DefaultStandard()), old, with, 1)
		require.NotEqual(t, string(dispatch.DefaultStandard()), out, "%q stands in the default", old)
		return out
	}
	for name, c := range map[string]struct{ source, want string }{
		"misspelt parameter":  {change("no_show_wait:", "no_show_wiat:"), "no_show_wiat"},
		"no unit":             {change("no_show_wait: 15m", "no_show_wait: 15"), "is not a duration"},
		"zero":                {change("no_show_wait: 15m", "no_show_wait: 0s"), "no_show_wait"},
		"version":             {change("version: broadband-2", "version: Broad Band"), "version"},
		"unknown step before": {change("after: [introduce] }", "after: [nowhere] }"), "nowhere"},
		"unknown test":        {change("tests: [resources,", "tests: [magic,"), "magic"},
		"service day":         {change(`service_day: { from: "08:00", to: "20:00" }`, `service_day: { from: "20:00", to: "08:00" }`), "service_day"},
		"no text":             {change("  at_door:", "  at_dour:"), "messages.at_door"},
		"two documents":       {string(dispatch.DefaultStandard()) + "\n---\nversion: x\n", "more than one"},
		"not YAML":            {"version: [", "reading the standard"},
		"empty":               {"", "reading the standard"},
		"too large":           {strings.Repeat("#", dispatch.MaxStandardBytes+1), "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dispatch.LoadStandard([]byte(c.source))
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := dispatch.LoadStandard([]byte("version: x1\n"))
	require.ErrorContains(t, err, "no_show_wait")
	require.ErrorContains(t, err, "products", "all at once")
}

func FuzzLoadStandard(f *testing.F) {
	f.Add(dispatch.DefaultStandard())
	f.Add([]byte("version: a\nvisits: {install: &a {steps: [*a]}}"))
	f.Add([]byte("a: &a [b, b]\nb: &b [*a, *a]\nc: [*b, *b]"))
	f.Fuzz(func(t *testing.T, source []byte) {
		s, err := dispatch.LoadStandard(source)
		if err != nil {
			return
		}
		// What was accepted can be worked with.
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		job := dispatch.Job{Kind: dispatch.KindInstall, Status: dispatch.StatusReceived, TimeZone: "UTC", OpenedAt: time.Unix(1.8e9, 0)}
		dispatch.Clocks(s, &job)
	})
}

func Test_the_service_number_notices_a_wrong_digit(t *testing.T) {
	n := dispatch.ServiceNumber(1234567)
	require.Equal(t, "TR012345674", n)
	require.True(t, dispatch.ValidServiceNumber(n))
	for i := 2; i < len(n); i++ {
		for d := byte('0'); d <= '9'; d++ {
			wrong := []byte(n)
			if wrong[i] == d {
				continue
			}
			wrong[i] = d
			require.False(t, dispatch.ValidServiceNumber(string(wrong)), "%s", wrong)
		}
	}
	require.False(t, dispatch.ValidServiceNumber("TR"))
	require.False(t, dispatch.ValidServiceNumber("XX012345674"))
	require.True(t, dispatch.ValidServiceNumber(dispatch.ServiceNumber(123456789)), "more digits when they are needed")
}
