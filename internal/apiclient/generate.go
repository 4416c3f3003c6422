// Package apiclient is a typed client of the HTTP API, generated from its description.
// [Dial] is where to begin.
package apiclient

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config config.yaml ../../api/openapi.yaml
