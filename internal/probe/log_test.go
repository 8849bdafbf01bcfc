package probe_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/probe"
)

func TestLog(t *testing.T) {
	l := probe.Begin()
	begun := time.Now()
	l.Passed("connect", "log in")
	require.NoError(t, l.Tried("write", nil))
	l.Lacks("read back", "not allowed")
	refused := errors.New("refused")
	require.ErrorIs(t, l.Tried("rename", refused), refused)
	all := time.Since(begun) + time.Second
	var sum time.Duration
	for i := range l.Steps {
		sum += l.Steps[i].Took
		l.Steps[i].Took = 0
	}
	require.Positive(t, sum)
	require.Less(t, sum, all)
	require.Equal(t, []probe.Step{
		{Name: "connect", OK: true},
		{Name: "log in", OK: true},
		{Name: "write", OK: true},
		{Name: "read back", Note: "not allowed"},
		{Name: "rename", Note: "refused"},
	}, l.Steps)
	require.True(t, l.Works("write"))
	require.False(t, l.Works("read back"))
	require.False(t, l.Works("delete"))
}

func TestLogSharesTheTimeOut(t *testing.T) {
	l := probe.Begin()
	l.Passed("connect", "log in")
	require.Zero(t, l.Steps[0].Took)
	require.Positive(t, l.Steps[1].Took)
	var zero probe.Log
	zero.Passed("connect")
	require.Zero(t, zero.Steps[0].Took, "nobody began")
}
