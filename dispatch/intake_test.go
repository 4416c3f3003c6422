package dispatch_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"truckroll/dispatch"
)

var territories = []dispatch.Territory{
	{ID: "nyc", Name: "New York", TimeZone: "America/New_York", Center: dispatch.Place{Latitude: 40.71, Longitude: -74.0}, RadiusMetres: 50_000},
	{ID: "nj", Name: "Jersey", TimeZone: "America/New_York", Center: dispatch.Place{Latitude: 40.73, Longitude: -74.17}, RadiusMetres: 30_000},
}

func intake() dispatch.Intake {
	return dispatch.Intake{
		ExternalOrder: "A-1", Kind: dispatch.KindInstall, Channel: dispatch.ChannelPhone, Product: "fttr-300", ContractMbps: 300,
		Customer: dispatch.Customer{Name: "N", Phone: "+12125550100", Address: "1 Main St", Place: &dispatch.Place{Latitude: 40.72, Longitude: -74.01}},
	}
}

func Test_IN1_a_request_becomes_a_job(t *testing.T) {
	job, err := dispatch.Admit(standard(t), territories, intake(), "TR000000018", day)
	require.NoError(t, err)
	require.Equal(t, dispatch.StatusReceived, job.Status)
	require.Equal(t, "nyc", job.Territory, "the nearest of those that hold the address")
	require.Equal(t, "America/New_York", job.TimeZone)
	require.Equal(t, []string{"fiber_install"}, job.Skills)
	require.Equal(t, time.Hour, job.WorkTime.D())
	require.Equal(t, "broadband-2", job.Standard)
	require.Equal(t, dispatch.ChargeContract, job.Charge)
	e := job.Opened(dispatch.Actor{Role: dispatch.RoleDispatcher, ID: "d"}, dispatch.ChannelPhone)
	require.Equal(t, dispatch.RuleRegister, e.Rule)
	require.Equal(t, int64(1), job.Seq)
}

func Test_IN2_what_cannot_be_served_is_refused_with_a_reason(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*dispatch.Intake)
		says   string
	}{
		"outside the area":   {func(in *dispatch.Intake) { in.Customer.Place = &dispatch.Place{Latitude: 42.36, Longitude: -71.06} }, "nearest territory is New York"},
		"unknown product":    {func(in *dispatch.Intake) { in.Product = "teleport" }, "no product"},
		"no longer sold":     {func(in *dispatch.Intake) { in.Product = "adsl-16" }, "fttr-300"},
		"repair, no account": {func(in *dispatch.Intake) { in.Kind = dispatch.KindRepair }, "account number"},
	} {
		t.Run(name, func(t *testing.T) {
			in := intake()
			c.change(&in)
			_, err := dispatch.Admit(standard(t), territories, in, "TR000000018", day)
			var refusal *dispatch.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, dispatch.CodeNotServable, refusal.Code)
			require.Equal(t, dispatch.RuleServable, refusal.Rule)
			require.Contains(t, refusal.Message, c.says)
		})
	}
}

func Test_IN1_IN3_what_must_be_captured(t *testing.T) {
	for name, change := range map[string]func(*dispatch.Intake){
		"external_order": func(in *dispatch.Intake) { in.ExternalOrder = " " },
		"customer.name":  func(in *dispatch.Intake) { in.Customer.Name = "" },
		"customer.phone": func(in *dispatch.Intake) { in.Customer.Phone = "555-0100" },
		"kind":           func(in *dispatch.Intake) { in.Kind = "paint" },
		"charge":         func(in *dispatch.Intake) { in.Charge = "E" },
		"grade":          func(in *dispatch.Intake) { in.Grade = "Z" },
		"channel":        func(in *dispatch.Intake) { in.Channel = "pigeon" },
		"contract_mbps":  func(in *dispatch.Intake) { in.ContractMbps = -1 },
		"work_time":      func(in *dispatch.Intake) { in.WorkTime = dispatch.Duration(13 * time.Hour) },
		"customer.place": func(in *dispatch.Intake) { in.Customer.Place = &dispatch.Place{Latitude: 91} },
	} {
		t.Run(name, func(t *testing.T) {
			in := intake()
			change(&in)
			_, err := dispatch.Admit(standard(t), territories, in, "TR000000018", day)
			var refusal *dispatch.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, name, refusal.Field)
		})
	}
}

func Test_a_request_may_name_its_standard(t *testing.T) {
	in := intake()
	in.Standard = "broadband-2"
	job, err := dispatch.Admit(standard(t), territories, in, "TR000000018", day)
	require.NoError(t, err)
	require.Equal(t, "broadband-2", job.Standard)

	in.Standard = "broadband-1"
	_, err = dispatch.Admit(standard(t), territories, in, "TR000000018", day)
	var refusal *dispatch.Refusal
	require.ErrorAs(t, err, &refusal, "the caller must give the standard that was named, not the one in force")
	require.Equal(t, dispatch.CodeStandardUnknown, refusal.Code)
}
