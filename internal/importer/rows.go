package importer

import (
	"errors"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
)

// What a line can lack although each of its values is well-formed.
var (
	errNoDate          = errors.New("a certificate needs the date until which it is valid")
	errEndsBeforeStart = errors.New("the shift does not end after its start")
	errHalfPlace       = errors.New("coordinates need both a latitude and a longitude")
)

// row reads what the mapping's target is made of.
func (r *reading) row() Row {
	switch r.mapper.m.Target {
	case TargetJobs:
		in := r.job()
		return Row{External: in.ExternalOrder, Value: in}
	case TargetInstallers:
		in := r.installer()
		return Row{External: in.Id, Value: in}
	case TargetShifts:
		s := r.shift()
		return Row{External: s.Installer, Value: s}
	case TargetTerritories:
		t := r.territory()
		return Row{External: t.ID, Value: t}
	}
	return Row{}
}

func (r *reading) job() dispatch.Intake {
	in := dispatch.Intake{
		ExternalOrder: r.text("external_order"),
		Kind:          dispatch.Kind(r.text("kind")),
		Charge:        dispatch.ChargeClass(r.text("charge")),
		Channel:       dispatch.Channel(r.text("channel")),
		Customer: dispatch.Customer{
			Name: r.text("customer.name"), Phone: r.text("customer.phone"), Address: r.text("customer.address"),
			Place: r.place("customer"),
		},
		Territory:     r.text("territory"),
		Product:       r.text("product"),
		Model:         r.text("model"),
		ContractPlace: r.text("contract_place"),
		Description:   r.text("description"),
		WorkTime:      dispatch.Duration(r.duration("work_time")),
		Grade:         dispatch.Grade(r.text("grade")),
		Account:       r.text("account"),
	}
	in.Skills, _ = r.list("skills")
	in.ContractMbps, _ = r.number("contract_mbps")
	in.SoldOnline, _ = r.boolean("sold_online")
	if in.Channel == "" {
		in.Channel = dispatch.ChannelFile
	}
	if at, ok := r.moment("contracted_at"); ok {
		in.ContractedAt = &at
	}
	if at, ok := r.moment("wish_start"); ok {
		in.WishStart = &at
	}
	return in
}

func (r *reading) installer() apiclient.Installer {
	in := apiclient.Installer{Id: r.text("id"), Name: r.text("name"), Phone: r.text("phone"), Territory: r.text("territory")}
	if home := r.place("home"); home != nil {
		in.Home = *home
	}
	skills, _ := r.list("certificates")
	until, dated := r.moment("certificates_valid_until")
	for _, skill := range skills {
		if !dated {
			r.refuse("certificates_valid_until", errNoDate)
			break
		}
		in.Certificates = append(in.Certificates, apiclient.Certificate{Skill: skill, ValidUntil: until})
	}
	if active, ok := r.boolean("active"); ok {
		in.Active = &active
	}
	return in
}

func (r *reading) shift() apiclient.Shift {
	s := apiclient.Shift{Installer: r.text("installer"), MaxJobs: r.integer("max_jobs")}
	s.Start, _ = r.moment("start")
	s.End, _ = r.moment("end")
	if r.refusal == nil && !s.End.After(s.Start) {
		r.refuse("end", errEndsBeforeStart)
	}
	return s
}

func (r *reading) territory() dispatch.Territory {
	t := dispatch.Territory{
		ID: r.text("id"), Name: r.text("name"), TimeZone: r.text("time_zone"), Hotline: r.text("hotline"),
	}
	if center := r.place("center"); center != nil {
		t.Center = *center
	}
	t.RadiusMetres, _ = r.number("radius_m")
	return t
}

// place is nil when the record has no coordinates; half of them is a mistake.
func (r *reading) place(of string) *dispatch.Place {
	latitude, okLat := r.number(of + ".latitude")
	longitude, okLon := r.number(of + ".longitude")
	switch {
	case okLat && okLon:
		return &dispatch.Place{Latitude: latitude, Longitude: longitude}
	case okLat != okLon:
		r.refuse(of+".latitude", errHalfPlace)
	}
	return nil
}
