package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"truckroll/dispatch"
	"truckroll/internal/document"
	"truckroll/internal/postgres"
)

// DocumentStore is what [Documents] needs of Postgres.
type DocumentStore interface {
	Job(ctx context.Context, number string) (postgres.Record, error)
	Standard(ctx context.Context, version string) (*dispatch.Standard, error)
	Installer(ctx context.Context, id string) (postgres.Installer, error)
	Territory(ctx context.Context, id string) (dispatch.Territory, error)
	File(ctx context.Context, sha256 string) (postgres.File, error)
	ClaimFile(ctx context.Context, f postgres.File, quota *dispatch.PhotoRules) (revived bool, err error)
}

// Documents makes the documents that visits are owed (VI-12, NA-4).
type Documents struct {
	Store    DocumentStore
	Files    Files
	Printer  *document.Printer
	Key      document.Key
	Operator string // name, as customers know it
	// PublicURL is where customers reach the API, without a slash at the end.
	PublicURL string
	Now       func() time.Time
}

// Proof says whether a form can be printed with the fonts there are. A letter that is
// missing is a refusal while the installer can still do something about it.
func (d *Documents) Proof(ctx context.Context, in dispatch.FormToProof) (dispatch.Proof, error) {
	form, err := d.form(ctx, in.DocumentWanted)
	if err != nil {
		return dispatch.Proof{}, err
	}
	if in.Override != "" {
		form.Override = &document.Override{Reason: in.Override}
	}
	err = d.Printer.Proof(form)
	if missing, ok := errors.AsType[*document.MissingGlyphs](err); ok {
		return dispatch.Proof{Refusal: dispatch.Refuse(dispatch.CodeGlyphMissing, dispatch.RuleSigned,
			"The confirmation form cannot be printed: %v. Have the entry corrected, or ask ops for a font that has it.", missing)}, nil
	}
	if err != nil {
		return dispatch.Proof{}, fmt.Errorf("proofing %s: %w", in.No, err)
	}
	return dispatch.Proof{}, nil
}

// Seal prints a document, seals it, and keeps it. Running it again makes another file; the one
// that the workflow does not name is cleaned up like any upload nobody took up.
func (d *Documents) Seal(ctx context.Context, in dispatch.DocumentWanted) (dispatch.SealedDocument, error) {
	printed, err := d.print(ctx, in)
	if err != nil {
		return dispatch.SealedDocument{}, err
	}
	sealed, err := document.Seal(printed.PDF, d.Key, d.Now(), in.No)
	if err != nil {
		return dispatch.SealedDocument{}, fmt.Errorf("sealing %s: %w", in.No, err)
	}
	sum, key, err := d.Files.Put(ctx, "application/pdf", sealed)
	if err != nil {
		return dispatch.SealedDocument{}, fmt.Errorf("keeping %s: %w", in.No, err)
	}
	_, err = d.Store.ClaimFile(ctx, postgres.File{
		SHA256: sum, Number: in.Number, Kind: string(in.Kind), Class: dispatch.FileDocument, ContentType: "application/pdf",
		SizeBytes: int64(len(sealed)), Key: key,
	}, nil)
	if err != nil {
		return dispatch.SealedDocument{}, fmt.Errorf("keeping %s: %w", in.No, err)
	}
	return dispatch.SealedDocument{SHA256: sum, Pages: printed.Pages}, nil
}

func (d *Documents) print(ctx context.Context, in dispatch.DocumentWanted) (document.Printed, error) {
	if in.Kind == dispatch.DocumentNote {
		note, err := d.note(ctx, in)
		if err != nil {
			return document.Printed{}, err
		}
		return d.Printer.Note(ctx, note)
	}
	form, err := d.form(ctx, in)
	if err != nil {
		return document.Printed{}, err
	}
	return d.Printer.Form(ctx, form)
}

// paper is what both documents are made from.
type paper struct {
	rec       postgres.Record
	visit     *dispatch.Visit
	std       *dispatch.Standard
	installer postgres.Installer
	territory dispatch.Territory
}

