// Package realtest finds and runs the real programs that tests drive. Where one is missing
// the test is skipped, or fails if REQUIRE_REAL is set, as it is in CI.
package realtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Missing skips the test, or fails it if REQUIRE_REAL is set.
func Missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("REQUIRE_REAL") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Program returns the path of a program of a Debian package.
func Program(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is missing: apt-get install "+debian)
	}
	return path
}

// Tool returns the path of a program of tools/: that of the variable, else of tools/bin of the
// module, else on PATH.
func Tool(t testing.TB, variable, name string) string {
	t.Helper()
	for _, path := range []string{os.Getenv(variable), filepath.Join(moduleRoot(), "tools", "bin", name), name} {
		if found, err := exec.LookPath(path); path != "" && err == nil {
			return found
		}
	}
	Missing(t, name+" is missing: run `make tools` or set "+variable)
	return ""
}

// moduleRoot returns the folder of go.mod above the working directory.
func moduleRoot() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	return ""
}
