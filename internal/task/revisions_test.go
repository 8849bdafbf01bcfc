package task

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

func after(hours ...int) (all []Duration) {
	for _, h := range hours {
		all = append(all, Duration(time.Duration(h)*time.Hour))
	}
	return all
}

func TestRevisionsAreValidated(t *testing.T) {
	for name, c := range map[string]struct {
		revisions Revisions
		edit      func(*Spec, *Rules)
		field     string // empty: accepted
		says      string
	}{
		"none is said":        {},
		"none":                {revisions: Revisions{Mode: RevisionsNone}},
		"full":                {revisions: Revisions{Mode: RevisionsFull, CheckAfter: after(1, 24, 7*24)}},
		"changes when asked":  {revisions: Revisions{Mode: RevisionsChanges}},
		"unknown mode":        {revisions: Revisions{Mode: "delta"}, field: "revisions.mode", says: "none, full, changes"},
		"times and no mode":   {revisions: Revisions{CheckAfter: after(1)}, field: "revisions.mode", says: "missing"},
		"times with none":     {revisions: Revisions{Mode: RevisionsNone, CheckAfter: after(1)}, field: "revisions.checkAfter", says: "nothing is checked"},
		"too soon":            {revisions: Revisions{Mode: RevisionsFull, CheckAfter: []Duration{Duration(time.Minute)}}, field: "revisions.checkAfter[0]", says: "10m to 60d"},
		"too late":            {revisions: Revisions{Mode: RevisionsFull, CheckAfter: after(61 * 24)}, field: "revisions.checkAfter[0]", says: "10m to 60d"},
		"out of order":        {revisions: Revisions{Mode: RevisionsFull, CheckAfter: after(24, 1)}, field: "revisions.checkAfter[1]", says: "ascending"},
		"twice":               {revisions: Revisions{Mode: RevisionsFull, CheckAfter: after(1, 1)}, field: "revisions.checkAfter[1]", says: "each once"},
		"too many":            {revisions: Revisions{Mode: RevisionsFull, CheckAfter: after(1, 2, 3, 4, 5, 6, 7)}, field: "revisions.checkAfter", says: "at most 6"},
		"beyond the reach":    {revisions: Revisions{Mode: RevisionsFull, CheckAfter: after(49)}, edit: func(_ *Spec, r *Rules) { r.Report.Revisable = 48 * time.Hour }, field: "revisions.checkAfter[0]", says: "keeps 2d"},
		"a report about now":  {revisions: Revisions{Mode: RevisionsFull}, edit: func(_ *Spec, r *Rules) { r.Report.Final = "it is now" }, field: "revisions.mode", says: "it is now"},
		"changes of raw":      {revisions: Revisions{Mode: RevisionsChanges}, edit: func(_ *Spec, r *Rules) { r.Report.Raw = true }, field: "revisions.mode", says: "choose full"},
		"full of raw":         {revisions: Revisions{Mode: RevisionsFull}, edit: func(_ *Spec, r *Rules) { r.Report.Raw = true }},
		"changes partitioned": {revisions: Revisions{Mode: RevisionsChanges}, edit: func(s *Spec, _ *Rules) { s.Destinations[1].Layout = LayoutPartitioned }, field: "revisions.mode", says: "flat layout"},
		"full partitioned":    {revisions: Revisions{Mode: RevisionsFull}, edit: func(s *Spec, _ *Rules) { s.Destinations[1].Layout = LayoutPartitioned }},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := goodSpec(), testRules(t)
			s.Revisions = c.revisions
			if c.edit != nil {
				c.edit(&s, &r)
			}
			problems := Problems(s.Validate(r))
			if c.field == "" {
				require.Empty(t, problems)
				return
			}
			require.Len(t, problems, 1)
			var e *fault.Error
			require.ErrorAs(t, problems[0], &e)
			require.Equal(t, c.field, e.Field)
			require.ErrorContains(t, e, c.says)
		})
	}
}

// Whoever has a specification with revisions reads it back as it was.
func TestRevisionsAsJSON(t *testing.T) {
	var s Spec
	require.NoError(t, json.Unmarshal([]byte(`{"revisions": {"mode": "changes", "checkAfter": ["1h", "1d", "7d"]}}`), &s))
	require.Equal(t, Revisions{Mode: RevisionsChanges, CheckAfter: after(1, 24, 7*24)}, s.Revisions)
	require.Equal(t, "changes, checked after 1h, 1d, 7d", s.Revisions.String())
	text, err := json.Marshal(Spec{})
	require.NoError(t, err)
	require.NotContains(t, string(text), "revisions")
}

func TestLatestCheckIsDue(t *testing.T) {
	fire := at(t, "2026-11-20T00:00:00Z")
	r := Revisions{Mode: RevisionsFull, CheckAfter: after(1, 24, 7*24)}
	for hours, want := range map[int]int{0: 0, 1: 1, 23: 1, 24: 24, 26: 24, 7 * 24: 7 * 24, 1000: 7 * 24} {
		due, ok := r.Due(fire, fire.Add(time.Duration(hours)*time.Hour))
		require.Equal(t, want > 0, ok)
		if ok {
			require.Equal(t, fire.Add(time.Duration(want)*time.Hour), due, "after %d hours", hours)
		}
	}
}

// Files of another form are another generation; another moment to look is not.
// A task pins the major of its report, so that an edit which finds a later minor delivers no other data.
func TestVersionsOfTheSameData(t *testing.T) {
	of := func(version string) Spec { return Spec{Report: "msg.messages", Version: version} }
	require.True(t, SameData(of("1.0"), of("1.1")))
	require.False(t, SameData(of("1.0"), of("2.0")))
	require.False(t, SameData(of("1.0"), of("10.0")))
	for asked, want := range map[string]bool{"1.2": true, "1.0": true, "1": true, "1.3": false, "2": false, "2.0": false, "": false, "1.": false, "1.-1": false, "+1.0": false, "v1": false} {
		require.Equal(t, want, ServesVersion("1.2", asked), asked)
	}
}

func TestRevisionsOfTheSameData(t *testing.T) {
	with := func(r Revisions) Spec { return Spec{Revisions: r} }
	require.True(t, SameData(with(Revisions{}), with(Revisions{Mode: RevisionsNone})))
	require.True(t, SameData(with(Revisions{Mode: RevisionsFull}), with(Revisions{Mode: RevisionsFull, CheckAfter: after(1)})))
	require.False(t, SameData(with(Revisions{}), with(Revisions{Mode: RevisionsFull})))
	require.False(t, SameData(with(Revisions{Mode: RevisionsChanges}), with(Revisions{Mode: RevisionsFull})))
}
