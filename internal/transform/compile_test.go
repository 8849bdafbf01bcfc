package transform

import (
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
	"transporter/internal/transform/messaging"
)

func TestEveryReportCompilesInEveryFormat(t *testing.T) {
	for _, d := range report.Catalog() {
		for _, format := range d.Formats {
			_, err := newRenderer(newJob(t, d.ID, format, nil), map[string]*lookup{}, nil)
			require.NoError(t, err, "%s %s", d.ID, format)
		}
	}
}

func TestFactsAreDefinedAndWrittenUnderTheSameNames(t *testing.T) {
	var defined, written []string
	for name := range report.Facts("messaging") {
		defined = append(defined, name)
	}
	for name := range messaging.Rows {
		require.True(t, report.Facts("messaging")[name].Rows, name)
		written = append(written, name)
	}
	for name := range messaging.Facts {
		written = append(written, name)
	}
	for name := range anyFacts {
		written = append(written, name)
	}
	sort.Strings(defined)
	sort.Strings(written)
	require.Equal(t, defined, written)
}
