package importer

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

const ordersMapping = `
target: jobs
fields:
  external_order: { column: id }
  kind: { constant: install }
  customer.name: { column: name }
  customer.phone: { constant: "+15550100000" }
  customer.address: { column: name }
  product: { constant: fttr-300 }
  territory: { constant: harbor }
`

// ordersPlan is a file of so many orders; line n+2 is replaced by what broken says.
func ordersPlan(t *testing.T, n int, broken map[int]string) *Plan {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,name\n")
	for i := range n {
		if text, ok := broken[i+2]; ok {
			b.WriteString(text + "\n")
			continue
		}
		fmt.Fprintf(&b, "A-%d,Ana\n", i)
	}
	return &Plan{Steps: []Step{{Path: write(t, "orders.csv", b.String()), Name: "orders.csv", Mapping: load(t, ordersMapping)}}}
}

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestImportRegistersOnceWhateverTheNetworkDoes(t *testing.T) {
	t.Parallel()
	f, url := newFakeAPI(t)
	f.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n != 4 {
			return false
		}
		problem(w, http.StatusServiceUnavailable, dispatch.CodeUnavailable, "Later.")
		return true
	}
	f.after = func(n int) bool { return n == 2 || n == 6 }
	plan := ordersPlan(t, 1000, nil)
	s, waits := sender(t, url, "run-1")
	report, _, err := runPlan(t, plan, s, Options{Batch: 50})
	require.NoError(t, err)
	require.Equal(t, 1000, report.Files[0].Created)
	require.Zero(t, report.Refused())
	require.Len(t, f.orders, 1000)
	require.Equal(t, 21, f.done, "an import and twenty batches, each carried out once")
	require.Greater(t, f.seen, 21)
	require.LessOrEqual(t, f.busiest, 4)
	require.Contains(t, *waits, 3*time.Second, "as long as Retry-After says")

	s, _ = sender(t, url, "run-2")
	report, _, err = runPlan(t, plan, s, Options{Batch: 200})
	require.NoError(t, err)
	require.Zero(t, report.Files[0].Created)
	require.Equal(t, 1000, report.Files[0].Repeated)
	require.Len(t, f.orders, 1000)
}

func TestImportReportsEveryRefusedLineInOrder(t *testing.T) {
	t.Parallel()
	f, url := newFakeAPI(t)
	f.refuse = func(in dispatch.Intake, _ int) dispatch.Code {
		if in.ExternalOrder == "A-3" || in.ExternalOrder == "A-77" {
			return dispatch.CodeNotServable
		}
		return ""
	}
	plan := ordersPlan(t, 100, map[int]string{4: `x,"open`, 50: "=cmd,", 90: "\xff,b"})
	s, _ := sender(t, url, "run-1")
	report, refused, err := runPlan(t, plan, s, Options{Batch: 10})
	require.NoError(t, err)
	rows, err := csv.NewReader(strings.NewReader(refused)).ReadAll()
	require.NoError(t, err)
	var lines []string
	for _, row := range rows[1:] {
		lines = append(lines, row[1])
		require.Equal(t, "orders.csv", row[0])
		require.Equal(t, "IN-2", row[4])
		require.NotEmpty(t, row[6])
	}
	require.Equal(t, []string{"4", "5", "50", "79", "90"}, lines)
	require.Equal(t, "A-3", rows[2][2])
	require.Equal(t, "'=cmd", rows[3][2], "no formula for a spreadsheet")
	require.Equal(t, "not_servable", rows[4][3])
	require.Equal(t, 95, report.Files[0].Created)
	require.Equal(t, 100, report.Files[0].Records)
	var text bytes.Buffer
	require.NoError(t, report.Summary(&text))
	require.Contains(t, text.String(), "orders.csv: 100 records, 95 new jobs, 0 registered before, 5 refused (import imp-1)")
}

