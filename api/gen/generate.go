// Package gen holds the types of the API that are not the domain's own, and a strict echo
// server to implement; all of it is generated from the description.
package gen

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config config.yaml ../openapi.yaml
