// Package config reads truckroll's settings from the environment into one struct, and reports all mistakes in them at
// once. Secrets come from the environment only, never from flags, which other users of the machine can read.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is every setting of every command; each field names its variable.
type Config struct {
	// DataDir is where `truckroll dev` keeps its servers' data, and a single machine its files.
	DataDir string `env:"TRUCKROLL_DATA" envDefault:"data"`

	// DatabaseURL is a secret, for it holds a password. Empty: `dev` starts a Postgres of its own.
	DatabaseURL string `env:"DATABASE_URL"`
	// PostgresPort is where `dev` starts that one: not 5432, where a Postgres of the machine's own may be.
	PostgresPort int `env:"TRUCKROLL_POSTGRES_PORT" envDefault:"15432"`

	// TemporalAddress is host:port of a Temporal that runs already. Empty: `dev` starts one of its own.
	TemporalAddress string `env:"TEMPORAL_ADDRESS"`
	// TemporalPort and TemporalUIPort are where `dev` starts that one: the ports that Temporal's tools expect.
	TemporalPort   int `env:"TRUCKROLL_TEMPORAL_PORT"    envDefault:"7233"`
	TemporalUIPort int `env:"TRUCKROLL_TEMPORAL_UI_PORT" envDefault:"8233"`

	// TemporalNamespace is where the jobs' workflows live.
	TemporalNamespace string `env:"TEMPORAL_NAMESPACE" envDefault:"default"`

	// HTTPAddress is host:port of the API.
	HTTPAddress string `env:"TRUCKROLL_HTTP" envDefault:"localhost:8080"`
	// MetricsAddress is host:port of the Prometheus endpoint of api and worker.
	MetricsAddress string `env:"TRUCKROLL_METRICS" envDefault:"localhost:9090"`
	// PublicURL is where customers and the public reach the API: links and QR codes begin with it. No slash at the end.
	PublicURL string `env:"TRUCKROLL_PUBLIC_URL" envDefault:"http://localhost:8080"`
	// Operator is the name that documents carry.
	Operator string `env:"TRUCKROLL_OPERATOR" envDefault:"truckroll"`

	// Files is where photos, signatures and documents are kept: a folder, or s3://bucket?region=…, see docs/files.md.
	// Empty: `files` in DataDir.
	Files string `env:"TRUCKROLL_FILES"`
	// UploadsDir is where an API keeps what is being uploaded. Empty: `uploads` in DataDir.
	UploadsDir string `env:"TRUCKROLL_UPLOADS"`

	// SealingKey (a secret) or SealingKeyFile is the operator's key that documents are sealed with: a private key and its
	// certificate in PEM. `dev` makes one in DataDir; a worker needs one.
	SealingKey     string `env:"TRUCKROLL_SEALING_KEY"`
	SealingKeyFile string `env:"TRUCKROLL_SEALING_KEY_FILE"`
	// ChineseFont is a TrueType file to print Chinese with. Empty: one that the system has.
	ChineseFont string `env:"TRUCKROLL_CHINESE_FONT"`

	// BuildID turns on worker versioning; see worker.Deps.
	BuildID string `env:"TRUCKROLL_BUILD_ID"`

	// SMS says who delivers texts: outbox (nobody; they stay where the API shows them) or twilio.
	SMS string `env:"TRUCKROLL_SMS" envDefault:"outbox"`
	// TwilioAccount, TwilioToken (a secret) and TwilioFrom (a number in E.164 or a messaging service's id) are for twilio.
	TwilioAccount string `env:"TWILIO_ACCOUNT_SID"`
	TwilioToken   string `env:"TWILIO_AUTH_TOKEN"`
	TwilioFrom    string `env:"TWILIO_FROM"`

	// URL and Token (a secret) are how import, simulate and bench reach the API.
	URL   string `env:"TRUCKROLL_URL"   envDefault:"http://localhost:8080"`
	Token string `env:"TRUCKROLL_TOKEN"`

	// LogLevel is debug, info, warn or error.
	LogLevel string `env:"TRUCKROLL_LOG_LEVEL" envDefault:"info"`
}