func TestRowsThatCannotBeTakenJustNowGoAgain(t *testing.T) {
	t.Parallel()
	f, url := newFakeAPI(t)
	f.refuse = func(in dispatch.Intake, round int) dispatch.Code {
		if in.ExternalOrder == "A-5" && round < 3 || in.ExternalOrder == "A-6" {
			return dispatch.CodeUnavailable
		}
		return ""
	}
	s, _ := sender(t, url, "run-1")
	report, refused, err := runPlan(t, ordersPlan(t, 20, nil), s, Options{})
	require.NoError(t, err)
	require.Equal(t, 19, report.Files[0].Created)
	require.Equal(t, 3, f.rounds["A-5"])
	require.Equal(t, maxRounds, f.rounds["A-6"])
	require.Equal(t, 1, f.rounds["A-7"])
	require.Contains(t, refused, "A-6,unavailable")
}

func TestImportGivesUpWithASentence(t *testing.T) {
	t.Parallel()
	f, url := newFakeAPI(t)
	f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/rows") {
			problem(w, http.StatusServiceUnavailable, dispatch.CodeUnavailable, "Later.")
			return true
		}
		return false
	}
	s, waits := sender(t, url, "run-1")
	report, _, err := runPlan(t, ordersPlan(t, 2000, nil), s, Options{InFlight: 1})
	require.ErrorContains(t, err, "given up after 10 attempts")
	require.ErrorContains(t, err, "orders.csv")
	require.Zero(t, report.Files[0].Created)
	require.LessOrEqual(t, len(*waits), 20)

	var forbidden atomic.Int32
	f.before = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		forbidden.Add(1)
		problem(w, http.StatusForbidden, dispatch.CodeForbidden, "Supervisors only.")
		return true
	}
	_, _, err = runPlan(t, ordersPlan(t, 2, nil), s, Options{})
	require.ErrorContains(t, err, "Supervisors only.")
	require.EqualValues(t, 1, forbidden.Load(), "no use in asking again")
}

func TestABadInstallerIsFoundInItsBatch(t *testing.T) {
	t.Parallel()
	f, url := newFakeAPI(t)
	m := load(t, `
target: installers
fields:
  id: { column: id }
  name: { column: id }
  phone: { column: phone }
  territory: { constant: harbor }
`)
	var b strings.Builder
	b.WriteString("id,phone\n")
	for i := range 40 {
		phone := "+15550100000"
		if i == 17 {
			phone = "bad"
		}
		fmt.Fprintf(&b, "i-%d,%s\n", i, phone)
	}
	plan := &Plan{Steps: []Step{{Path: write(t, "people.csv", b.String()), Name: "people.csv", Mapping: m}}}
	s, _ := sender(t, url, "run-1")
	report, refused, err := runPlan(t, plan, s, Options{})
	require.NoError(t, err)
	require.Equal(t, 39, report.Files[0].Created)
	require.Equal(t, 39, f.stored["/installers"])
	require.Contains(t, refused, "people.csv,19,i-17,invalid_value,IN-1,phone,The phone is wrong.")
}

func TestABundleImportsEverythingInOrder(t *testing.T) {
	t.Parallel()
	f, url := newFakeAPI(t)
	plan, err := LoadPlan("../../deploy/sample", "../../deploy/sample/sample.yaml")
	require.NoError(t, err)
	plan.Standard = []byte("version: x\n")
	s, _ := sender(t, url, "run-1")
	report, _, err := runPlan(t, plan, s, Options{Batch: 7, Progress: Progress{Out: &bytes.Buffer{}, Terminal: true}})
	require.NoError(t, err)
	require.Equal(t, "version: x\n", f.standard)
	require.Equal(t, map[string]int{"/territories": 2, "/installers": 8, "/shifts": 37}, f.stored)
	require.Len(t, f.orders, 40)
	require.Len(t, report.Files, 4)
}

func TestABundleReportsTheMistakesOfAllItsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "all.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte("target: nothing\n"), 0o600))
	require.NoError(t, os.WriteFile(path, []byte("standard: none.yaml\nsteps:\n  - { file: a.csv, mapping: a.yaml }\n  - { file: b.csv }\n"), 0o600))
	_, err := LoadPlan(dir, path)
	for _, want := range []string{"none.yaml", "a.csv", `target "nothing"`, "number 2 needs file and mapping"} {
		require.ErrorContains(t, err, want)
	}
	_, err = LoadPlan(dir, filepath.Join(dir, "a.yaml"))
	require.ErrorContains(t, err, "is a folder")
	_, err = LoadPlan(path, path)
	require.ErrorContains(t, err, "give the folder")
}
