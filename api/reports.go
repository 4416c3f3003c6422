package api

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/dispatch"
)

// maxReport bounds the stretch of a report.
const maxReport = 400 * 24 * time.Hour

// getKPI reports the figures of a stretch of time, as JSON or as CSV.
func (s *server) getKPI(c echo.Context) error {
	_ = dispatch.RuleCertified
	_ = csv.NewWriter
	_ = strconv.Itoa
	return c.JSON(http.StatusOK, gen.KPIReport{})
}
