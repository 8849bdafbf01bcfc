package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/readertest"
	"transporter/internal/sandbox/world"
)

const (
	// rowCount is the sum that is the number of rows.
	rowCount = "rows"
	// known before a column's name is the sum that is the number of rows which have a value in it.
	known = "known "
)

// family is a report, and what its columns add up to in a window, as the sandbox's world says. A
// name with dots is a member within a column.
type family struct {
	report string
	params []string
	live   bool // of hours that the platform still counts, instead of a day of the past
	quiet  bool // tells of this moment, at which there may be nothing
	sums   map[string]float64
}

// Every family of reports goes through the whole system once, and what lies at the destination
// adds up to what happened.
func TestEveryFamilyIsDelivered(t *testing.T) {
	t.Parallel()
	const size = 400_000
	s := start(t, options{size: size, now: thisHour()})
	day, hours := s.before(72*time.Hour, 24*time.Hour), s.before(2*time.Hour, 20*time.Hour)
	account := world.NewAccount(1, platform, size)
	byKey, byLogin := pastFamilies(t, account, day, s.now)
	byKey = append(byKey, liveFamilies(account, hours, s.now)...)
	byKey = append(byKey, presentFamilies(account, hours, s.now)...)
	const tasks = 15 // that an account may have
	for list := range slices.Chunk(byKey, tasks) {
		t.Run("read with a key", func(t *testing.T) { s.brand(t).deliverAll(t, list, day, hours) })
	}
	t.Run("read with a login", func(t *testing.T) {
		b := s.brand(t)
		b.readAs(t, "reporter", "login-password-0001") // as the sandbox has it
		b.deliverAll(t, byLogin, day, hours)
	})
}

// readAs has the brand read by another source, with the login of a user.
func (b *brand) readAs(t *testing.T, user, password string) {
	t.Helper()
	body := b.sourceBody(t)
	body.Credentials = &httpapi.SourceCredentials{Login: &httpapi.SourceLogin{Username: httpapi.SecretValue(user), Password: httpapi.SecretValue(password)}}
	source, err := b.api.Sources(b.account).Create(t.Context(), body, apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
}

// deliverAll runs every report at once, and compares what lies at the destination.
func (b *brand) deliverAll(t *testing.T, list []family, day, hours httpapi.WindowView) {
	t.Helper()
	runs := make([]string, len(list))
	for i, f := range list {
		one, window := spec(f.report, "jsonl", f.params...), day
		if f.live {
			window = hours
		}
		one.Destinations = b.legs(fmt.Sprintf("families/%d", i))[:1]
		runs[i] = b.begin(t, b.task(t, one), window)
	}
	for i, f := range list {
		t.Run(f.report, func(t *testing.T) {
			if !f.quiet {
				for column, sum := range f.sums {
					require.Positive(t, sum, column)
				}
			}
			rows := b.rowsOf(t, runs[i])
			for column, want := range f.sums {
				got := 0.0
				for _, row := range rows {
					got += valueOf(t, row, column)
				}
				require.InEpsilon(t, 1+want, 1+got, 1e-9, "%s: %v, not %v", column, got, want)
			}
		})
	}
}

// rowsOf are the rows that a run delivered.
func (b *brand) rowsOf(t *testing.T, id string) (rows []readertest.Row) {
	t.Helper()
	run := b.end(t, id)
	require.Contains(t, []string{contract.OutcomeDelivered, contract.OutcomeEmpty}, run.Outcome, run.Error)
	for _, file := range b.data(t, run, b.cloud) {
		rows = append(rows, readertest.JSONLines(t, file.clear(t, receiver(t)))...)
	}
	require.EqualValues(t, run.Rows, len(rows))
	return rows
}

// valueOf is what a row adds to the sum. Null adds nothing, and neither does -1, which stands for
// no data in the answers of the platform.
func valueOf(t *testing.T, row readertest.Row, name string) float64 {
	t.Helper()
	if name == rowCount {
		return 1
	}
	column, wanted := strings.CutPrefix(name, known)
	at := any(row)
	for member := range strings.SplitSeq(column, ".") {
		require.Contains(t, at, member, column)
		at = at.(readertest.Row)[member]
		if list, ok := at.([]any); ok {
			require.Len(t, list, 1, column)
			at = list[0]
		}
	}
	switch {
	case at == nil:
		return 0
	case wanted:
		return 1
	}
	n, err := json.Number(numberText(at)).Float64()
	require.NoError(t, err, column)
	return max(n, 0)
}

// numberText is a number, which some answers write as a text.
func numberText(v any) string {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	text, _ := v.(string) // of anything else: no number
	return text
}
