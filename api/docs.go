package api

import (
	"fmt"
	"html"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5emb"

	"truckroll/dispatch"
)

const (
	docsPath    = "/docs"
	specPath    = basePath + "/openapi.yaml"
	problemPath = docsPath + "/problems/"
)

// mountDocs serves the description, a page to browse it, and what each problem means. None
// of it needs a token, and none of it loads anything from elsewhere.
func (s *server) mountDocs(e *echo.Echo) {
	e.GET(specPath, func(c echo.Context) error {
		return c.Blob(http.StatusOK, "application/yaml", description)
	})
	page := echo.WrapHandler(v5emb.New("truckroll", specPath, docsPath))
	e.GET(docsPath, page)
	e.GET(docsPath+"/*", page)
	e.GET(problemPath+":code", func(c echo.Context) error {
		code := dispatch.Code(c.Param("code"))
		info, ok := dispatch.Codes[code]
		if !ok {
			return echo.ErrNotFound
		}
		again := "The same request will be refused again."
		if info.Retry {
			again = "The same request may succeed later."
		}
		return c.HTML(http.StatusOK, fmt.Sprintf(
			"<!doctype html><title>%[1]s</title><h1>%[2]s</h1><p><code>%[1]s</code>, HTTP %[3]d. %[4]s</p>",
			html.EscapeString(string(code)), html.EscapeString(info.Title), info.HTTP, again))
	})
}
