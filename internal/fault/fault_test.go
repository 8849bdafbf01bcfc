package fault

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every %w of the format is a cause that errors.Is and errors.As find, also within wrapped errors.
func TestEveryCauseIsKept(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	inner := New(StorageFull, "disk: %w", second)

	one := New(Upstream, "one: %w", first)
	require.Equal(t, first, one.Unwrap())
	require.NoError(t, New(Upstream, "none: %v", first).Unwrap())

	both := New(Corrupt, "both: %w, then %w", first, inner)
	require.Equal(t, "both: first, then disk: second", both.Error())
	for _, err := range []error{both, fmt.Errorf("outer: %w", both)} {
		require.ErrorIs(t, err, first)
		require.ErrorIs(t, err, second)
		require.Equal(t, Corrupt, KindOf(err), "the outer one says what went wrong")
	}
	require.ErrorIs(t, New(Corrupt, "%w of nothing: %w", first, error(nil)), first)
}
