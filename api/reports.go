package api

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/api/gen"
	"truckroll/internal/postgres"
)

// maxReport bounds the stretch of a report: a year and the month it is compared with.
const maxReport = 400 * 24 * time.Hour

// getKPI reports the figures of a stretch of time, as JSON or as CSV.
func (s *server) getKPI(c echo.Context) error {
	ctx := c.Request().Context()
	from, err := optionalTime(c.QueryParam("from"), "from")
	if err != nil {
		return err
	}
	to, err := optionalTime(c.QueryParam("to"), "to")
	if err != nil {
		return err
	}
	if !to.After(from) || to.Sub(from) > maxReport {
		return invalid("", "to", "The end lies after the beginning, at most 400 days on.")
	}
	territory, err := oneTerritory(ctx, c.QueryParam("territory"))
	if err != nil {
		return err
	}
	figures, err := s.store.KPI(ctx, from, to, territory)
	if err != nil {
		return err
	}
	if c.QueryParam("format") == "csv" {
		return writeCSV(c, figures)
	}
	report := gen.KPIReport{From: from, To: to, Territory: territory, Kpis: make([]gen.KPI, len(figures))}
	for i, f := range figures {
		report.Kpis[i] = gen.KPI{
			Name: f.Name, Unit: f.Unit, Value: f.Value, Numerator: f.Numerator, Denominator: f.Denominator,
			Definition: f.Definition, Exclusions: f.Exclusions,
		}
	}
	return c.JSON(http.StatusOK, report)
}

// writeCSV writes figures as RFC 4180 has it, one a line.
func writeCSV(c echo.Context, figures []postgres.Figure) error {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="kpi.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	w := csv.NewWriter(c.Response())
	w.UseCRLF = true
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	rows := [][]string{{"name", "unit", "value", "numerator", "denominator", "definition", "exclusions"}}
	for _, f := range figures {
		value := ""
		if f.Value != nil {
			value = number(*f.Value)
		}
		rows = append(rows, []string{f.Name, f.Unit, value, number(f.Numerator), number(f.Denominator), f.Definition, f.Exclusions})
	}
	return w.WriteAll(rows)
}
