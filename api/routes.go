package api

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

// route is a line of the one table of routes.
type route struct {
	method, path string // as in the description, under /api/v1
	roles        []dispatch.Role
	// rule is named by a refusal of the body, where the description alone refuses it.
	rule    dispatch.RuleID
	limit   int64         // bytes of the body
	timeout time.Duration // of the whole call; 0: none
	handle  echo.HandlerFunc
}

// Who may call what. The domain checks besides that a visit is the installer's own.
//
//nolint:gochecknoglobals // constants
var (
	anybody    = []dispatch.Role{} // without a token
	everyone   = []dispatch.Role{dispatch.RoleDispatcher, dispatch.RoleSupervisor, dispatch.RoleInstaller}
	signers    = []dispatch.Role{dispatch.RoleCustomer, dispatch.RoleDispatcher, dispatch.RoleSupervisor, dispatch.RoleInstaller}
	desk       = []dispatch.Role{dispatch.RoleDispatcher, dispatch.RoleSupervisor}
	supervisor = []dispatch.Role{dispatch.RoleSupervisor}
)

const (
	// A JSON body: a batch of fifty commands has about 50 KiB, a long signature 300 KiB.
	jsonLimit = 1 << 20
	// Five hundred rows of an import, two KiB each, with as much to spare; and shifts.
	bulkLimit  = 4 << 20
	photoLimit = MaxPhotoBytes + formExtra

	// A read is an indexed query; slower means that something is wrong, and an answer helps
	// more than waiting.
	readTimeout = 10 * time.Second
	// A command takes milliseconds. The rest is for a worker that is being replaced, and is
	// less than the 30 s after which most clients and proxies give up without an answer.
	commandTimeout = 15 * time.Second
	// Five hundred jobs are registered and started.
	bulkTimeout = 60 * time.Second
	// Twenty MiB over a poor mobile network.
	uploadTimeout = 2 * time.Minute
	// Whoever asks for health asks every few seconds.
	healthTimeout = 3 * time.Second
)