func (d *Documents) paper(ctx context.Context, in dispatch.DocumentWanted) (paper, error) {
	var p paper
	var err error
	if p.rec, err = d.Store.Job(ctx, in.Number); err != nil {
		return p, fmt.Errorf("job of %s: %w", in.No, err)
	}
	i := slices.IndexFunc(p.rec.Job.Visits, func(v dispatch.Visit) bool { return v.No == in.Visit })
	if i < 0 {
		return p, fmt.Errorf("document %s: no visit %d", in.No, in.Visit)
	}
	p.visit = &p.rec.Job.Visits[i]
	if p.std, err = d.Store.Standard(ctx, p.rec.Job.Standard); err != nil {
		return p, fmt.Errorf("standard of %s: %w", in.No, err)
	}
	if p.std.Form == nil {
		return p, fmt.Errorf("document %s: the standard %s makes none", in.No, p.std.Version)
	}
	if p.installer, err = d.Store.Installer(ctx, p.visit.Appointment.Installer); err != nil {
		return p, fmt.Errorf("installer of %s: %w", in.No, err)
	}
	p.territory, err = d.Store.Territory(ctx, p.rec.Job.Territory)
	return p, err
}

func (p paper) languages() []document.Language {
	wanted := p.rec.Customer.Languages
	if len(wanted) == 0 {
		wanted = p.std.Form.Languages
	}
	var out []document.Language
	for _, l := range wanted {
		out = append(out, document.Language(l))
	}
	return out
}

func (p paper) customer() document.Customer {
	c := p.rec.Customer
	return document.Customer{Name: c.Name, Address: c.Address, Phone: c.Phone}
}

func (d *Documents) verifyURL(no string) string { return d.PublicURL + "/verify/" + no }

func (d *Documents) note(ctx context.Context, in dispatch.DocumentWanted) (document.Note, error) {
	p, err := d.paper(ctx, in)
	if err != nil {
		return document.Note{}, err
	}
	return document.Note{
		Languages: p.languages(), No: in.No, Service: in.Number, Operator: d.Operator, Zone: p.rec.Job.Zone(), Made: d.Now(),
		Customer: p.customer(), Installer: p.installer.Name, Arrived: deref(p.visit.ArrivedAt), Left: deref(p.visit.LeftAt),
		Hotline: p.territory.Hotline, VerifyURL: d.verifyURL(in.No),
	}, nil
}

func (d *Documents) form(ctx context.Context, in dispatch.DocumentWanted) (document.Form, error) {
	p, err := d.paper(ctx, in)
	if err != nil {
		return document.Form{}, err
	}
	job, v := &p.rec.Job, p.visit
	f := document.Form{
		Languages: p.languages(), No: in.No, Service: in.Number, Order: p.rec.ExternalOrder, Operator: d.Operator,
		Territory: p.territory.Name, Zone: job.Zone(), Made: d.Now(), Standard: p.std.Version, VerifyURL: d.verifyURL(in.No),
		Customer: p.customer(), Kind: string(job.Kind), Product: job.Product, ContractMbps: job.ContractMbps,
		Visit: document.Visit{
			Installer: p.installer.Name, InstallerID: p.installer.ID, From: v.Appointment.Start, Until: v.Appointment.End,
			Arrived: deref(v.ArrivedAt), Entered: deref(v.EnteredAt), Completed: deref(v.LeftAt),
		},
		Steps: p.steps(), Tests: p.tests(), Equipment: p.equipment(), Satisfaction: p.answer(dispatch.RuleSatisfied, "answer"),
		Charges: &document.Charges{Class: string(job.Charge)},
	}
	if product, ok := p.std.Product(job.Product); ok {
		f.Product = product.Name
	}
	if v.ArrivedPlace != nil {
		f.Visit.Place = &document.Place{Latitude: v.ArrivedPlace.Latitude, Longitude: v.ArrivedPlace.Longitude}
	}
	if v.Override != nil {
		f.Override = &document.Override{By: v.Override.By, Reason: v.Override.Reason}
		for _, m := range v.Override.Missing {
			f.Override.Missing = append(f.Override.Missing, string(m.Rule)+" "+m.Say)
		}
	}
	if f.Photos, err = d.photos(ctx, v); err != nil {
		return f, err
	}
	f.Signature, err = d.signature(ctx, v, p.std)
	return f, err
}

func (p paper) steps() []document.Step {
	var out []document.Step
	plan := p.std.Plan(p.rec.Job.Kind)
	for _, done := range p.visit.Steps {
		step, _ := plan.Step(done.Step)
		out = append(out, document.Step{
			ID: done.Step, Rule: string(step.Rule), Title: step.Title, At: done.At, By: done.By, Values: done.Values, Skipped: done.Skipped,
		})
	}
	return out
}

