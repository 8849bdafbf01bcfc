package destination

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAbandoned(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)
	own, _ := ProbeFile(HiddenProbe)
	other, token := ProbeFile(HiddenProbe)
	temporary := "." + other.Name + "." + token + ".part"
	folder := func(age time.Duration) map[string]time.Time {
		at := now.Add(-age)
		return map[string]time.Time{
			own.Name: now, other.Name: at, temporary: at, "messages.csv": at, ".probe-of-somebody-else": at, ".hidden": at,
		}
	}
	require.ElementsMatch(t, []string{other.Name, temporary}, Abandoned(own.Name, folder(AbandonedAfter+time.Second)))
	require.Empty(t, Abandoned(own.Name, folder(AbandonedAfter)), "a test may still be at it")
	old := folder(2 * AbandonedAfter)
	delete(old, own.Name)
	require.Empty(t, Abandoned(own.Name, old), "the place's clock is not known")
}