// routes is the table: every route of the description, who may call it, and what bounds it.
func (s *server) routes(w *gen.ServerInterfaceWrapper) []route {
	get := func(path string, roles []dispatch.Role, h echo.HandlerFunc) route {
		return route{http.MethodGet, path, roles, "", 0, readTimeout, h}
	}
	command := func(path string, roles []dispatch.Role, rule dispatch.RuleID, h echo.HandlerFunc) route {
		return route{http.MethodPost, "/jobs/{number}" + path, roles, rule, jsonLimit, commandTimeout, h}
	}
	bulk := func(method, path string, roles []dispatch.Role, rule dispatch.RuleID, h echo.HandlerFunc) route {
		return route{method, path, roles, rule, bulkLimit, bulkTimeout, h}
	}
	return []route{
		// Jobs and the register.
		{http.MethodPost, "/jobs", desk, dispatch.RuleRegister, jsonLimit, commandTimeout, w.RegisterJob},
		get("/jobs", desk, w.SearchJobs),
		get("/jobs/{number}", everyone, w.GetJob),
		get("/jobs/{number}/timeline", everyone, w.GetTimeline),
		get("/jobs/{number}/files/{sha256}", everyone, s.getFile),
		get("/jobs/{number}/documents/{document}", everyone, s.getDocument),
		{http.MethodGet, "/jobs/{number}/dossier", desk, "", 0, bulkTimeout, s.getDossier},
		get("/verify/{document}", anybody, w.VerifyDocument),
		{http.MethodPut, "/jobs/{number}/file-hold", supervisor, "", jsonLimit, readTimeout, w.HoldFiles},
		{http.MethodDelete, "/jobs/{number}/file-hold", supervisor, "", 0, readTimeout, w.ReleaseFiles},

		// Before the visit.
		get("/jobs/{number}/slots", desk, w.FindSlots),
		command("/contact-attempts", everyone, dispatch.RuleContactWithin, w.RecordContact),
		command("/appointment", desk, dispatch.RuleCustomersTime, w.BookAppointment),
		{http.MethodPatch, "/jobs/{number}/appointment", desk, dispatch.RuleCompanyNotice, jsonLimit, commandTimeout, w.MoveAppointment},
		command("/assignment", desk, dispatch.RuleCertified, w.AssignJob),
		command("/delay", everyone, dispatch.RuleToldWhenLate, w.ReportDelay),
		command("/delay/answer", everyone, dispatch.RuleToldWhenLate, w.AnswerDelay),

		// The visit.
		command("/visit/depart", everyone, dispatch.RulePacked, w.Depart),
		command("/visit/arrive", everyone, dispatch.RuleArriveEarly, w.Arrive),
		command("/visit/enter", everyone, dispatch.RuleAtTheDoor, w.Enter),
		command("/visit/no-access", everyone, dispatch.RuleDoorWait, w.DeclareNoAccess),
		command("/visit/steps", everyone, "", w.ConfirmStep),
		command("/visit/tests", everyone, dispatch.RuleAcceptanceTest, w.RecordTest),
		{
			http.MethodPost, "/jobs/{number}/visit/photos", everyone, dispatch.RulePhotos,
			photoLimit, uploadTimeout, s.uploadPhoto,
		},
		command("/visit/signing-session", everyone, dispatch.RuleSigned, w.OpenSigningSession),
		command("/visit/signature", signers, dispatch.RuleSigned, w.SignForm),
		command("/visit/complete", everyone, dispatch.RuleCompleteWithin, w.CompleteVisit),
		command("/visit/batch", everyone, "", w.BatchVisit),

		// Decisions.
		command("/hold", everyone, dispatch.RuleNothingSilent, w.HoldJob),
		command("/resume", desk, dispatch.RuleNothingSilent, w.ResumeJob),
		command("/cancel", desk, dispatch.RuleCustomerMoves, w.CancelJob),
		command("/fail", everyone, dispatch.RuleNothingSilent, w.FailJob),
		command("/follow-up", desk, dispatch.RuleFollowUp, w.RecordFollowUp),

		// The team.
		get("/installers", desk, w.ListInstallers),
		bulk(http.MethodPut, "/installers", desk, dispatch.RuleCertified, w.PutInstallers),
		get("/installers/{id}/day", everyone, w.GetInstallerDay),
		get("/territories", everyone, w.ListTerritories),
		bulk(http.MethodPut, "/territories", supervisor, "", w.PutTerritories),
		get("/shifts", desk, w.ListShifts),
		bulk(http.MethodPut, "/shifts", desk, "", w.PutShifts),

		// Imports.
		{http.MethodPost, "/imports", desk, dispatch.RuleRegister, jsonLimit, commandTimeout, w.CreateImport},
		bulk(http.MethodPost, "/imports/{id}/rows", desk, dispatch.RuleRegister, w.ImportRows),
		get("/imports/{id}", desk, w.GetImport),

		// The desk.
		get("/register/left-over", desk, w.ListLeftOver),
		get("/register/unreconciled", desk, w.ListUnreconciled),
		get("/register/queue", desk, w.ListQueue),
		get("/register/attention", desk, w.ListAttention),
		{http.MethodPost, "/register/attention/{number}/{seq}/ack", desk, "", jsonLimit, readTimeout, w.AckAttention},
		get("/call-list", desk, w.ListCallList),
		get("/messages", desk, w.ListMessages),
		get("/reports/kpi", desk, s.getKPI),

		// Standards.
		get("/standards", everyone, w.ListStandards),
		get("/standards/current", everyone, w.GetCurrentStandard),
		get("/standards/{version}", everyone, w.GetStandard),
		{http.MethodPost, "/standards", supervisor, "", dispatch.MaxStandardBytes, commandTimeout, w.AddStandard},

		// Live.
		{http.MethodGet, "/events", everyone, "", 0, 0, s.streamEvents},
		{http.MethodGet, "/healthz", anybody, "", 0, healthTimeout, s.healthz},
		{http.MethodGet, "/readyz", anybody, "", 0, healthTimeout, s.readyz},
	}
}

// echoPath writes a path of the description as echo does.
func echoPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
