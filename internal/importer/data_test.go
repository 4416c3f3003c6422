package importer

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// rowsOf maps a whole file and fails the test on any line that cannot be mapped.
func rowsOf(t *testing.T, step Step, days int) (rows []Row, leftOut int) {
	t.Helper()
	src, err := openStep(step, days, nil)
	require.NoError(t, err)
	defer src.Close()
	for {
		rec, bad, err := src.Reader.Next()
		if err == io.EOF { //nolint:errorlint // never wrapped here
			require.Empty(t, src.Mapper.Unseen())
			return rows, leftOut
		}
		require.NoError(t, err)
		require.Nil(t, bad)
		if !src.Mapper.Meant(rec) {
			leftOut++
			continue
		}
		row, refused := src.Mapper.Map(rec)
		require.Nil(t, refused)
		rows = append(rows, row)
	}
}

// world is a plan mapped as a whole.
type world struct {
	territories []dispatch.Territory
	installers  []apiclient.Installer
	shifts      []apiclient.Shift
	jobs        []dispatch.Intake
	leftOut     int
}

func mapAll(t *testing.T, plan *Plan, days int) world {
	t.Helper()
	var w world
	for _, step := range plan.Steps {
		rows, leftOut := rowsOf(t, step, days)
		w.leftOut += leftOut
		for _, row := range rows {
			switch v := row.Value.(type) {
			case dispatch.Territory:
				w.territories = append(w.territories, v)
			case apiclient.Installer:
				w.installers = append(w.installers, v)
			case apiclient.Shift:
				w.shifts = append(w.shifts, v)
			case dispatch.Intake:
				w.jobs = append(w.jobs, v)
			}
		}
	}
	return w
}

// admitted checks that the domain takes every job, and answers with them.
func (w world) admitted(t *testing.T, standard *dispatch.Standard, now time.Time) []dispatch.Job {
	t.Helper()
	jobs := make([]dispatch.Job, 0, len(w.jobs))
	for _, in := range w.jobs {
		job, err := dispatch.Admit(standard, w.territories, in, "TR000000018", now)
		require.NoError(t, err, in.ExternalOrder)
		jobs = append(jobs, job)
	}
	return jobs
}

func TestTheSampleFitsTheStandardThatComesWithTruckroll(t *testing.T) {
	t.Parallel()
	plan, err := LoadPlan("../../deploy/sample", "../../deploy/sample/sample.yaml")
	require.NoError(t, err)
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	days, err := plan.ShiftDays(now)
	require.NoError(t, err)
	w := mapAll(t, plan, days)
	require.Len(t, w.territories, 2)
	require.Len(t, w.installers, 8)
	require.Len(t, w.jobs, 40)
	standard, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	able := w.able()
	for _, job := range w.admitted(t, standard, now) {
		for _, skill := range job.Skills {
			require.Contains(t, able[job.Territory], skill, "somebody can do every job of the sample")
		}
	}
	for _, in := range w.jobs {
		if in.WishStart != nil {
			require.True(t, in.WishStart.After(now))
		}
	}
}

// able is which skills anybody is certified for, by territory.
func (w world) able() map[string]map[string]bool {
	able := map[string]map[string]bool{}
	for _, in := range w.installers {
		if able[in.Territory] == nil {
			able[in.Territory] = map[string]bool{}
		}
		for _, c := range in.Certificates {
			able[in.Territory][c.Skill] = true
		}
	}
	return able
}

func TestTheBroadbandStandardIsTheOneThatComesWithTruckrollButForItsProducts(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../deploy/mappings/broadband-standard.yaml")
	require.NoError(t, err)
	ours, err := dispatch.LoadStandard(source)
	require.NoError(t, err)
	theirs, err := dispatch.LoadStandard(dispatch.DefaultStandard())
	require.NoError(t, err)
	require.NotEqual(t, theirs.Version, ours.Version)
	ours.Version, ours.Name, ours.Products = theirs.Version, theirs.Name, theirs.Products
	require.Equal(t, theirs, ours)
}

// broadbandData is the data set that lies beside the project where it is worked on; it is no part of it.
func broadbandData(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{"../../../shared/data/broadband-dispatches", os.Getenv("TRUCKROLL_TEST_DATA")} {
		if _, err := os.Stat(filepath.Join(dir, "dispatches.csv")); dir != "" && err == nil {
			return dir
		}
	}
	t.Skip("the broadband data set is not there: set TRUCKROLL_TEST_DATA to its folder")
	return ""
}

func TestTheBroadbandDataSetMapsWithoutAMistake(t *testing.T) {
	t.Parallel()
	plan, err := LoadPlan(broadbandData(t), "../../deploy/mappings/broadband.yaml")
	require.NoError(t, err)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	days, err := plan.ShiftDays(now)
	require.NoError(t, err)
	require.Equal(t, 110, days, "from 12 November to 2 March")
	w := mapAll(t, plan, days)
	require.Len(t, w.territories, 7)
	require.Len(t, w.installers, 105)
	require.Len(t, w.jobs, 7078)
	require.Len(t, w.shifts, 8048)
	require.Equal(t, 9450, len(w.shifts)+w.leftOut)

	zones := map[string]*time.Location{}
	for _, area := range w.territories {
		loc, err := loadZone(area.TimeZone)
		require.NoError(t, err)
		zones[area.ID] = loc
		require.NotEmpty(t, w.able()[area.ID])
	}
	standard, err := dispatch.LoadStandard(plan.Standard)
	require.NoError(t, err)
	able, nobody := w.able(), map[string]bool{}
	for i, job := range w.admitted(t, standard, now) {
		in := w.jobs[i]
		require.NotNil(t, in.WishStart)
		require.True(t, in.WishStart.After(now))
		require.Positive(t, in.WorkTime)
		require.Len(t, job.Skills, 1)
		hour := in.WishStart.In(zones[job.Territory]).Hour()
		require.True(t, hour >= 8 && hour < 17, "%s wishes for %d o'clock", in.ExternalOrder, hour)
		if !able[job.Territory][job.Skills[0]] {
			nobody[job.Territory+" "+job.Skills[0]] = true
		}
	}
	// The data's own gaps are not papered over: these jobs come in, and somebody has to look at them.
	require.Equal(t, map[string]bool{
		"new-york equipment-upgrade": true, "los-angeles equipment-upgrade": true, "chicago equipment-upgrade": true,
		"houston equipment-upgrade": true,
	}, nobody)
}

func TestCheckSendsNothing(t *testing.T) {
	t.Parallel()
	plan, err := LoadPlan("../../deploy/sample", "../../deploy/sample/sample.yaml")
	require.NoError(t, err)
	report, err := NewReport(nil)
	require.NoError(t, err)
	require.NoError(t, Run(context.Background(), plan, nil, Options{Check: true}, report))
	require.Zero(t, report.Refused())
	require.Equal(t, 40, report.Files[3].Created)
}
