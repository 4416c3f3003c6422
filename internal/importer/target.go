package importer

// Target is what the lines of a file become.
type Target string

// The targets.
const (
	TargetJobs        Target = "jobs"
	TargetInstallers  Target = "installers"
	TargetShifts      Target = "shifts"
	TargetTerritories Target = "territories"
)

// kind is what a field's value has to be.
type kind int

const (
	kindText kind = iota
	kindList
	kindNumber
	kindInteger
	kindBool
	kindDuration
	kindTime
)

// fieldInfo is what a target knows of one of its fields.
type fieldInfo struct {
	kind     kind
	required bool
}

// targetFields are the fields of every target, by the names that mappings use: those of the API, with a dot between
// an object and what it holds.
var targetFields = map[Target]map[string]fieldInfo{ //nolint:gochecknoglobals // a table
	TargetJobs: {
		"external_order": {required: true}, "kind": {required: true}, "charge": {}, "channel": {},
		"customer.name": {required: true}, "customer.phone": {required: true}, "customer.address": {required: true},
		"customer.latitude": {kind: kindNumber}, "customer.longitude": {kind: kindNumber},
		"territory": {}, "product": {required: true}, "model": {}, "contract_mbps": {kind: kindNumber},
		"contracted_at": {kind: kindTime}, "contract_place": {}, "sold_online": {kind: kindBool}, "description": {},
		"skills": {kind: kindList}, "work_time": {kind: kindDuration}, "wish_start": {kind: kindTime},
		"grade": {}, "account": {},
	},
	TargetInstallers: {
		"id": {required: true}, "name": {required: true}, "phone": {required: true}, "territory": {required: true},
		"home.latitude": {kind: kindNumber}, "home.longitude": {kind: kindNumber},
		"certificates": {kind: kindList}, "certificates_valid_until": {kind: kindTime}, "active": {kind: kindBool},
	},
	TargetShifts: {
		"installer": {required: true}, "start": {kind: kindTime, required: true}, "end": {kind: kindTime, required: true},
		"max_jobs": {kind: kindInteger},
	},
	TargetTerritories: {
		"id": {required: true}, "name": {required: true}, "time_zone": {required: true}, "hotline": {required: true},
		"center.latitude": {kind: kindNumber, required: true}, "center.longitude": {kind: kindNumber, required: true},
		"radius_m": {kind: kindNumber, required: true},
	},
}
