package api

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"truckroll/dispatch"
	"truckroll/internal/postgres"
)

// getDossier sends everything about a job as one ZIP, made from Postgres and the file store
// alone. The same job gives the same bytes: nothing in it tells when it was made.
func (s *server) getDossier(c echo.Context) error {
	ctx := c.Request().Context()
	rec, err := s.readable(ctx, c.Param("number"))
	if err != nil {
		return err
	}
	d := &dossier{server: s, rec: rec}
	if err := d.read(ctx); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "application/zip")
	h.Set(echo.HeaderContentDisposition, `attachment; filename="`+rec.Job.Number+`.zip"`)
	h.Set(echo.HeaderCacheControl, "no-store")
	return d.write(ctx, c.Response())
}

// dossier is what a dispute about a job needs.
type dossier struct {
	*server

	rec      postgres.Record
	timeline []dispatch.Entry
	messages []postgres.MessageRecord
	files    []postgres.File
	zip      *zip.Writer
	manifest manifest
}

// manifest lists what is in a dossier, and what was there once.
type manifest struct {
	Number  string    `json:"number"`
	Files   []listed  `json:"files"`
	Deleted []expired `json:"deleted,omitempty"`
	Note    string    `json:"note"`
}

type listed struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// expired is a file whose period was over.
type expired struct {
	SHA256 string    `json:"sha256"`
	Kind   string    `json:"kind"`
	At     time.Time `json:"deleted_at"`
	For    string    `json:"deleted_for"`
}

func (d *dossier) read(ctx context.Context) error {
	number := d.rec.Job.Number
	for {
		after := int64(len(d.timeline))
		if n := len(d.timeline); n > 0 {
			after = d.timeline[n-1].Seq
		}
		page, err := d.store.Timeline(ctx, number, after, pageOfDossier)
		if err != nil {
			return err
		}
		d.timeline = append(d.timeline, page...)
		if len(page) < pageOfDossier {
			break
		}
	}
	for cursor := ""; ; {
		page, err := d.store.Messages(ctx, postgres.MessageFilter{Number: number}, cursor, pageOfDossier)
		if err != nil {
			return err
		}
		d.messages = append(d.messages, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	slices.SortFunc(d.messages, func(a, b postgres.MessageRecord) int { return int(a.ID - b.ID) })
	var err error
	d.files, err = d.store.Files(ctx, number)
	return err
}

const pageOfDossier = 200

func (d *dossier) write(ctx context.Context, w io.Writer) error {
	d.zip = zip.NewWriter(w)
	d.manifest = manifest{Number: d.rec.Job.Number, Note: "SHA-256 of each file, to be checked with sha256sum"}
	if err := d.writeRecords(); err != nil {
		return err
	}
	for _, f := range d.files {
		if f.DeletedAt != nil {
			d.manifest.Deleted = append(d.manifest.Deleted, expired{SHA256: f.SHA256, Kind: f.Kind, At: f.DeletedAt.UTC(), For: f.DeletedFor})
			continue
		}
		if err := d.writeFile(ctx, f); err != nil {
			return err
		}
	}
	if err := d.addJSON("manifest.json", d.manifest); err != nil {
		return err
	}
	if err := d.zip.Close(); err != nil {
		return fmt.Errorf("ending the dossier: %w", err)
	}
	return nil
}

func (d *dossier) writeRecords() error {
	if err := d.addJSON("job.json", d.rec); err != nil {
		return err
	}
	if err := d.addJSON("timeline.json", d.timeline); err != nil {
		return err
	}
	if err := d.addJSON("messages.json", d.messages); err != nil {
		return err
	}
	return d.addTimelineCSV()
}

// addTimelineCSV writes the timeline for a spreadsheet. A cell that a spreadsheet would take
// for a formula is quoted (OWASP, CSV injection).
func (d *dossier) addTimelineCSV() error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"seq", "server_time", "device_time", "role", "actor", "action", "fact", "rule", "status", "alert", "breach", "data"}}
	for _, e := range d.timeline {
		data, err := json.Marshal(e.Data)
		if err != nil {
			return fmt.Errorf("writing the timeline: %w", err)
		}
		device := ""
		if e.DeviceAt != nil {
			device = e.DeviceAt.UTC().Format(time.RFC3339Nano)
		}
		rows = append(rows, []string{
			strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(time.RFC3339Nano), device, string(e.Actor.Role), harmless(e.Actor.ID),
			string(e.Action), e.Fact, string(e.Rule), string(e.Status), string(e.Alert), strconv.FormatBool(e.Breach), string(data),
		})
	}
	if err := w.WriteAll(rows); err != nil {
		return fmt.Errorf("writing the timeline: %w", err)
	}
	return d.add("timeline.csv", []byte(b.String()), zip.Deflate)
}

func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// writeFile adds a file as it came and, of a photo, what people see of it.
func (d *dossier) writeFile(ctx context.Context, f postgres.File) error {
	name := f.At.UTC().Format("20060102T150405") + "-" + f.Kind + "-" + f.SHA256[:12]
	folder, ext := "documents", ".pdf"
	switch f.Class {
	case dispatch.FilePhoto:
		folder, ext = "photos/original", ".jpg"
		if f.ContentType == contentPNG {
			ext = ".png"
		}
	case dispatch.FileSignature:
		folder, ext = "signatures", ".json"
	case dispatch.FileDocument:
	}
	if err := d.addStored(ctx, path.Join(folder, name+ext), f.Key, f.SHA256); err != nil {
		return err
	}
	for _, v := range f.Variants {
		if err := d.addStored(ctx, path.Join("photos", v.Name, name+".jpg"), v.Key, v.SHA256); err != nil {
			return err
		}
	}
	return nil
}

func (d *dossier) addStored(ctx context.Context, name, key, sum string) error {
	content, err := d.server.files.Read(ctx, key, sum)
	if err != nil {
		return fmt.Errorf("dossier of %s: %w", d.rec.Job.Number, err)
	}
	return d.add(name, content, zip.Store)
}

func (d *dossier) addJSON(name string, v any) error {
	content, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return d.add(name, append(content, '\n'), zip.Deflate)
}

func (d *dossier) add(name string, content []byte, method uint16) error {
	d.manifest.Files = append(d.manifest.Files, listed{Path: name, SHA256: sha256Hex(content), Bytes: len(content)})
	w, err := d.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: d.rec.Job.OpenedAt.UTC()})
	if err == nil {
		_, err = w.Write(content)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
