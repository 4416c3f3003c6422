package importer

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

func load(t *testing.T, source string) *Mapping {
	t.Helper()
	m, err := LoadMapping([]byte(source))
	require.NoError(t, err)
	return m
}

// mapLine maps one JSON line.
func mapLine(t *testing.T, mapping, line string, days int) (Row, *Refusal) {
	t.Helper()
	mapper, err := NewMapper(load(t, mapping), nil, Tables{"home": {"T1": "Austin"}}, days)
	require.NoError(t, err)
	got, err := readAll(t, strings.NewReader(line), FormatJSONL)
	require.NoError(t, err)
	require.Len(t, got.rows, 1)
	return mapper.Map(got.rows[0])
}

const jobMapping = `
target: jobs
zone: { column: city, values: { Austin: America/Chicago, Phoenix: America/Phoenix } }
fields:
  external_order: { column: id }
  kind: { column: kind, values: { fix: repair, new: install } }
  customer.name: { template: "Customer of {id}" }
  customer.phone: { template: "+1555{id:digits}" }
  customer.address: { template: "{street}, {city}" }
  customer.latitude: { column: lat }
  customer.longitude: { column: lon }
  product: { constant: fttr-300 }
  skills: { column: skills, split: ";" }
  work_time: { column: minutes, unit: minutes }
  wish_start: { column: wish, time: "YYYY-MM-DD hh:mm" }
  sold_online: { column: online }
  grade: { column: vip, values: { "true": A }, default: "" }
`

func TestMapAJob(t *testing.T) {
	t.Parallel()
	row, refused := mapLine(t, jobMapping, `{"id":"A-100200","kind":"fix","street":"1 Mill Lane","city":"Austin","lat":30.2,"lon":-97.7,`+
		`"skills":["a","b"],"minutes":90,"wish":"2026-03-07 08:30","online":true,"vip":true}`, 0)
	require.Nil(t, refused)
	in, ok := row.Value.(dispatch.Intake)
	require.True(t, ok)
	require.Equal(t, "A-100200", row.External)
	require.Equal(t, dispatch.KindRepair, in.Kind)
	require.Equal(t, dispatch.ChannelFile, in.Channel)
	require.Equal(t, dispatch.Customer{
		Name: "Customer of A-100200", Phone: "+1555100200", Address: "1 Mill Lane, Austin", Place: &dispatch.Place{Latitude: 30.2, Longitude: -97.7},
	}, in.Customer)
	require.Equal(t, []string{"a", "b"}, in.Skills)
	require.Equal(t, 90*time.Minute, in.WorkTime.D())
	require.Equal(t, "2026-03-07T08:30:00-06:00", in.WishStart.Format(time.RFC3339))
	require.True(t, in.SoldOnline)
	require.Equal(t, dispatch.GradeA, in.Grade)
}

func TestALineTheMappingCannotAnswerIsRefused(t *testing.T) {
	t.Parallel()
	for field, line := range map[string]string{
		"external_order":    `{"kind":"fix","city":"Austin"}`,
		"kind":              `{"id":"1","kind":"other","city":"Austin"}`,
		"wish_start":        `{"id":"1","kind":"fix","city":"Boston","wish":"2026-03-07 08:30"}`,
		"work_time":         `{"id":"1","kind":"fix","city":"Austin","minutes":"long"}`,
		"customer.latitude": `{"id":"1","kind":"fix","city":"Austin","lat":30}`,
		"sold_online":       `{"id":"1","kind":"fix","city":"Austin","online":"maybe"}`,
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			_, refused := mapLine(t, jobMapping, line, 0)
			require.NotNil(t, refused)
			require.Equal(t, field, refused.Field)
			require.Equal(t, dispatch.CodeInvalid, refused.Code)
			require.Equal(t, dispatch.RuleServable, refused.Rule)
			require.Equal(t, 1, refused.Line)
			require.NotEmpty(t, refused.Reason)
		})
	}
}

func TestMappingReportsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := LoadMapping([]byte(`
target: jobs
format: xls
delimiter: "::"
colour: red
where: { Available: [] }
lookups: { home: { file: ../x.csv, key: a, value: b } }
fields:
  external_order: { column: id, constant: x }
  kind: { column: kind, values: {} }
  customer.name: { template: "{open" }
  customer.phone: { column: phone, lookup: nowhere }
  product: { constant: [a, b] }
  wish_start: { column: wish, time: "YYYY-MM-DD" }
  contracted_at: { column: when }
  work_time: { column: t, unit: days }
  skills: { column: s, default: x }
  contract_mbps: { constant: fast }
  model: { column: m, split: ";" }
  customer.latitude: { column: lat }
  colour: { column: c }
`))
	require.Error(t, err)
	for _, want := range []string{
		"field colour not found", `format "xls"`, `delimiter "::"`, "where: Available", "lookups: home",
		"external_order: exactly one", "kind: the value table is empty", "customer.name: template", `no lookup "nowhere"`,
		"product: a list", "wish_start: which zone", "contracted_at: time", "work_time: unit", "skills: default",
		`contract_mbps: "fast"`, "model: split", "customer.latitude and customer.longitude", `no field "colour"`,
		"customer.address is missing",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestMappingNamesEveryColumnTheFileLacks(t *testing.T) {
	t.Parallel()
	_, err := NewMapper(load(t, jobMapping), []string{"id", "kind"}, nil, 0)
	for _, column := range []string{"city", "street", "lat", "lon", "skills", "minutes", "wish", "online", "vip"} {
		require.ErrorContains(t, err, `"`+column+`"`)
	}
	require.NotContains(t, err.Error(), `column "id"`)
}

const shiftMapping = `
target: shifts
lookups: { home: { file: people.csv, key: id, value: city } }
zone: { column: who, lookup: home, values: { Austin: America/Chicago } }
fields:
  installer: { column: who }
  start: { template: "{day} {from}", time: "D.M.YYYY h:mm" }
  end: { template: "{day} {to}", time: "D.M.YYYY h:mm" }
  max_jobs: { column: max }
`

func TestShiftsFindTheirZoneInAnotherFile(t *testing.T) {
	t.Parallel()
	row, refused := mapLine(t, shiftMapping, `{"who":"T1","day":"6.3.2026","from":"8:00","to":"17:00","max":5}`, 2)
	require.Nil(t, refused)
	s, ok := row.Value.(apiclient.Shift)
	require.True(t, ok)
	require.Equal(t, "2026-03-08T08:00:00-05:00", s.Start.Format(time.RFC3339), "two days on, the clocks have changed")
	require.Equal(t, 9*time.Hour, s.End.Sub(s.Start))

	_, refused = mapLine(t, shiftMapping, `{"who":"T2","day":"6.3.2026","from":"8:00","to":"17:00"}`, 0)
	require.Contains(t, refused.Reason, "people.csv")
	_, refused = mapLine(t, shiftMapping, `{"who":"T1","day":"6.3.2026","from":"18:00","to":"17:00"}`, 0)
	require.Equal(t, "end", refused.Field)
}

func TestDatesMoveOnTheWallClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, from string
		days       int
		want       string
	}{
		"into summer":             {"America/New_York", "2026-03-07 08:00:00", 1, "2026-03-08T08:00:00-04:00"},
		"out of summer":           {"America/New_York", "2026-10-31 08:00:00", 1, "2026-11-01T08:00:00-05:00"},
		"no summer":               {"America/Phoenix", "2026-03-07 08:00:00", 1, "2026-03-08T08:00:00-07:00"},
		"into the gap":            {"America/New_York", "2026-03-07 02:30:00", 1, "2026-03-08T03:00:00-04:00"},
		"into the doubled hour":   {"America/New_York", "2026-10-31 01:30:00", 1, "2026-11-01T01:30:00-04:00"},
		"half an hour":            {"Australia/Lord_Howe", "2026-10-03 02:10:00", 1, "2026-10-04T02:30:00+11:00"},
		"back over a year":        {"America/Chicago", "2026-01-01 23:59:59", -1, "2025-12-31T23:59:59-06:00"},
		"a day that never was":    {"Pacific/Apia", "2011-12-29 08:00:00", 1, "2011-12-31T00:00:00+14:00"},
		"half a year, and leap":   {"America/Chicago", "2027-09-02 10:45:00", 180, "2028-02-29T10:45:00-06:00"},
		"nowhere near any change": {"UTC", "2026-06-01 12:00:00", 0, "2026-06-01T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			loc, err := loadZone(c.zone)
			require.NoError(t, err)
			civil, err := parseCivil(c.from, "YYYY-MM-DD hh:mm:ss")
			require.NoError(t, err)
			require.Equal(t, c.want, onWall(civil, c.days, loc).Format(time.RFC3339))
		})
	}
}

func TestShiftBringsTheEarliestWishToTomorrowWhereItIs(t *testing.T) {
	t.Parallel()
	loc, err := loadZone("America/Los_Angeles")
	require.NoError(t, err)
	wish := time.Date(2025, 11, 12, 8, 0, 0, 0, loc)
	// 05:00 UTC on the 11th is still the 10th in Los Angeles.
	now := time.Date(2026, 3, 11, 5, 0, 0, 0, time.UTC)
	days := daysUntilTomorrow(wish, now)
	require.Equal(t, 119, days)
	require.Equal(t, "2026-03-11T08:00:00-07:00", onWall(wish, days, loc).Format(time.RFC3339))
}

func TestWhatTheMappingSaysDoesNotMove(t *testing.T) {
	t.Parallel()
	row, refused := mapLine(t, `
target: installers
fields:
  id: { column: id }
  name: { column: id }
  phone: { constant: "+15550100000" }
  territory: { constant: harbor }
  certificates: { column: id, values: { x: [a, b] } }
  certificates_valid_until: { constant: "2040-01-01T00:00:00Z", time: rfc3339 }
`, `{"id":"x"}`, 400)
	require.Nil(t, refused)
	in, ok := row.Value.(apiclient.Installer)
	require.True(t, ok)
	require.Len(t, in.Certificates, 2)
	require.Equal(t, 2040, in.Certificates[1].ValidUntil.Year())
}
