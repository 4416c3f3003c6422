package acceptance_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"truckroll/dispatch"
	"truckroll/internal/apiclient"
	"truckroll/internal/scene"
)

// onSite registers a job and brings its installer in.
func (s *system) onSite(order, installer string) string {
	s.t.Helper()
	number := s.register(order)
	job := "jobs/" + number + "/"
	s.must(http.MethodPost, job+"appointment", map[string]any{
		"start": time.Now().Add(500 * time.Millisecond), "installers": []string{installer},
	}, nil)
	s.must(http.MethodPost, job+"assignment", map[string]any{}, nil)
	s.must(http.MethodPost, job+"visit/depart", packed, nil)
	s.must(http.MethodPost, job+"visit/arrive", map[string]any{}, nil)
	s.must(http.MethodPost, job+"visit/enter", map[string]any{}, nil)
	return number
}

// worked confirms all steps and tests of an install.
func (s *system) worked(number string) {
	s.t.Helper()
	job := "jobs/" + number + "/visit/"
	for _, step := range []map[string]any{
		{"step": "introduce"}, {"step": "explain"}, {"step": "safety"},
		{"step": "cabling", "values": map[string]string{"customer_label": "ONT-7", "splitter_label": "SP-1/7"}},
		{"step": "activate", "values": map[string]string{"authentication_code": "0815"}}, {"step": "show"}, {"step": "clean_up"},
		{"step": "satisfied", "values": map[string]string{"answer": "yes"}}, {"step": "service_card"},
	} {
		s.must(http.MethodPost, job+"steps", step, nil)
	}
	s.must(http.MethodPost, job+"tests", map[string]any{
		"resources": map[string]any{"port_matches": true, "line_matches": true}, "authentication": map[string]any{"in_sync": true},
		"optical_power": map[string]any{"dbm": -19.5, "instrument": "OPM-1"}, "speed": map[string]any{"mbps": 312},
	}, nil)
}

func (s *system) sign(number string) {
	s.t.Helper()
	s.must(http.MethodPost, "jobs/"+number+"/visit/signature", map[string]any{
		"signer": "customer", "consent": "consent-1",
		"strokes": [][]map[string]any{{{"x": time.Now().UnixNano() % 100_000, "y": 1, "t": 0}, {"x": 9, "y": 9, "t": 16}}},
	}, nil)
}

func shot(t *testing.T, name string) apiclient.Content {
	t.Helper()
	photo, err := scene.Photo(name, 1280, 960)
	require.NoError(t, err)
	return apiclient.Content{Type: "image/jpeg", Data: photo}
}

func (s *system) photo(number, kind string, c apiclient.Content) error {
	_, err := s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/visit/photos?kind="+kind, apiclient.NewKey(), c, nil)
	return err
}

var kinds = []string{"drop_cable_route", "splitter_label", "terminal_installed", "acceptance_form"}

// completed takes an install to its end.
func (s *system) completed(number string) {
	s.t.Helper()
	s.worked(number)
	for _, kind := range kinds {
		require.NoError(s.t, s.photo(number, kind, shot(s.t, number+kind)))
	}
	s.sign(number)
	s.must(http.MethodPost, "jobs/"+number+"/visit/complete", map[string]any{}, nil)
}

// sealed waits for the confirmation form and returns it as it is given out.
func (s *system) sealed(number string) []byte {
	s.t.Helper()
	var pdf []byte
	require.Eventually(s.t, func() bool {
		code, body := s.get("jobs/" + number + "/documents/" + number + "-F1")
		pdf = body
		return code == http.StatusOK
	}, 2*time.Minute, 100*time.Millisecond, "the form is sealed")
	return pdf
}

// get reads what is not JSON.
func (s *system) get(path string) (int, []byte) {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.desk.URL+"/api/v1/"+path, nil)
	require.NoError(s.t, err)
	req.Header.Set("Authorization", "Bearer "+s.desk.Token)
	res, err := s.desk.HTTP.Do(req)
	if err != nil {
		return 0, nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil
	}
	return res.StatusCode, body
}

func (s *system) genuine(number string, pdf []byte) bool {
	s.t.Helper()
	sum := sha256.Sum256(pdf)
	var v struct {
		Genuine bool `json:"genuine"`
	}
	s.must(http.MethodGet, "verify/"+number+"-F1?sha256="+hex.EncodeToString(sum[:]), nil, &v)
	return v.Genuine
}

