package config_test

import (
	"strings"
	"testing"

	"truckroll/internal/config"
)

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "data" || c.TemporalPort != 7233 {
		t.Errorf("got %+v", c)
	}
}

func TestLoadReportsAllMistakesAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load([]string{
		"DATABASE_URL=mysql://user:hunter2@host/db",
		"TEMPORAL_ADDRESS=localhost",
		"TRUCKROLL_POSTGRES_PORT=many",
		"TRUCKROLL_TEMPORAL_UI_PORT=7233",
		"TRUCKROLL_LOG_LEVEL=loud",
		"TRUCKROLL_URL=localhost:8080",
		"TRUCKROLL_TOKEN=s3cret\n",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"DATABASE_URL", "TEMPORAL_ADDRESS", "PostgresPort", "both 7233", "TRUCKROLL_LOG_LEVEL", "TRUCKROLL_URL", "TRUCKROLL_TOKEN",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error repeats a secret:\n%v", err)
	}
}
