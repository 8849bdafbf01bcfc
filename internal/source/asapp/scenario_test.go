package asapp_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/realtest"
)

// TestScenarios plays what a platform does to its exports on a real S3 server, and looks after each
// step at what a task has of them.
func TestScenarios(t *testing.T) {
	server := realtest.StartS3(t)
	for name, check := range scenarios() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, server, name)
			check(t, s)
			require.Equal(t, len(s.Steps), s.next, "every step is applied")
		})
	}
}

// scenarios are those of the look-alike.
func scenarios() map[string]func(*testing.T, *scene) {
	all := map[string]func(*testing.T, *scene){}
	for _, group := range []map[string]func(*testing.T, *scene){shapes, rewrites, rows, schemas} {
		maps.Copy(all, group)
	}
	return all
}

func TestCornerCases(t *testing.T) {
	server := realtest.StartS3(t)
	for name, check := range corners {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, begin(t, server, ""))
		})
	}
}

func TestBadInput(t *testing.T) {
	server := realtest.StartS3(t)
	for name, check := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, begin(t, server, refusalScenario))
		})
	}
}
