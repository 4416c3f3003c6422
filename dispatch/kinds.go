package dispatch

import "slices"

// Kind is what a job is for (IN-3).
type Kind string

// The kinds of job (IN-3): 装, 拆, 移, upgrade, 修.
const (
	KindInstall  Kind = "install"
	KindRemove   Kind = "remove"
	KindRelocate Kind = "relocate"
	KindUpgrade  Kind = "upgrade"
	KindRepair   Kind = "repair"
)

// Kinds lists every kind of job in the order of IN-3.
var Kinds = []Kind{KindInstall, KindRemove, KindRelocate, KindUpgrade, KindRepair}

// ChargeClass says who pays (IN-3).
type ChargeClass string

// The charging classes of IN-3: A paid, B contract, C free, D internal.
const (
	ChargePaid     ChargeClass = "A"
	ChargeContract ChargeClass = "B"
	ChargeFree     ChargeClass = "C"
	ChargeInternal ChargeClass = "D"
)

// Channel is how a request came in (IN-1).
type Channel string

// The channels of IN-1.
const (
	ChannelPhone   Channel = "phone"
	ChannelCounter Channel = "counter"
	ChannelOnline  Channel = "online"
	ChannelSystem  Channel = "system"
	ChannelFile    Channel = "file"
)

// Grade ranks a customer (CU-2); A is served before B, C and D (CU-3).
type Grade string

// The grades of CU-2. A job without one counts as C.
const (
	GradeA Grade = "A"
	GradeB Grade = "B"
	GradeC Grade = "C"
	GradeD Grade = "D"
)

// Role is what somebody may do.
type Role string

// The roles. Customer is the one of a job, in a session that can do one thing; System is a
// fired clock, Ops somebody at the Temporal UI.
const (
	RoleDispatcher Role = "dispatcher"
	RoleSupervisor Role = "supervisor"
	RoleInstaller  Role = "installer"
	RoleCustomer   Role = "customer"
	RoleSystem     Role = "system"
	RoleOps        Role = "ops"
)

// Actor is who did something. ID is an account or installer id, never a name.
type Actor struct {
	Role Role   `json:"role"`
	ID   string `json:"id"`
}

// Desk reports whether the actor sits at the dispatch desk: a dispatcher or a supervisor.
func (a Actor) Desk() bool { return a.Role == RoleDispatcher || a.Role == RoleSupervisor }

// Party is a side of an appointment: who asks for a change, or who causes a delay.
type Party string

// The parties. Third is anyone else: the landlord, another carrier, the weather.
const (
	PartyCustomer Party = "customer"
	PartyCompany  Party = "company"
	PartySafety   Party = "safety"
	PartyThird    Party = "third_party"
)

// Place is a WGS 84 position in degrees, with its accuracy in metres when known.
type Place struct {
	Latitude       float64  `json:"latitude"`
	Longitude      float64  `json:"longitude"`
	AccuracyMetres *float64 `json:"accuracy_m,omitempty"`
}

// Valid reports whether k is one of IN-3's kinds.
func (k Kind) Valid() bool { return slices.Contains(Kinds, k) }
