package imaging

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goPicture returns where Go keeps a picture for its own tests.
func goPicture(name string) string {
	return filepath.Join(runtime.GOROOT(), "src", "image", "testdata", name) //nolint:staticcheck // tests run where they are built
}

// The pictures that Go tests its decoders with are saved in every way there is; most show the same scene.
func TestEveryWayToSave(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(goPicture("video-001*"))
	require.NoError(t, err)
	plain, err := os.ReadFile(goPicture("video-001.png"))
	require.NoError(t, err)
	was := inspect(t, plain, Options{})
	checked := 0
	for _, name := range names {
		base := filepath.Base(name)
		if strings.HasSuffix(name, ".gif") || strings.Contains(base, "truncated") {
			continue
		}
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		l := inspect(t, content, Options{ReadLabel: true})
		require.Equal(t, []int{150, 103}, []int{l.Width, l.Height}, base)
		if strings.Contains(base, "cmyk") {
			continue // its colours are others
		}
		require.InDelta(t, was.Luma, l.Luma, 0.02, base)
		require.Greater(t, Likeness(was.Small, l.Small), 0.93, base)
		checked++
	}
	require.Greater(t, checked, 15)
}
