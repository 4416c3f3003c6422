package main

import (
	"context"
	"fmt"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// demoLogins are the accounts of a development database. They are no secrets, and dev is
// the only command that makes them.
var demoLogins = []struct {
	token string
	actor dispatch.Actor
}{
	{"demo-dispatcher", dispatch.Actor{Role: dispatch.RoleDispatcher, ID: "dispatcher-1"}},
	{"demo-supervisor", dispatch.Actor{Role: dispatch.RoleSupervisor, ID: "supervisor-1"}},
	{"demo-installer", dispatch.Actor{Role: dispatch.RoleInstaller, ID: "demo-lin"}},
}

const demoTerritory = "demo"

// loadDemo fills a development database with a territory, two installers, their shifts for
// the coming week, and the logins. Again it only adds what is missing, e.g. new days.
func loadDemo(ctx context.Context, store *postgres.Store, now time.Time) error {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return fmt.Errorf("the demo's time zone: %w", err)
	}
	center := dispatch.Place{Latitude: 52.52, Longitude: 13.405}
	err = store.PutTerritory(ctx, dispatch.Territory{
		ID: demoTerritory, Name: "Demo district", TimeZone: zone.String(), Center: center, RadiusMetres: 30_000, Hotline: "+4930000000",
	})
	if err != nil {
		return err
	}
	people := []postgres.Installer{
		{ID: "demo-lin", Name: "Lin Wei", Phone: "+4930000001", Territory: demoTerritory, Active: true},
		{ID: "demo-amara", Name: "Amara Okafor", Phone: "+4930000002", Territory: demoTerritory, Active: true},
	}
	var shifts []dispatch.Shift
	for _, p := range people {
		for _, skill := range []string{"fiber_install", "fiber_repair", "copper"} {
			p.Certificates = append(p.Certificates, postgres.Certificate{Skill: skill, ValidUntil: now.AddDate(1, 0, 0)})
		}
		if err := store.PutInstaller(ctx, p); err != nil {
			return err
		}
		for day := range 8 {
			d := now.In(zone).AddDate(0, 0, day)
			// Round the clock, so that the walk-through works at whatever hour somebody tries it.
			start := time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone)
			shifts = append(shifts, dispatch.Shift{Installer: p.ID, Start: start, End: time.Date(d.Year(), d.Month(), d.Day()+1, 0, 0, 0, 0, zone)})
		}
	}
	if err := store.PutShifts(ctx, shifts); err != nil {
		return err
	}
	for _, l := range demoLogins {
		if err := store.PutToken(ctx, l.token, postgres.Identity{Actor: l.actor}, "demo", nil); err != nil {
			return err
		}
	}
	return nil
}
