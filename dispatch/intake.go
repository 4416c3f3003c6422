package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Intake is a request as it came in (IN-1). Name, phone and address are personal data:
// they go into the register and nowhere else.
type Intake struct {
	ExternalOrder string      `json:"external_order"` // the order number of the system it came from
	Kind          Kind        `json:"kind"`
	Charge        ChargeClass `json:"charge,omitempty"` // B if empty
	Channel       Channel     `json:"channel"`
	Customer      Customer    `json:"customer"`
	Territory     string      `json:"territory,omitempty"` // found by the coordinates if empty
	Product       string      `json:"product"`
	Model         string      `json:"model,omitempty"`
	ContractMbps  float64     `json:"contract_mbps,omitempty"` // contracted rate, Mbit/s
	ContractedAt  *time.Time  `json:"contracted_at,omitempty"`
	ContractPlace string      `json:"contract_place,omitempty"`
	SoldOnline    bool        `json:"sold_online,omitempty"`
	Description   string      `json:"description,omitempty"`
	Skills        []string    `json:"skills,omitempty"`    // the product's if empty
	WorkTime      Duration    `json:"work_time,omitempty"` // the product's if zero
	WishStart     *time.Time  `json:"wish_start,omitempty"`
	Grade         Grade       `json:"grade,omitempty"`
	Account       string      `json:"account,omitempty"`
	Standard      string      `json:"standard,omitempty"` // version; the one in force if empty
}

// Customer is who is served, and where.
type Customer struct {
	Name    string `json:"name"`
	Phone   string `json:"phone"` // E.164, e.g. +14155550100
	Address string `json:"address"`
	Place   *Place `json:"place,omitempty"`
	// Languages are those of the customer's documents; none: those of the Standard.
	Languages []Language `json:"languages,omitempty"`
}