// Load reads the settings from environ, which is in the form of os.Environ. Its error names every mistake, one a line.
func Load(environ []string) (Config, error) {
	var c Config
	err := env.ParseWithOptions(&c, env.Options{Environment: env.ToMap(environ)})
	var mistakes []error
	if all, ok := errors.AsType[env.AggregateError](err); ok {
		mistakes = append(mistakes, all.Errors...)
	} else if err != nil {
		mistakes = append(mistakes, err)
	}
	mistakes = append(mistakes, c.validate()...)
	if len(mistakes) == 0 {
		return c, nil
	}
	return Config{}, &MistakesError{Mistakes: mistakes}
}

// validate finds what has the right type and yet cannot be. It must not repeat a secret.
func (c Config) validate() []error {
	var mistakes []error
	add := func(format string, args ...any) { mistakes = append(mistakes, fmt.Errorf(format, args...)) }
	mistakes = append(mistakes, c.validateDocuments()...)
	if c.DataDir == "" {
		add("TRUCKROLL_DATA is empty")
	}
	if c.DatabaseURL != "" {
		if u, err := url.Parse(c.DatabaseURL); err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
			add("DATABASE_URL is not of the form postgres://user:password@host:port/database")
		}
	}
	if c.TemporalAddress != "" {
		if _, _, err := net.SplitHostPort(c.TemporalAddress); err != nil {
			add("TEMPORAL_ADDRESS %q is not of the form host:port", c.TemporalAddress)
		}
	}
	for name, address := range map[string]string{"TRUCKROLL_HTTP": c.HTTPAddress, "TRUCKROLL_METRICS": c.MetricsAddress} {
		if _, _, err := net.SplitHostPort(address); err != nil {
			add("%s %q is not of the form host:port", name, address)
		}
	}
	if u, err := url.Parse(c.URL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		add("TRUCKROLL_URL is not of the form http://host:port")
	}
	if strings.ContainsAny(c.Token, " \t\r\n") {
		add("TRUCKROLL_TOKEN holds white space")
	}
	switch c.SMS {
	case "outbox":
	case "twilio":
		if c.TwilioAccount == "" || c.TwilioToken == "" || c.TwilioFrom == "" {
			add("TRUCKROLL_SMS is twilio: TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM are needed")
		}
	default:
		add("TRUCKROLL_SMS %q is neither outbox nor twilio", c.SMS)
	}
	used := map[int]string{}
	for _, p := range []struct {
		name string
		port int
	}{
		{"TRUCKROLL_POSTGRES_PORT", c.PostgresPort},
		{"TRUCKROLL_TEMPORAL_PORT", c.TemporalPort},
		{"TRUCKROLL_TEMPORAL_UI_PORT", c.TemporalUIPort},
	} {
		switch other := used[p.port]; {
		case p.port < 0 || p.port > 65535:
			add("%s %d is not a port (1 to 65535, or 0 for any free one)", p.name, p.port)
		case other != "" && p.port != 0:
			add("%s and %s are both %d", other, p.name, p.port)
		default:
			used[p.port] = p.name
		}
	}
	switch c.LogLevel {
	case "debug", "info", "warn", "error":
	default:
		add("TRUCKROLL_LOG_LEVEL %q is none of debug, info, warn, error", c.LogLevel)
	}
	return mistakes
}

// MistakesError lists everything that is wrong with the settings.
type MistakesError struct{ Mistakes []error }

func (e *MistakesError) Error() string {
	lines := make([]string, 0, len(e.Mistakes))
	for _, m := range e.Mistakes {
		lines = append(lines, "  "+m.Error())
	}
	return "settings:\n" + strings.Join(lines, "\n")
}

// Unwrap gives errors.Is and errors.As each mistake.
func (e *MistakesError) Unwrap() []error { return e.Mistakes }

func (c Config) validateDocuments() []error {
	var mistakes []error
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || strings.HasSuffix(c.PublicURL, "/") {
		mistakes = append(mistakes, fmt.Errorf("TRUCKROLL_PUBLIC_URL %q is not of the form https://host, without a slash at the end", c.PublicURL))
	}
	if c.SealingKey != "" && c.SealingKeyFile != "" {
		mistakes = append(mistakes, errors.New("TRUCKROLL_SEALING_KEY and TRUCKROLL_SEALING_KEY_FILE are both set: leave one away"))
	}
	return mistakes
}
