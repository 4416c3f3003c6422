package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"go.temporal.io/sdk/client"

	"truckroll/api/gen"
)

// healthz says that the process runs: whoever asks restarts it otherwise.
func (s *server) healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, gen.Health{Status: "ok"})
}

// readyz says whether requests can be served: Postgres and Temporal answer. Otherwise the
// process keeps running and gets no requests.
func (s *server) readyz(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.store.Ping(ctx); err != nil {
		return notReady("Postgres", err)
	}
	if _, err := s.temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return notReady("Temporal", err)
	}
	return c.JSON(http.StatusOK, gen.Health{Status: "ok"})
}
