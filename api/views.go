package api

import (
	"time"

	"truckroll/api/gen"
	"truckroll/internal/postgres"
)

// defaultPage is how many items a list has when nobody says.
const defaultPage = 50

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, postgres.MaxPage)
}

// some returns a list that is written as [] when it is empty, never as null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func deref[T any](p *T) T {
	if p == nil {
		return *new(T)
	}
	return *p
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func jobPage(p postgres.Page[postgres.Record]) gen.JobPage {
	out := gen.JobPage{Items: make([]gen.JobSummary, len(p.Items)), NextCursor: p.Next}
	for i, r := range p.Items {
		out.Items[i] = summary(r)
	}
	return out
}

// summary is a job's line in a list.
func summary(r postgres.Record) gen.JobSummary {
	j := &r.Job
	out := gen.JobSummary{
		Number: j.Number, ExternalOrder: r.ExternalOrder, Status: j.Status, Kind: j.Kind, Charge: j.Charge, Grade: j.Grade,
		Territory: j.Territory, Product: j.Product, Name: r.Customer.Name, Address: r.Customer.Address,
		Installer: j.Installer(), DueAt: deref(r.DueAt), CarriedOver: deref(j.CarriedOver), OpenedAt: j.OpenedAt,
		BrokenRules: j.Broken(),
	}
	if v := j.Visit(); v != nil {
		out.Appointment = v.Appointment.Window
	}
	switch {
	case j.Hold != nil:
		out.StatedReason = j.Hold.Reason
	case j.Ending != nil:
		out.StatedReason = j.Ending.Reason
	}
	return out
}

func registerOf(r postgres.Record) gen.Register {
	return gen.Register{
		ExternalOrder: r.ExternalOrder, Channel: r.Channel, Name: r.Customer.Name, Phone: r.Customer.Phone,
		Address: r.Customer.Address, Account: r.Account, Model: r.Model, ContractedAt: deref(r.ContractedAt),
		ContractPlace: r.ContractPlace, Description: r.Description, WishStart: deref(r.WishStart),
	}
}

func installerOf(i postgres.Installer) gen.Installer {
	out := gen.Installer{
		Id: i.ID, Name: i.Name, Phone: i.Phone, Territory: i.Territory, Active: &i.Active,
		Certificates: make([]gen.Certificate, len(i.Certificates)), Home: deref(i.Place),
	}
	for k, c := range i.Certificates {
		out.Certificates[k] = gen.Certificate{Skill: c.Skill, ValidUntil: c.ValidUntil}
	}
	return out
}

func messageOf(m postgres.MessageRecord) gen.SentMessage {
	return gen.SentMessage{
		Number: m.Number, Purpose: string(m.Message.Purpose), Sequence: m.Message.Sequence, State: string(m.State),
		NotBefore: m.Message.NotBefore, SentAt: deref(m.SentAt), Recipient: m.Recipient, Body: m.Body,
		Provider: m.Provider, ProviderId: m.ProviderID, Attempts: m.Attempts, Error: m.Error,
	}
}
