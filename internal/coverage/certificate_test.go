package coverage_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/coverage"
	"transporter/internal/fault"
	"transporter/internal/signed"
	"transporter/internal/task"
	"transporter/internal/timeline"
)

// at is the hour of a day; hours beyond 24 are of the next.
func at(hour int) time.Time { return time.Date(2026, 11, 20, hour, 0, 0, 0, time.UTC) }

func line(from, to int, status coverage.Status) coverage.Line {
	return coverage.Line{
		Window: timeline.Window{Window: task.Window{From: at(from), To: at(to)}, Generation: 1}, Status: status, Revision: 1, Rows: 7,
	}
}

func span(from, to int) task.Window { return task.Window{From: at(from), To: at(to)} }

func certify(t *testing.T, lines ...coverage.Line) coverage.Certificate {
	t.Helper()
	c, err := coverage.Certify(coverage.Query{Account: "acct", Task: "task", From: at(0), To: at(4), Now: at(9)}, lines,
		func(l coverage.Line) (string, error) {
			if l.Revision == 0 {
				return "", nil
			}
			return signed.Hash(l.From)
		})
	require.NoError(t, err)
	return c
}

func TestCertificateListsExactlyWhatBreaksIt(t *testing.T) {
	unproved := line(1, 2, coverage.Delivered)
	unproved.Revision = 0
	for _, c := range []struct {
		name  string
		lines []coverage.Line
		want  []coverage.Problem
	}{
		{"delivered and empty windows tile", []coverage.Line{line(0, 2, coverage.Delivered), line(2, 4, coverage.Empty)}, nil},
		{"windows reach beyond the range", []coverage.Line{line(-1, 2, coverage.Delivered), line(2, 5, coverage.Delivered)}, nil},
		{"a failed window", []coverage.Line{line(0, 1, coverage.Delivered), line(1, 4, coverage.Failed)}, []coverage.Problem{{span(1, 4), "failed"}}},
		{"a missing and a lost one", []coverage.Line{line(0, 1, coverage.Lost), line(1, 4, coverage.Missing)}, []coverage.Problem{{span(0, 1), "lost"}, {span(1, 4), "missing"}}},
		{"a gap between", []coverage.Line{line(0, 1, coverage.Delivered), line(2, 4, coverage.Delivered)}, []coverage.Problem{{span(1, 2), coverage.NoWindow}}},
		{"an overlap", []coverage.Line{line(0, 3, coverage.Delivered), line(2, 4, coverage.Delivered)}, []coverage.Problem{{span(2, 3), coverage.TwoWindows}}},
		{"no window at the ends", []coverage.Line{line(1, 3, coverage.Delivered)}, []coverage.Problem{{span(0, 1), coverage.NoWindow}, {span(3, 4), coverage.NoWindow}}},
		{"no window at all", nil, []coverage.Problem{{span(0, 4), coverage.NoWindow}}},
		{"a receipt is gone", []coverage.Line{line(0, 1, coverage.Empty), unproved, line(2, 4, coverage.Delivered)}, []coverage.Problem{{span(1, 2), coverage.NoReceipt}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := certify(t, c.lines...)
			require.Equal(t, append([]coverage.Problem{}, c.want...), got.Problems)
			require.Equal(t, len(c.want) == 0, got.Complete)
		})
	}
}

// signed returns a certificate with one window of each kind that counts, and its key.
func issued(t *testing.T, change func(*coverage.Certificate)) ([]byte, ed25519.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	c := certify(t, line(0, 2, coverage.Delivered), line(2, 4, coverage.Empty))
	change(&c)
	s, err := coverage.Sign(c, private)
	require.NoError(t, err)
	text, err := json.Marshal(s)
	require.NoError(t, err)
	return text, public
}

func TestVerify(t *testing.T) {
	text, key := issued(t, func(*coverage.Certificate) {})
	other, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, text, "", "\t"))
	for _, c := range []struct {
		name string
		text string
		key  ed25519.PublicKey
		says string // of the refusal
	}{
		{"as issued", string(text), key, ""},
		{"indented", indented.String(), key, ""},
		{"a row changed", strings.Replace(string(text), `"rows":7`, `"rows":8`, 1), key, "signature"},
		{"another task", strings.Replace(string(text), `"task":"task"`, `"task":"mine"`, 1), key, "signature"},
		{"another key", string(text), other, "signature"},
		{"no signature", strings.Replace(string(text), `"signature":"`, `"sig":"`, 1), key, "signature"},
		{"not JSON", "certificate", key, "JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := coverage.Verify([]byte(c.text), c.key)
			if c.says == "" {
				require.NoError(t, err)
				require.True(t, got.Complete)
				require.Len(t, got.Windows, 2)
				return
			}
			require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

// A signature vouches for who made a certificate, not for what it claims.
func TestVerifyHoldsClaimsAgainstWindows(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*coverage.Certificate)
		says   string
	}{
		{"a window left out", func(c *coverage.Certificate) { c.Windows = c.Windows[:1] }, "do not tile"},
		{"complete with a problem", func(c *coverage.Certificate) { c.Problems = []coverage.Problem{{span(0, 1), "failed"}} }, "lists 1"},
		{"a window without receipt", func(c *coverage.Certificate) { c.Windows[0].Receipt = "" }, "no receipt"},
		{"a failed window as proof", func(c *coverage.Certificate) { c.Windows[1].Status = coverage.Failed }, "no receipt"},
		{"another format", func(c *coverage.Certificate) { c.Format = "x" }, "format"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, key := issued(t, c.change)
			_, err := coverage.Verify(text, key)
			require.ErrorContains(t, err, c.says)
		})
	}
}