// Territory is an area served from one place (网格): all within RadiusMetres of the centre.
type Territory struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`
	TimeZone     string  `json:"time_zone"` // IANA name
	Center       Place   `json:"center"`
	RadiusMetres float64 `json:"radius_m"`
	Hotline      string  `json:"hotline"` // E.164; what customers are told to call
}

// Admit opens a job from a request, or refuses it with a reason and, where there is one,
// an alternative (IN-1, IN-2, IN-3). The service number is the caller's to give, and so is
// the Standard: the one that the request names, else the one in force.
func Admit(std *Standard, territories []Territory, in Intake, number string, now time.Time) (Job, error) {
	if in.Standard != "" && in.Standard != std.Version {
		r := Refuse(CodeStandardUnknown, "", "There is no standard %q.", in.Standard)
		r.Field = "standard"
		return Job{}, r
	}
	if err := in.check(); err != nil {
		return Job{}, err
	}
	territory, err := in.locate(territories)
	if err != nil {
		return Job{}, err
	}
	product, err := in.product(std)
	if err != nil {
		return Job{}, err
	}
	job := Job{
		Number: number, Kind: in.Kind, Charge: in.Charge, Grade: in.Grade, Territory: territory.ID,
		TimeZone: territory.TimeZone, Product: product.Code, Skills: in.Skills, ContractMbps: in.ContractMbps,
		SoldOnline: in.SoldOnline, Site: in.Customer.Place, WorkTime: in.WorkTime, Standard: std.Version,
		OpenedAt: now.UTC(), Status: StatusReceived,
	}
	if job.Charge == "" {
		job.Charge = ChargeContract
	}
	if len(job.Skills) == 0 {
		job.Skills = product.Skills[in.Kind]
	}
	if job.WorkTime == 0 {
		job.WorkTime = product.WorkTime[in.Kind]
	}
	return job, nil
}

// Opened returns the first audit entry of a job (IN-1).
func (j *Job) Opened(actor Actor, channel Channel) Entry {
	j.Seq = 1
	return Entry{
		Seq: 1, At: j.OpenedAt, Actor: actor, Action: "register", Fact: "job.registered", Rule: RuleRegister, Status: j.Status,
		Data: map[string]any{"kind": string(j.Kind), "charge": string(j.Charge), "product": j.Product, "channel": string(channel), "standard": j.Standard},
	}
}

func (in Intake) check() error {
	for _, f := range []struct {
		name, value string
		max         int
	}{
		{"external_order", in.ExternalOrder, 64}, {"customer.name", in.Customer.Name, 200},
		{"customer.phone", in.Customer.Phone, 20}, {"customer.address", in.Customer.Address, 400},
		{"product", in.Product, 64},
	} {
		if strings.TrimSpace(f.value) == "" || len(f.value) > f.max {
			return invalid(RuleRegister, f.name, "%s is required, at most %d characters.", f.name, f.max)
		}
	}
	switch {
	case !in.Kind.Valid():
		return invalid(RuleKinds, "kind", "The kind is one of %v.", Kinds)
	case in.Charge != "" && !slices.Contains([]ChargeClass{ChargePaid, ChargeContract, ChargeFree, ChargeInternal}, in.Charge):
		return invalid(RuleKinds, "charge", "The charging class is A, B, C or D.")
	case in.Grade != "" && !slices.Contains([]Grade{GradeA, GradeB, GradeC, GradeD}, in.Grade):
		return invalid(RuleGradeOrder, "grade", "The grade is A, B, C or D.")
	case !slices.Contains([]Channel{ChannelPhone, ChannelCounter, ChannelOnline, ChannelSystem, ChannelFile}, in.Channel):
		return invalid(RuleRegister, "channel", "The channel is phone, counter, online, system or file.")
	case !phoneForm(in.Customer.Phone):
		return invalid(RuleRegister, "customer.phone", "The phone is written as +, country and number: 8 to 15 digits.")
	case in.ContractMbps < 0 || in.ContractMbps > maxPlausibleMbps:
		return invalid(RuleRegister, "contract_mbps", "The contracted rate lies between 0 and %d Mbit/s.", maxPlausibleMbps)
	case in.WorkTime < 0 || in.WorkTime.D() > 12*time.Hour:
		return invalid(RuleRegister, "work_time", "The time on site lies between 0 and 12 hours.")
	case in.Customer.Place != nil && !in.Customer.Place.valid():
		return invalid(RuleRegister, "customer.place", "Coordinates are degrees: latitude -90 to 90, longitude -180 to 180.")
	}
	return nil
}

func invalid(rule RuleID, field, format string, args ...any) *Refusal {
	r := Refuse(CodeInvalid, rule, format, args...)
	r.Field = field
	return r
}

func phoneForm(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 8 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

func (p Place) valid() bool {
	return p.Latitude >= -90 && p.Latitude <= 90 && p.Longitude >= -180 && p.Longitude <= 180
}

// locate finds the territory by id, or the nearest one whose area holds the address.
func (in Intake) locate(territories []Territory) (Territory, error) {
	if in.Territory != "" {
		i := slices.IndexFunc(territories, func(t Territory) bool { return t.ID == in.Territory })
		if i < 0 {
			return Territory{}, invalid(RuleServable, "territory", "There is no territory %q.", in.Territory)
		}
		if p := in.Customer.Place; p != nil && p.DistanceMetres(territories[i].Center) > territories[i].RadiusMetres {
			return Territory{}, outside(territories, *p)
		}
		return territories[i], nil
	}
	p := in.Customer.Place
	if p == nil {
		return Territory{}, invalid(RuleRegister, "customer.place", "Give the address's coordinates, or name the territory.")
	}
	best, at := -1, 0.0
	for i, t := range territories {
		if d := p.DistanceMetres(t.Center); d <= t.RadiusMetres && (best < 0 || d < at) {
			best, at = i, d
		}
	}
	if best < 0 {
		return Territory{}, outside(territories, *p)
	}
	return territories[best], nil
}

// outside refuses an address that nobody serves and names the nearest territory (IN-2).
func outside(territories []Territory, p Place) *Refusal {
	say := "The address lies outside the area served."
	if len(territories) > 0 {
		near := slices.MinFunc(territories, func(a, b Territory) int {
			return int(p.DistanceMetres(a.Center) - p.DistanceMetres(b.Center))
		})
		say += fmt.Sprintf(" The nearest territory is %s, %.0f km away; ask there for work outside the area.", near.Name, p.DistanceMetres(near.Center)/1000)
	}
	r := Refuse(CodeNotServable, RuleServable, "%s", say)
	r.Field = "customer.place"
	return r
}

func (in Intake) product(std *Standard) (Product, error) {
	p, ok := std.Product(in.Product)
	if !ok {
		r := Refuse(CodeNotServable, RuleServable, "There is no product %q.", in.Product)
		r.Field = "product"
		return p, r
	}
	if _, served := p.Skills[in.Kind]; !served {
		r := Refuse(CodeNotServable, RuleServable, "%s is not available for %s.", p.Name, in.Kind)
		if alt, ok := std.Product(p.Instead); ok {
			r.Message += fmt.Sprintf(" Offer %s (%s) instead.", alt.Name, alt.Code)
		}
		r.Field = "product"
		return p, r
	}
	if slices.Contains(p.AccountRequired, in.Kind) && strings.TrimSpace(in.Account) == "" {
		r := Refuse(CodeNotServable, RuleServable, "A %s needs the customer's account number. Without an account, register an install.", in.Kind)
		r.Field = "account"
		return p, r
	}
	return p, nil
}
