package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"

	"truckroll/dispatch"
)

type actorKey struct{}

// caller returns who asks. Behind the guard there always is somebody.
func caller(ctx context.Context) Caller {
	c, _ := ctx.Value(actorKey{}).(Caller)
	return c
}

// guard is what stands before every route of the table: timeout, token, role,
// Idempotency-Key, body limit and the description, in this order. The errors are
// [*dispatch.Refusal].
func (s *server) guard(r route) echo.MiddlewareFunc {
	item := s.spec.Paths.Find(r.path)
	op := new(*item.GetOperation(r.method))
	op.Security = openapi3.NewSecurityRequirements() // is checked here; there it would read the whole body
	known := queryNames(op)
	mutates := r.method != http.MethodGet
	described := &routers.Route{Spec: s.spec, Path: r.path, PathItem: item, Method: r.method, Operation: op}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx := c.Request().Context()
			if r.timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, r.timeout)
				defer cancel()
			}
			if len(r.roles) > 0 {
				who, err := s.authenticate(ctx, c.Request())
				if err != nil {
					return err
				}
				if !slices.Contains(r.roles, who.Role) {
					return dispatch.Refuse(dispatch.CodeForbidden, "", "This is for the roles %v; yours is %s.", r.roles, who.Role)
				}
				ctx = context.WithValue(ctx, actorKey{}, who)
			}
			c.SetRequest(c.Request().WithContext(ctx))
			if mutates {
				if err := checkKey(c.Request().Header.Values("Idempotency-Key")); err != nil {
					return err
				}
			}
			if err := checkQuery(c, known); err != nil {
				return err
			}
			if err := s.checkAgainstDescription(c, r, described); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// authenticate takes the bearer token (RFC 6750, section 2.1).
func (s *server) authenticate(ctx context.Context, r *http.Request) (Caller, error) {
	scheme, token, ok := strings.Cut(r.Header.Get(echo.HeaderAuthorization), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || len(token) > 512 || !visibleASCII(token) {
		return Caller{}, dispatch.Refuse(dispatch.CodeUnauthenticated, "", "Send your token in the header Authorization: Bearer <token>.")
	}
	id, err := s.store.Authenticate(ctx, token)
	return Caller{Actor: id.Actor, Territories: id.Territories}, err
}

// checkKey refuses a call that changes something and could not be told from its repeat.
func checkKey(keys []string) error {
	if len(keys) != 1 || keys[0] == "" {
		r := dispatch.Refuse(dispatch.CodeKeyMissing, "",
			"Send one Idempotency-Key with every call that changes something, and the same one when you repeat it.")
		r.Field = "Idempotency-Key"
		return r
	}
	if len(keys[0]) > 128 || !visibleASCII(keys[0]) {
		return badRequest("Idempotency-Key", "The Idempotency-Key is 1 to 128 visible ASCII characters.")
	}
	return nil
}

func queryNames(op *openapi3.Operation) []string {
	var names []string
	for _, p := range op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			names = append(names, p.Value.Name)
		}
	}
	return names
}

// checkQuery refuses parameters that nobody reads, as a misspelt filter would show
// everything, and text that could not be searched for.
func checkQuery(c echo.Context, known []string) error {
	for name, values := range c.QueryParams() {
		if !slices.Contains(known, name) {
			return badRequest("", "There is no query parameter of that name here. Known are: %v.", known)
		}
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				return badRequest(name, "%s is not valid text.", name)
			}
		}
	}
	return nil
}