// VI-8: what comes as a photo is looked at by the real worker; each refusal has its code.
func Test_VI8_each_photo_is_looked_at(t *testing.T) {
	s := start(t)
	s.installers("i1", "i2")
	first := s.onSite("photos-1", "i1")
	second := s.onSite("photos-2", "i2")
	good := shot(t, "first")
	require.NoError(t, s.photo(first, "drop_cable_route", good))
	require.NoError(t, s.photo(first, "terminal_installed", shot(t, "another")))

	picture, err := jpeg.Decode(bytes.NewReader(good.Data))
	require.NoError(t, err)
	flat := func(level uint8) image.Image {
		img := image.NewGray(image.Rect(0, 0, 1280, 960))
		draw.Draw(img, img.Bounds(), image.NewUniform(color.Gray{Y: level}), image.Point{}, draw.Src)
		return img
	}
	cropped := picture.(interface {
		SubImage(r image.Rectangle) image.Image
	}).SubImage(image.Rect(30, 24, 1250, 936))
	for name, c := range map[string]struct {
		content apiclient.Content
		code    dispatch.Code
	}{
		"the same bytes":      {good, dispatch.CodePhotoSeen},
		"saved again":         {encoded(t, picture, 60), dispatch.CodePhotoSeen},
		"cropped":             {encoded(t, cropped, 85), dispatch.CodePhotoSeen},
		"black":               {encoded(t, flat(4), 85), dispatch.CodePhotoDark},
		"white":               {encoded(t, flat(252), 85), dispatch.CodePhotoBright},
		"grey":                {encoded(t, flat(128), 85), dispatch.CodePhotoEmpty},
		"small":               {encoded(t, image.NewGray(image.Rect(0, 0, 320, 240)), 85), dispatch.CodePhotoSmall},
		"blurred":             {encoded(t, blurred(blurred(blurred(picture))), 85), dispatch.CodePhotoBlurred},
		"cut off":             {apiclient.Content{Type: "image/jpeg", Data: good.Data[:len(good.Data)*2/3]}, dispatch.CodePhotoUnreadable},
		"empty":               {apiclient.Content{Type: "image/jpeg", Data: []byte{}}, dispatch.CodePhotoUnreadable},
		"a drawing":           {apiclient.Content{Type: "image/png", Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>`)}, dispatch.CodePhotoUnreadable},
		"an archive":          {apiclient.Content{Type: "image/jpeg", Data: []byte("PK\x03\x04 and so on")}, dispatch.CodePhotoUnreadable},
		"far too many pixels": {bomb(t), dispatch.CodePhotoUnreadable},
	} {
		err := s.photo(second, "drop_cable_route", c.content)
		require.Equal(t, c.code, refused(t, err).Code, "%s: %v", name, err)
	}
	// By its content a PNG is one, whatever it calls itself.
	var buf bytes.Buffer
	other, err := jpeg.Decode(bytes.NewReader(shot(t, "png").Data))
	require.NoError(t, err)
	require.NoError(t, png.Encode(&buf, other))
	require.NoError(t, s.photo(second, "drop_cable_route", apiclient.Content{Type: "image/jpeg", Data: buf.Bytes()}))
	// What was looked at and refused is noted; what is no picture at all never came so far.
	require.Equal(t, 8, s.count(second, "photo.refused"))
}

func encoded(t *testing.T, img image.Image, quality int) apiclient.Content {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, jpeg.Encode(&buf, img, &jpeg.Options{Quality: quality}))
	return apiclient.Content{Type: "image/jpeg", Data: buf.Bytes()}
}

// blurred averages over 13 pixels each way.
func blurred(img image.Image) image.Image {
	const reach = 6
	b := img.Bounds()
	at := func(src image.Image, x, y int) color.Gray { return color.GrayModel.Convert(src.At(x, y)).(color.Gray) }
	pass := func(src image.Image, dx, dy int) image.Image {
		out := image.NewGray(b)
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				sum := 0
				for k := -reach; k <= reach; k++ {
					px := min(max(x+k*dx, b.Min.X), b.Max.X-1)
					py := min(max(y+k*dy, b.Min.Y), b.Max.Y-1)
					sum += int(at(src, px, py).Y)
				}
				out.SetGray(x, y, color.Gray{Y: uint8(sum / (2*reach + 1))})
			}
		}
		return out
	}
	return pass(pass(img, 1, 0), 0, 1)
}

// bomb is a small file that claims 50,000 by 50,000 pixels.
func bomb(t *testing.T) apiclient.Content {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, image.NewGray(image.Rect(0, 0, 1, 1))))
	data := buf.Bytes()
	copy(data[16:24], []byte{0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50})
	return apiclient.Content{Type: "image/png", Data: data}
}

// An upload that is cut off goes on where it stopped, also when the API was killed; the
// same photo sent twice counts once.
func Test_an_upload_survives_kill_9(t *testing.T) {
	s := start(t)
	s.installers("i1")
	number := s.onSite("upload", "i1")
	photo := shot(t, "upload").Data
	created := s.tus(http.MethodPost, "", map[string]string{"Upload-Length": strconv.Itoa(len(photo))}, nil)
	require.Equal(t, http.StatusCreated, created.StatusCode)
	id := path.Base(created.Header.Get("Location"))
	offset := 0
	for _, part := range []int{40, 80, 100} {
		until := len(photo)*part/100 - 1
		res := s.tus(http.MethodPatch, id, map[string]string{
			"Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream",
		}, photo[offset:until])
		require.Equal(t, http.StatusNoContent, res.StatusCode)
		s.api.kill()
		s.api.start()
		s.ready()
		head := s.tus(http.MethodHead, id, nil, nil)
		require.Equal(t, strconv.Itoa(until), head.Header.Get("Upload-Offset"), "nothing that was acknowledged is lost")
		offset = until
	}
	take := "jobs/" + number + "/visit/photos?kind=splitter_label&upload=" + id
	named := apiclient.Content{Type: "application/vnd.truckroll.upload"}
	_, err := s.desk.Do(s.ctx, http.MethodPost, take, apiclient.NewKey(), named, nil)
	require.Equal(t, "upload", refused(t, err).Field, "it is not finished: %v", err)
	res := s.tus(http.MethodPatch, id, map[string]string{
		"Upload-Offset": strconv.Itoa(offset), "Content-Type": "application/offset+octet-stream",
	}, photo[offset:])
	require.Equal(t, http.StatusNoContent, res.StatusCode)

	key := apiclient.NewKey()
	for range 2 {
		_, err := s.desk.Do(s.ctx, http.MethodPost, take, key, named, nil)
		require.NoError(t, err)
	}
	_, err = s.desk.Do(s.ctx, http.MethodPost, take, apiclient.NewKey(), named, nil)
	require.Equal(t, dispatch.CodePhotoSeen, refused(t, err).Code)
	require.Equal(t, 1, s.count(number, "photo.added"))
	sum := sha256.Sum256(photo)
	code, got := s.get("jobs/" + number + "/files/" + hex.EncodeToString(sum[:]) + "?as=original")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, photo, got)
}

// tus makes a request of the upload protocol.
func (s *system) tus(method, id string, headers map[string]string, body []byte) *http.Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.ctx, method, strings.TrimSuffix(s.desk.URL+"/api/v1/uploads/"+id, "/"), bytes.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Authorization", "Bearer "+s.desk.Token)
	req.Header.Set("Tus-Resumable", "1.0.0")
	for k, v := range headers {
		req.Header.Set(k, v)
	}
	res, err := s.desk.HTTP.Do(req)
	require.NoError(s.t, err)
	res.Body.Close()
	return res
}

// VI-8, VI-12: the worker dies while it looks at photos and while it makes the form. Nothing
// is lost, nothing is there twice, and there is no half document.
func Test_VI12_the_form_survives_kill_9(t *testing.T) {
	s := start(t)
	s.installers("i1")
	number := s.onSite("killed", "i1")
	s.worked(number)
	for i, kind := range kinds {
		photo, key := shot(t, "killed"+kind), apiclient.NewKey()
		sent := make(chan error, 1)
		go func() {
			var err error
			for range 10 { // as a phone does: the same key until there is an answer
				var code int
				code, err = s.desk.Do(s.ctx, http.MethodPost, "jobs/"+number+"/visit/photos?kind="+kind, key, photo, nil)
				if err == nil || code == http.StatusUnprocessableEntity {
					break
				}
			}
			sent <- err
		}()
		pause(s.ctx, time.Duration(30+60*i)*time.Millisecond)
		s.worker.kill()
		s.worker.start()
		require.NoError(t, <-sent, kind)
	}
	s.sign(number)
	s.must(http.MethodPost, "jobs/"+number+"/visit/complete", map[string]any{}, nil)
	for range 3 {
		s.worker.kill()
		s.worker.start()
		pause(s.ctx, 150*time.Millisecond)
	}
	pdf := s.sealed(number)
	require.True(t, s.genuine(number, pdf))
	s.opensByLink(number, pdf)
	require.False(t, s.genuine(number, append(bytes.Clone(pdf), 0)))
	require.Equal(t, 4, s.count(number, "photo.added"))
	require.Equal(t, 1, s.count(number, "document.sealed"))
	require.Len(t, s.job(number).Job.Documents, 1)
	require.Len(t, s.job(number).Job.Documents[0].Copies, 3, "for the customer, the installer and the archive")
	s.checkTimeline(number)
}

// opensByLink follows the link that the customer was sent, without a token.
func (s *system) opensByLink(number string, pdf []byte) {
	s.t.Helper()
	no := number + "-F1"
	sum := sha256.Sum256(pdf)
	token := dispatch.DocumentToken(hex.EncodeToString(sum[:]))
	for path, want := range map[string]int{
		"/d/" + no + "/" + token: http.StatusOK, "/d/" + no + "/" + token[1:]: http.StatusNotFound, "/d/" + number + "-F2/" + token: http.StatusNotFound,
	} {
		req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.desk.URL+path, nil)
		require.NoError(s.t, err)
		res, err := s.desk.HTTP.Do(req)
		require.NoError(s.t, err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		require.NoError(s.t, err)
		require.Equal(s.t, want, res.StatusCode, "%s: %s", path, body)
		if want == http.StatusOK {
			require.Equal(s.t, pdf, body)
		}
	}
	var sent struct {
		Items []struct {
			Purpose dispatch.Purpose `json:"purpose"`
			Body    string           `json:"body"`
		} `json:"items"`
	}
	s.must(http.MethodGet, "messages?number="+number, nil, &sent)
	ready := 0
	for _, m := range sent.Items {
		if m.Purpose != dispatch.PurposeFormReady {
			continue
		}
		ready++
		if m.Body != "" { // at night it waits for the morning
			require.Contains(s.t, m.Body, "/d/"+no+"/"+token)
		}
	}
	require.Equal(s.t, 1, ready)
}

// The dispute file is made from Postgres and the file store alone: it is the same, byte by
// byte, when Temporal has forgotten the job.
func Test_the_dossier_needs_no_workflow(t *testing.T) {
	s := start(t)
	s.installers("i1")
	number := s.onSite("dispute", "i1")
	s.completed(number)
	pdf := s.sealed(number)
	s.must(http.MethodPost, "jobs/"+number+"/follow-up", map[string]any{"score": 9}, nil)
	c, err := client.DialContext(s.ctx, client.Options{
		HostPort: s.temporal.Address(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.GetWorkflow(s.ctx, dispatch.WorkflowID(number), "").Get(s.ctx, nil))
	var before []byte
	require.Eventually(t, func() bool { // its last messages may be on their way
		_, earlier := s.get("jobs/" + number + "/dossier")
		began := time.Now()
		code, raw := s.get("jobs/" + number + "/dossier")
		require.Equal(t, http.StatusOK, code)
		t.Logf("%d bytes in %s", len(raw), time.Since(began))
		before = raw
		return bytes.Equal(raw, earlier)
	}, time.Minute, time.Second)

	_, err = c.WorkflowService().DeleteWorkflowExecution(s.ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: client.DefaultNamespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: dispatch.WorkflowID(number)},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := s.temporalDescribe(dispatch.WorkflowID(number))
		return err != nil
	}, time.Minute, 100*time.Millisecond, "Temporal has forgotten it")
	code, after := s.get("jobs/" + number + "/dossier")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, before, after)
	checkDossier(t, after, pdf)
}

func checkDossier(t *testing.T, raw, pdf []byte) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	var manifest struct {
		Files []struct {
			Path   string `json:"path"`
			SHA256 string `json:"sha256"`
		} `json:"files"`
	}
	read := func(name string) []byte {
		f, err := z.Open(name)
		require.NoError(t, err)
		defer f.Close()
		content, err := io.ReadAll(f)
		require.NoError(t, err)
		return content
	}
	require.NoError(t, json.Unmarshal(read("manifest.json"), &manifest))
	require.Len(t, manifest.Files, len(z.File)-1, "all but itself")
	folders := map[string]int{}
	form := false
	for _, f := range manifest.Files {
		content := read(f.Path)
		sum := sha256.Sum256(content)
		require.Equal(t, f.SHA256, hex.EncodeToString(sum[:]), f.Path)
		folders[path.Dir(f.Path)]++
		form = form || bytes.Equal(content, pdf)
	}
	require.Equal(t, map[string]int{".": 4, "documents": 1, "photos/original": 4, "photos/view": 4, "photos/thumb": 4, "signatures": 1}, folders)
	require.True(t, form, "the form is in it as it was given out")
}
