package simulate

import (
	"fmt"
	"strings"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// The town where the runs take place: nowhere, in the middle of the Atlantic, so that no
// operator's territory is near.
//
//nolint:gochecknoglobals // a constant
var town = dispatch.Place{Latitude: 30.2, Longitude: -40.1}

const townRadiusMetres = 20_000

func (r *run) territory() dispatch.Territory {
	return dispatch.Territory{
		ID: r.id, Name: "Simulation " + r.id, TimeZone: "UTC", Center: town, RadiusMetres: townRadiusMetres, Hotline: "+15005550199",
	}
}

// team are the run's installers. Every third one does not know copper, every ninth only
// repairs, so that who may do what matters (TE-2).
func (r *run) team(skills []string) []apiclient.Installer {
	out := make([]apiclient.Installer, r.opt.Installers)
	for i := range out {
		rng := draws(r.opt.Seed, i, "installer")
		in := apiclient.Installer{
			Id: r.teamID(i), Name: firstNames[rng.IntN(len(firstNames))] + " " + lastNames[rng.IntN(len(lastNames))],
			Phone: fmt.Sprintf("+1500555%04d", i), Territory: r.id, Home: somewhere(rng.Float64(), rng.Float64()),
		}
		for n, skill := range skills {
			if i > 0 && (i%3 == 2 && n == 0 || i%9 == 8 && n%2 == 1) && len(skills) > 1 {
				continue
			}
			in.Certificates = append(in.Certificates, apiclient.Certificate{Skill: skill, ValidUntil: r.began.AddDate(1, 0, 0)})
		}
		out[i] = in
	}
	return out
}

func (r *run) teamID(i int) string { return fmt.Sprintf("%s-i%03d", r.id, i+1) }

func (r *run) teamIDs() []string {
	out := make([]string, r.opt.Installers)
	for i := range out {
		out[i] = r.teamID(i)
	}
	return out
}

// shifts cover the whole simulated day.
func (r *run) shifts(team []apiclient.Installer) []apiclient.Shift {
	out := make([]apiclient.Shift, len(team))
	for i, in := range team {
		out[i] = apiclient.Shift{Installer: in.Id, Start: r.began, End: r.began.Add(r.pace.real(r.day))}
	}
	return out
}

func drawIntake(seed uint64, index int) dispatch.Intake {
	rng := draws(seed, index, "intake")
	in := dispatch.Intake{
		Kind: pick(rng, kindShares), Grade: pick(rng, gradeShares), Product: "fttr-300", ContractMbps: 300,
		Charge: pick(rng, []share[dispatch.ChargeClass]{
			{25, dispatch.ChargePaid}, {65, dispatch.ChargeContract}, {8, dispatch.ChargeFree}, {2, dispatch.ChargeInternal},
		}),
		Channel: pick(rng, []share[dispatch.Channel]{
			{30, dispatch.ChannelPhone}, {15, dispatch.ChannelCounter}, {35, dispatch.ChannelOnline}, {20, dispatch.ChannelSystem},
		}),
		Customer: dispatch.Customer{
			Name:    firstNames[rng.IntN(len(firstNames))] + " " + lastNames[rng.IntN(len(lastNames))],
			Phone:   fmt.Sprintf("+1500%07d", rng.IntN(10_000_000)),
			Address: fmt.Sprintf("%d %s", 1+rng.IntN(200), streets[rng.IntN(len(streets))]),
		},
	}
	if rng.IntN(2) == 0 {
		in.Product, in.ContractMbps = "fttr-1000", 1000
	}
	if (in.Kind == dispatch.KindRepair || in.Kind == dispatch.KindRemove) && rng.IntN(10) == 0 {
		in.Product, in.ContractMbps = "adsl-16", 16
	}
	in.SoldOnline = in.Channel == dispatch.ChannelOnline && in.Kind == dispatch.KindInstall
	if in.Kind != dispatch.KindInstall {
		in.Account = fmt.Sprintf("AC-%06d", rng.IntN(1_000_000))
	}
	place := somewhere(rng.Float64(), rng.Float64())
	in.Customer.Place = &place
	return in
}

// somewhere is a place in the town, well inside its radius, from two numbers of [0, 1).
func somewhere(x, y float64) dispatch.Place {
	return dispatch.Place{Latitude: town.Latitude + (x-0.5)*0.2, Longitude: town.Longitude + (y-0.5)*0.2}
}

// registered is the request as this run sends it: its own order number, its own territory,
// its own standard.
func (r *run) registered(p Plan) dispatch.Intake {
	in := p.Intake
	in.ExternalOrder = fmt.Sprintf("%s-%05d", r.id, p.Index)
	in.Territory, in.Standard, in.WishStart = r.id, r.std.Version, nil
	if p.Wish {
		at := r.began.Add(r.pace.real(p.Opens + p.Contact.After + p.WishIn)).UTC().Truncate(time.Millisecond)
		in.WishStart = &at
	}
	return in
}

//nolint:gochecknoglobals // constants
var (
	firstNames = strings.Fields("Ada Ben Chen Dora Emil Fatima Goran Hana Ines Jamal Kofi Lena Mei Nils Olga Pablo")
	lastNames  = strings.Fields("Ali Bauer Costa Diaz Evans Fischer Gupta Huang Ito Jansen Kaya Li Moreau Novak Okafor Wang")
	streets    = []string{"Pine St", "Harbour Rd", "Mill Lane", "Station Sq", "Garden Row", "High St", "Orchard Way", "Bridge St"}
)
