package guard

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// Every way past the guard that testdata/outbound knows is refused by the lint of this module,
// and nothing else there.
func TestLintFindsOutbound(t *testing.T) {
	t.Parallel()
	lint := realtest.Tool(t, "GOLANGCI_LINT", "golangci-lint")
	dir := t.TempDir() // a module of its own: in this one nothing may be found
	for from, to := range map[string]string{
		"../../.golangci.yml": ".golangci.yml", "../../go.sum": "go.sum", "../../go.mod": "go.mod", "testdata/outbound/outbound.go": "outbound.go",
	} {
		content, err := os.ReadFile(from)
		require.NoError(t, err)
		if to == "go.mod" {
			content = bytes.Replace(content, []byte("module transporter\n"), []byte("module outbound\n"), 1)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, to), content, 0o600))
	}
	cmd := exec.Command(lint, "run", "--allow-parallel-runners", "--enable-only", "forbidigo", "--output.text.print-issued-lines=false", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOLANGCI_LINT_CACHE="+t.TempDir())
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	require.ErrorAs(t, err, &ended, string(out))

	found := map[int]bool{}
	for _, line := range regexp.MustCompile(`(?m)^outbound\.go:(\d+):.*internal/guard`).FindAllSubmatch(out, -1) {
		n, err := strconv.Atoi(string(line[1]))
		require.NoError(t, err)
		found[n] = true
	}
	source, err := os.ReadFile(filepath.Join(dir, "outbound.go"))
	require.NoError(t, err)
	for i, line := range strings.Split(string(source), "\n") {
		require.Equal(t, strings.HasSuffix(line, "// forbidden"), found[i+1], "line %d: %s\n%s", i+1, line, out)
	}
	require.NotEmpty(t, found)
}
