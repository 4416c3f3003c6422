// Package apiclient is a typed client of the HTTP API, generated from its OpenAPI
// description, with what every caller needs around it.
package apiclient

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config config.yaml ../../api/openapi.yaml
