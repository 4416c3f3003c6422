package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	gocloud "gocloud.dev/blob"

	"truckroll/internal/blob"
	"truckroll/internal/localstack"
	"truckroll/internal/testkit"
)

const (
	bucket      = "truckroll-files"
	accessKeyID = "test"
	secretKey   = "of-no-use-elsewhere"
)

// TestMain sets what the S3 client takes from its surroundings, as nothing else can; it is the same for all tests.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "truckroll-blob-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		// The certificate of every httptest server.
		server := httptest.NewTLSServer(nil)
		server.Close()
		ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
		if err := os.WriteFile(filepath.Join(dir, "ca.pem"), ca, 0o600); err != nil {
			panic(err)
		}
		for name, value := range map[string]string{
			"AWS_ACCESS_KEY_ID": accessKeyID, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_SESSION_TOKEN": "",
			"AWS_CA_BUNDLE": filepath.Join(dir, "ca.pem"), "AWS_PROFILE": "",
			// Whoever runs the tests may have settings of their own.
			"AWS_CONFIG_FILE": filepath.Join(dir, "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "none"),
		} {
			if err := os.Setenv(name, value); err != nil {
				panic(err)
			}
		}
		return m.Run()
	}())
}

type s3 struct{ *localstack.S3 }

func startS3(t *testing.T) s3 {
	t.Helper()
	s, err := localstack.StartS3(testkit.Context(t), localstack.S3Options{
		Dir: t.TempDir(), Bucket: bucket, AccessKeyID: accessKeyID, SecretAccessKey: secretKey,
		Progress: func(s string) { t.Log(s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s3{s}
}

// place is the bucket, reached by way of endpoint.
func (s s3) place(endpoint *url.URL) place { return s.bucket(endpoint, bucket) }

func (s s3) bucket(endpoint *url.URL, name string) place {
	q := url.Values{"region": {s.Region()}, "endpoint": {endpoint.String()}, "use_path_style": {"true"}}
	where := "s3://" + name + "?" + q.Encode()
	return place{where: where, raw: where, file: func(key string) string { return s.ObjectFile(name, key) }}
}

// locked makes a bucket as docs/files.md wants it: it keeps every version of a file, and lets nobody delete one too soon.
func (s s3) locked(t *testing.T) place {
	t.Helper()
	raw, err := gocloud.OpenBucket(t.Context(), s.place(s.Endpoint()).raw)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var client *awss3.Client
	if !raw.As(&client) {
		t.Fatal("no client")
	}
	name := aws.String("locked-files")
	_, err = client.CreateBucket(t.Context(), &awss3.CreateBucketInput{
		Bucket: name, ObjectLockEnabledForBucket: aws.Bool(true),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(s.Region())},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.PutObjectLockConfiguration(t.Context(), &awss3.PutObjectLockConfigurationInput{
		Bucket: name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
				Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(1),
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.bucket(s.Endpoint(), *name)
}

// plain and tls put something between client and server: middle, which may be nil, sees what goes to the server. The
// client signs and checks otherwise over TLS, as it is in production, than without.
func (s s3) plain(t *testing.T, middle func(http.Handler) http.Handler) *url.URL {
	t.Helper()
	return s.between(t, middle, (*httptest.Server).Start)
}

func (s s3) tls(t *testing.T, middle func(http.Handler) http.Handler) *url.URL {
	t.Helper()
	return s.between(t, middle, (*httptest.Server).StartTLS)
}

func (s s3) between(t *testing.T, middle func(http.Handler) http.Handler, start func(*httptest.Server)) *url.URL {
	t.Helper()
	var h http.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.Endpoint())
		r.Out.Host = r.In.Host // it is signed
	}}
	if middle != nil {
		h = middle(h)
	}
	proxy := httptest.NewUnstartedServer(h)
	start(proxy)
	t.Cleanup(proxy.Close)
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestPutNoticesDamageOnTheWay flips a bit of what is sent, in one piece or in parts: the server must refuse it.
func TestPutNoticesDamageOnTheWay(t *testing.T) {
	t.Parallel()
	s := startS3(t)
	for name, reach := range map[string]func(*testing.T, func(http.Handler) http.Handler) *url.URL{"plain": s.plain, "TLS": s.tls} {
		for _, size := range []int{1 << 10, 20 << 20} {
			t.Run(fmt.Sprintf("%s %d", name, size), func(t *testing.T) {
				t.Parallel()
				content := append([]byte("picture"), noise(size)...)
				var damaged atomic.Int32
				store := open(t, s.place(reach(t, damage(content[:7], &damaged))))
				if sum, _, err := store.Put(t.Context(), "image/png", content); err == nil || damaged.Load() == 0 {
					t.Errorf("%s was stored, %d times damaged: %v", sum, damaged.Load(), err)
				}
				digest := sha256.Sum256(content)
				sum := hex.EncodeToString(digest[:])
				if _, err := store.Read(t.Context(), blob.Key(sum), sum); !errors.Is(err, blob.ErrNotFound) {
					t.Errorf("something was stored: %v", err)
				}
			})
		}
	}
}

// damage changes the first word of what is on its way, if it is there.
func damage(word []byte, times *atomic.Int32) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil { // the client has hung up
				return
			}
			if i := bytes.Index(body, word); i >= 0 {
				body[i] ^= 1
				times.Add(1)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	}
}

// TestPutRepeatsAfterConflict meets what S3 may answer to one of several who store the same file at the same time.
func TestPutRepeatsAfterConflict(t *testing.T) {
	t.Parallel()
	s := startS3(t)
	var conflicts atomic.Int32
	store := open(t, s.place(s.plain(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && r.Header.Get("If-None-Match") == "*" && conflicts.Add(1) <= 2 {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(http.StatusConflict)
				_, _ = io.WriteString(w, `<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request cannot `+
					`succeed due to a conflicting operation against this resource.</Message></Error>`)
				return
			}
			next.ServeHTTP(w, r)
		})
	})))
	sum, key, err := store.Put(t.Context(), "image/png", []byte("wanted by two"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := store.Read(t.Context(), key, sum); err != nil || string(got) != "wanted by two" {
		t.Errorf("got %q, %v", got, err)
	}
	if n := conflicts.Load(); n != 3 {
		t.Errorf("%d tries, want 3", n)
	}
}

// TestOpenWantsTheBucket: a misspelt bucket must not look like one without files.
func TestOpenWantsTheBucket(t *testing.T) {
	t.Parallel()
	s := startS3(t)
	where := strings.Replace(s.place(s.Endpoint()).where, bucket, "other-files", 1)
	if _, err := blob.Open(t.Context(), where); err == nil || !strings.Contains(err.Error(), "no such bucket") {
		t.Errorf("got %v", err)
	}
}
