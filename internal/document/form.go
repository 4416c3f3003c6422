package document

import "time"

// Language is a language of documents, as in BCP 47.
type Language string

// The languages a document can be printed in.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Text is a text by language. Where a language is missing, the other one is printed.
type Text map[Language]string

// Form is what a confirmation form says (VI-12). Empty optional parts are left out. Codes of the service standard (kinds
// of job, steps, test parts, photo kinds, flags, names of values) are printed by their term where there is one, and as
// they are where there is none. Line breaks are kept in long texts; elsewhere they are spaces.
type Form struct {
	Languages []Language     // in which to print; Chinese stands first whatever the order; none: both
	No        string         // number of the document, required
	Service   string         // service number (IN-1), required
	Order     string         // external order
	Operator  string         // name of the operator, required
	Territory string         // where the operator serves
	Zone      *time.Location // of all printed times; nil: UTC
	Made      time.Time      // when the document was made
	Standard  string         // version of the rules the visit was held to
	VerifyURL string         // complete address where the document can be checked; printed, and as a QR code

	Customer     Customer
	Kind         string  // of job: install, remove, relocate, upgrade, repair
	Product      string  // name of the product
	ContractMbps float64 // contracted speed, Mbit/s; 0: none
	Visit        Visit

	Steps        []Step
	Tests        []Test
	Equipment    []Equipment
	Photos       []Photo
	Satisfaction string // the customer's answer (VI-11)
	Charges      *Charges
	Signature    *Signature
	Override     *Override
}

// Customer is whom the work was done for.
type Customer struct {
	Name    string
	Address string
	Phone   string
}

// Visit says who came and when.
type Visit struct {
	Installer   string // name
	InstallerID string
	From, Until time.Time // the agreed time; Until may be zero
	Arrived     time.Time
	Entered     time.Time
	Completed   time.Time
	Place       *Place // where the installer arrived
}

// Place is a point in WGS 84, degrees.
type Place struct{ Latitude, Longitude float64 }

// Step is one step of the visit (VI-2 to VI-13).
type Step struct {
	ID      string // of the step in the Standard; prints the field's term where there is one
	Rule    string // e.g. "VI-5"
	Title   string // in the Standard's words
	At      time.Time
	By      string
	Values  map[string]string // recorded values by name
	Skipped string            // the reason; empty: done
}

// Test is one attempt at the acceptance test (VI-7). Every attempt is printed.
type Test struct {
	No     int
	At     time.Time
	Before bool   // measured before a repair, to compare with
	Remedy string // what was done since the last attempt
	Parts  []Reading
}

// Reading is the result of one part of an attempt.
type Reading struct {
	Part       string // resources, authentication, optical_power, speed
	Value      string // as measured, e.g. "-19.5" or "port ok, line ok"
	Unit       string // e.g. "dBm"; empty: none
	Limit      string // what was required, with its unit
	Instrument string
	Judged     bool // whether the part was judged; a measurement of what was found may not be
	Passed     bool // meaningful when judged
}

// Equipment is a device that was handed over.
type Equipment struct{ What, Serial string }

// Photo is a photo that the visit has as proof (VI-8).
type Photo struct {
	Kind     string
	SHA256   string    // hex, of the original
	Taken    time.Time // by the photo or the device; zero: unknown
	Received time.Time
	Thumb    []byte // JPEG; nil: none can be shown
	Flags    []string
}

// Charges says what the visit costs (FU-5).
type Charges struct {
	Class    string // A, B, C or D (IN-3)
	Currency string // ISO 4217
	Items    []Charge
	Receipt  string // number of the receipt or voucher
}

// Charge is one item.
type Charge struct {
	What   string
	Amount int64 // in the currency's minor unit
}

// Signature is the customer's, or a named representative's (VI-12).
type Signature struct {
	Strokes [][]Point // in any unit, y downwards; printed to fit
	Image   []byte    // JPEG or PNG, where there are no strokes
	Signer  string    // customer or representative
	Name    string
	At      time.Time
	Version string // of the consent
	Consent Text   // what was agreed to
}

// Point is a point of a stroke; T is in ms since the start.
type Point struct{ X, Y, T float64 }

// Override is a supervisor's decision to complete a visit without something that is missing. It is printed before
// everything else.
type Override struct {
	By      string
	Reason  string
	Missing []string
}

// Note is what a visit note says, which is left at a closed door (NA-4). It is one page.
type Note struct {
	Languages []Language // in which to print; Chinese stands first whatever the order; none: both
	No        string     // number of the document
	Service   string     // service number
	Operator  string
	Zone      *time.Location // of all printed times; nil: UTC
	Made      time.Time
	Salute    Text // form of address, e.g. "尊敬的", "Dear"
	Customer  Customer
	Installer string
	Arrived   time.Time
	Left      time.Time
	Phone     string // of the installer
	Hotline   string // of the operator
	Again     Text   // how to agree a second appointment; empty: by calling
	Photo     []byte // JPEG, of the door
	VerifyURL string // complete address, printed as a QR code; empty: none
}

// Printed is a finished document.
type Printed struct {
	PDF   []byte
	Pages int
}
