package activities_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/task"
)

// misplacing sends requests to the platform. Of its files of units that of one hour tells nothing, and that of another
// of a segment which no list has.
type misplacing struct {
	http.RoundTripper
	empty, stray int64 // the hours
	off          atomic.Bool
}

func (m *misplacing) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := m.RoundTripper.RoundTrip(r)
	if err != nil || m.off.Load() || !strings.HasSuffix(r.URL.Path, "/agent-segments/files") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	of := func(hour int64) bool {
		return strings.Contains(r.URL.Query().Get("path"), fmt.Sprintf("/sequences.%d.", hour))
	}
	switch {
	case of(m.empty):
		body = packed("")
	case of(m.stray):
		body = append(body, packed(`{"segmentId":"stray","sequence":1}`+"\n")...)
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, err
}

func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // to memory
	_ = z.Close()
	return b.Bytes()
}

// newMisplaced is a window of two files of which two hours do not fit together, with the units that it is to have once
// they do, and how many of them the empty file should tell.
func newMisplaced(t *testing.T) (b besides, m *misplacing, units map[string]int, untold int) {
	b, m = besides{newReviser(t), map[string]int{}, map[string]int{}}, &misplacing{}
	known, err := b.platform.World().AgentSegments(sandboxtest.AccountID, day.From, day.To)
	require.NoError(t, err)
	hour := time.Hour.Milliseconds()
	for _, s := range known {
		at := s.End - s.End%hour
		if len(s.Units) > 0 && m.empty == 0 {
			m.empty = at
		}
		if m.empty != 0 && at != m.empty {
			m.stray = at
		}
	}
	require.NotZero(t, m.stray)
	units = map[string]int{}
	for _, s := range known {
		for i := range s.Units {
			if units[fmt.Sprintf("%s:%d", s.ID, i+1)] = 1; s.End-s.End%hour == m.empty {
				untold++
			}
		}
	}
	m.RoundTripper = b.platform.Client.Transport
	b.platform.Client.Transport = m
	b.connect(nil)
	b.params = map[string]json.RawMessage{}
	b.task("two", "raw.handle_time", "jsonl", task.Revisions{Mode: task.RevisionsFull})
	return b, m, units, untold
}

// red fetches in an attempt until it is red by hours in doubt, and returns what the run lists to accept them by.
func (b besides) red(t *testing.T, attempt int, accept ...string) (plan contract.Ref, names []string) {
	t.Helper()
	window := b.window
	run := contract.RunInput{Account: "acme", Task: "two", Generation: 1, Window: &window, Attempt: attempt, Trigger: contract.TriggerResume}
	if len(accept) > 0 {
		run.Accept = &contract.Acceptance{Records: accept, Note: "asked"}
	}
	id := fmt.Sprint("red", attempt)
	out, err := b.run.Plan(t.Context(), contract.PlanIn{Run: run, Nominal: b.now, WorkflowID: id, RunID: "run"})
	require.NoError(t, err)
	_, err = do[contract.FetchOut](b.run.Fetch, contract.StepIn{Plan: out.Plan})
	requireKind(t, fault.PartialData, err)
	require.ErrorContains(t, err, "starter run accept RUN --record '!breakdown ")
	require.NoError(t, b.run.Record(t.Context(), contract.RecordIn{
		Run: run, WorkflowID: id, RunID: "run", Plan: out.Plan, Window: window, Outcome: contract.OutcomeFailed,
		Error: err.Error(), ErrorKind: string(fault.PartialData), Started: b.now, Ended: b.now,
	}))
	record, err := b.run.Book.Run(t.Context(), "acme", "two", id)
	require.NoError(t, err)
	waits, err := b.run.Book.Waiting(t.Context(), b.delivery(), attempt)
	require.NoError(t, err)
	require.Equal(t, record.Quarantined, waits)
	for _, q := range record.Quarantined {
		require.NotEmpty(t, q.Reason)
		names = append(names, q.Record)
	}
	return out.Plan, names
}

func (b besides) delivery() contract.Delivery {
	return contract.Delivery{Account: "acme", Task: "two", Generation: 1, Span: b.window}
}

// A window whose files do not lie as the platform's page says is red, lists all hours that it is red by, and is
// finished without what does not fit by who accepts them. What fits later is a revision.
func TestHoursInDoubtAreAccepted(t *testing.T) {
	b, m, units, untold := newMisplaced(t)
	_, names := b.red(t, 1)
	require.Len(t, names, 2)
	_, rest := b.red(t, 2, names[0])
	require.Equal(t, names[1:], rest)

	outcome, out := b.deliver("two", contract.RunInput{Attempt: 3, Accept: &contract.Acceptance{Records: rest, Note: "the platform was asked"}})
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.Zero(t, out.Quarantined)
	b.readWindow(t)
	require.Len(t, b.units, len(units)-untold)
	require.Subset(t, units, b.units, "nothing of a segment that is not listed")
	proof, err := b.run.Book.Receipt(t.Context(), b.delivery())
	require.NoError(t, err)
	require.Equal(t, names, proof.Accepted.Records)

	outcome, _ = b.deliver("two", checked(b.reviser, 2*time.Hour))
	require.Equal(t, contract.OutcomeUnchanged, outcome, "nobody is asked again")
	m.off.Store(true)
	outcome, out = b.deliver("two", checked(b.reviser, 4*time.Hour))
	require.Equal(t, contract.OutcomeDelivered, outcome)
	require.EqualValues(t, untold, out.Tracked.Added)
}

// Nobody has to end a run for that: it goes on with its next try.
func TestHoursInDoubtAreAcceptedWhileTheRunIsTriedAgain(t *testing.T) {
	b, _, _, _ := newMisplaced(t)
	plan, names := b.red(t, 1)
	require.NoError(t, b.run.Book.Accept(t.Context(), b.delivery(), contract.Acceptance{Records: names}))
	_, err := do[contract.FetchOut](b.run.Fetch, contract.StepIn{Plan: plan})
	require.NoError(t, err)
	waits, err := b.run.Book.Waiting(t.Context(), b.delivery(), 1)
	require.NoError(t, err)
	require.Empty(t, waits)
}