// equipment is what the steps name by a serial number, with the model of the order.
func (p paper) equipment() []document.Equipment {
	var out []document.Equipment
	for _, done := range p.visit.Steps {
		if serial := done.Values["serial_number"]; serial != "" {
			out = append(out, document.Equipment{What: p.rec.Model, Serial: serial})
		}
	}
	if len(out) == 0 && p.rec.Model != "" {
		out = append(out, document.Equipment{What: p.rec.Model})
	}
	return out
}

// answer is a value that the step of a rule recorded.
func (p paper) answer(rule dispatch.RuleID, name string) string {
	plan := p.std.Plan(p.rec.Job.Kind)
	for _, done := range p.visit.Steps {
		if step, ok := plan.Step(done.Step); ok && step.Rule == rule {
			return done.Values[name]
		}
	}
	return ""
}

func (p paper) tests() []document.Test {
	var out []document.Test
	for _, a := range p.visit.Tests {
		t := document.Test{No: a.No, At: a.At, Before: a.Result.Before, Remedy: a.Result.Remedy}
		add := func(part dispatch.TestPart, value, unit, limit, instrument string) {
			t.Parts = append(t.Parts, document.Reading{
				Part: string(part), Value: value, Unit: unit, Limit: limit, Instrument: instrument,
				Judged: slices.Contains(a.Passed, part) || slices.Contains(a.Failed, part), Passed: slices.Contains(a.Passed, part),
			})
		}
		if r := a.Result.Resources; r != nil {
			add(dispatch.TestResources, fmt.Sprintf("port %s, line %s", okay(r.PortMatches), okay(r.LineMatches)), "", "", r.Instrument)
		}
		if r := a.Result.Authentication; r != nil {
			add(dispatch.TestAuthentication, okay(r.InSync), "", "", r.Instrument)
		}
		if r := a.Result.OpticalPower; r != nil {
			add(dispatch.TestOpticalPower, fmt.Sprintf("%.1f", r.DBm), "dBm", fmt.Sprintf("> %g dBm", p.std.MinRxDBm), r.Instrument)
		}
		if r := a.Result.Speed; r != nil {
			add(dispatch.TestSpeed, fmt.Sprintf("%g", r.Mbps), "Mbit/s",
				fmt.Sprintf("≥ %g Mbit/s", p.rec.Job.ContractMbps*p.std.MinSpeedRatio), r.Instrument)
		}
		out = append(out, t)
	}
	return out
}

func okay(ok bool) string {
	if ok {
		return "ok"
	}
	return "not ok"
}

func (d *Documents) photos(ctx context.Context, v *dispatch.Visit) ([]document.Photo, error) {
	var out []document.Photo
	for _, p := range v.Photos {
		photo := document.Photo{Kind: p.Kind, SHA256: p.SHA256, Taken: deref(p.TakenAt), Received: p.At, Flags: p.Flags}
		f, err := d.Store.File(ctx, p.SHA256)
		if err != nil {
			return nil, fmt.Errorf("photo %s: %w", p.SHA256, err)
		}
		if thumb, ok := f.Variants.Find(dispatch.VariantThumb); ok {
			if photo.Thumb, err = d.Files.Read(ctx, thumb.Key, thumb.SHA256); err != nil {
				return nil, fmt.Errorf("photo %s: %w", p.SHA256, err)
			}
		}
		out = append(out, photo)
	}
	return out, nil
}

func (d *Documents) signature(ctx context.Context, v *dispatch.Visit, std *dispatch.Standard) (*document.Signature, error) {
	if v.Signature == nil {
		return nil, nil //nolint:nilnil // a form may lack one: a supervisor's decision
	}
	f, err := d.Store.File(ctx, v.Signature.SHA256)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	content, err := d.Files.Read(ctx, f.Key, f.SHA256)
	if err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	var signed dispatch.SignatureFile
	if err := json.Unmarshal(content, &signed); err != nil {
		return nil, fmt.Errorf("signature %s: %w", f.SHA256, err)
	}
	s := &document.Signature{
		Signer: v.Signature.Signer, Name: strings.TrimSpace(signed.Name), At: v.Signature.At, Version: v.Signature.Consent, Image: signed.Image,
		Consent: document.Text{},
	}
	for l, text := range std.Form.Consent.Text {
		s.Consent[document.Language(l)] = text
	}
	for _, stroke := range signed.Strokes {
		points := make([]document.Point, len(stroke))
		for i, p := range stroke {
			points[i] = document.Point{X: p.X, Y: p.Y, T: float64(p.T)}
		}
		s.Strokes = append(s.Strokes, points)
	}
	return s, nil
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
