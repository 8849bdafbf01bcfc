package activities_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// nameless has a platform give all messages one id.
type nameless struct{ http.RoundTripper }

var messageID = regexp.MustCompile(`"messageId":"[^"]*"`)

func (n nameless) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := n.RoundTripper.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "/messaging_history/") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(messageID.ReplaceAll(body, []byte(`"messageId":"m"`))))
	res.ContentLength = -1
	return res, err
}

// Rows that cannot be told apart make a check red, and say what helps: to deliver the window once more as a whole
// needs nobody to tell them apart.
func TestRowsThatCannotBeToldApartAreDeliveredAsAWhole(t *testing.T) {
	for _, mode := range []string{task.RevisionsFull, task.RevisionsChanges} {
		t.Run(mode, func(t *testing.T) {
			r := newReviser(t)
			r.platform.Client.Transport = nameless{r.platform.Client.Transport}
			r.connect(nil)
			r.task("talks", "msg.messages", "jsonl", task.Revisions{Mode: mode})
			_, first := r.deliver("talks", contract.RunInput{})
			require.Positive(t, first.Rows)

			_, err := r.attempt(checked(r, time.Hour))
			requireKind(t, fault.SchemaMismatch, err)
			require.ErrorContains(t, err, "starter task run --rerun")

			outcome, again := r.deliver("talks", contract.RunInput{Revision: 1, Attempt: 2})
			require.Equal(t, contract.OutcomeDelivered, outcome)
			require.Equal(t, first.Rows, again.Rows)
			require.Equal(t, task.RevisionsFull, again.Tracked.Mode)
			require.Zero(t, *again.Tracked.After, "it takes the place of the first, also without rows")
			require.Equal(t, first.Rows, again.Tracked.Added)
		})
	}
}