// checkAgainstDescription reads a JSON body and checks it and the parameters against the
// description. Other bodies are left to the route's handler, behind the same limit.
func (s *server) checkAgainstDescription(c echo.Context, r route, described *routers.Route) error {
	req := c.Request()
	opts := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeRequestBody: true}
	if body := described.Operation.RequestBody; body != nil {
		mediaType, _, err := mime.ParseMediaType(req.Header.Get(echo.HeaderContentType))
		if err != nil || body.Value.Content[mediaType] == nil {
			return dispatch.Refuse(dispatch.CodeUnsupportedMedia, "", "Send the content as one of: %s.",
				strings.Join(mediaTypes(body.Value), ", "))
		}
		if mediaType == echo.MIMEApplicationJSON {
			raw, err := readBody(c, r.limit)
			if err != nil {
				return err
			}
			if !utf8.Valid(raw) {
				return badRequest("", "The body is not valid UTF-8.")
			}
			if err := decodeStrict(raw, new(any)); err != nil {
				return err
			}
			req.Body = io.NopCloser(bytes.NewReader(raw))
			opts.ExcludeRequestBody = false
		} else {
			req.Body = http.MaxBytesReader(c.Response(), req.Body, r.limit)
		}
	}
	params := map[string]string{}
	for i, name := range c.ParamNames() {
		params[name] = c.ParamValues()[i]
	}
	err := openapi3filter.ValidateRequest(req.Context(), &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, QueryParams: c.QueryParams(), Route: described, Options: opts,
	})
	if err != nil {
		return describedRefusal(err, r.rule)
	}
	return checkTimes(c, described.Operation)
}

// checkTimes keeps the times in queries and headers within what can be stored.
func checkTimes(c echo.Context, op *openapi3.Operation) error {
	for _, p := range op.Parameters {
		name := p.Value.Name
		if schema := p.Value.Schema; schema == nil || schema.Value.Format != "date-time" {
			continue
		}
		text := c.QueryParam(name)
		if p.Value.In == openapi3.ParameterInHeader {
			text = c.Request().Header.Get(name)
		}
		if _, err := optionalTime(text, name); err != nil {
			return err
		}
	}
	return nil
}

func mediaTypes(b *openapi3.RequestBody) []string {
	names := make([]string, 0, len(b.Content))
	for name := range b.Content {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unreadable are the parts of a schema whose violation makes a body something else than
// was asked for; the others make a value not acceptable.
//
//nolint:gochecknoglobals // a constant
var unreadable = []string{"type", "nullable", "properties", "required", "additionalProperties", "format"}

// describedRefusal says what does not fit the description, without repeating the value.
func describedRefusal(err error, rule dispatch.RuleID) error {
	var (
		request *openapi3filter.RequestError
		schema  *openapi3.SchemaError
	)
	field, say := "", "The request does not fit its description."
	isSchema := errors.As(err, &schema)
	if isSchema {
		field = strings.Join(schema.JSONPointer(), ".")
		say = schema.Reason
	}
	if !errors.As(err, &request) {
		return badRequest(field, "%s", sentence(say))
	}
	if p := request.Parameter; p != nil {
		if p.In == openapi3.ParameterInPath {
			r := dispatch.Refuse(dispatch.CodeNotFound, "", "There is no %s of that form.", p.Name)
			r.Field = p.Name
			return r
		}
		if !isSchema {
			say = "it is missing or of the wrong type"
		}
		return badRequest(p.Name, "%s: %s", p.Name, sentence(say))
	}
	return describedBody(err, rule)
}

// describedBody is describedRefusal for a JSON value.
func describedBody(err error, rule dispatch.RuleID) error {
	var schema *openapi3.SchemaError
	if !errors.As(err, &schema) {
		return badRequest("", "The body cannot be read.")
	}
	field := strings.Join(schema.JSONPointer(), ".")
	if quoted := unknownProperty.FindStringSubmatch(schema.Reason); quoted != nil {
		if name, err := strconv.Unquote(quoted[1]); err == nil && !strings.HasSuffix("."+field, "."+name) {
			field = join(field, name)
		}
	}
	if slices.Contains(unreadable, schema.SchemaField) {
		r := badRequest(field, "%s: %s", orBody(field), sentence(schema.Reason))
		r.Rule = rule
		return r
	}
	return invalid(rule, field, "%s: %s", orBody(field), sentence(schema.Reason))
}

// unknownProperty finds which property it is that the description does not know or misses.
var unknownProperty = regexp.MustCompile(`^property (".*") is (?:unsupported|missing)`)

// under puts a refusal's field below another one.
func under(field string, err error) error {
	if r, ok := errors.AsType[*dispatch.Refusal](err); ok {
		r.Field = join(field, r.Field)
	}
	return err
}

func sentence(s string) string { return strings.TrimSuffix(s, ".") + "." }
