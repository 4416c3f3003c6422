package api

import (
	"encoding/json"
	"errors"
	"testing"

	"truckroll/dispatch"
)

// refusedOrRead fails unless the error is a refusal that a caller can mend.
func refusedOrRead(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var r *dispatch.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("not a refusal: %v", err)
	}
	if info, ok := dispatch.Codes[r.Code]; !ok || info.HTTP >= 500 {
		t.Fatalf("%s is no fault of the caller's", r.Code)
	}
}

// What was read can be written again, and read again: a workflow will do so.
func FuzzDecodeIntake(f *testing.F) {
	for _, seed := range []string{intake, "", "{}", "null", `{"wish_start":"9999-12-31T23:59:59-23:00"}`, `{"work_time":"1h"}`, "{\"product\":\"\xff\"}", `{"a":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in dispatch.Intake
		err := decodeStrict(raw, &in)
		refusedOrRead(t, err)
		if err != nil {
			return
		}
		again, err := json.Marshal(in)
		if err != nil {
			t.Fatalf("read and cannot be written: %v", err)
		}
		if err := decodeStrict(again, new(dispatch.Intake)); err != nil {
			t.Fatalf("written as %s and cannot be read: %v", again, err)
		}
	})
}

func FuzzDecodeBatch(f *testing.F) {
	for _, seed := range []string{
		`{"commands":[{"do":"arrive","with":{}}]}`, `{"commands":[{"do":"step","with":{"step":"x","values":{"a":"b"}}}]}`,
		`{"commands":[{"do":"test","with":{"speed":{"mbps":1e308}}}]}`, `{"commands":[{"do":"depart","with":null}]}`,
		`{"commands":[{"do":"hold","with":{"until":"9999-12-31T23:59:59-23:00"}}]}`, `{"commands":[{"do":"photo"}]}`,
	} {
		f.Add([]byte(seed))
	}
	s := &server{spec: mustLoadDescription()}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var body struct {
			Commands []dispatch.Envelope `json:"commands"`
		}
		if err := decodeStrict(raw, &body); err != nil {
			refusedOrRead(t, err)
			return
		}
		for _, e := range body.Commands {
			c, err := s.unpack(e, "with")
			refusedOrRead(t, err)
			if err != nil {
				continue
			}
			if _, err := dispatch.NewRequest(dispatch.Actor{}, dispatch.Timed{Command: c, DeviceAt: e.DeviceAt}); err != nil {
				t.Fatalf("taken and cannot be sent: %v", err)
			}
		}
	})
}

func FuzzDecodeImportRow(f *testing.F) {
	f.Add([]byte(intake))
	f.Add([]byte(`{"external_order":7}`))
	f.Add([]byte(`[]`))
	s := &server{spec: mustLoadDescription()}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := s.readIntake(raw)
		refusedOrRead(t, err)
	})
}

func FuzzDecodeImage(f *testing.F) {
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Add([]byte("GIF89a"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, err := checkImage(raw, dispatch.CodePhotoRefused, dispatch.RulePhotos)
		refusedOrRead(t, err)
	})
}
