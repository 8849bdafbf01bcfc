package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/report"
)

func TestEveryReportHasASampleInEveryFormat(t *testing.T) {
	for _, def := range report.Catalog() {
		for _, format := range def.Formats {
			t.Run(def.ID+" "+format, func(t *testing.T) {
				var first, second bytes.Buffer
				require.NoError(t, samples{}.Sample(t.Context(), def, format, &first))
				require.NoError(t, samples{}.Sample(t.Context(), def, format, &second))
				require.Equal(t, first.Bytes(), second.Bytes(), "always the same")
				switch format {
				case "csv":
					rows, err := csv.NewReader(&first).ReadAll()
					require.NoError(t, err)
					require.Greater(t, len(rows), 3)
					require.Contains(t, rows[0], def.Columns[0].Name)
				case "json":
					var whole any
					require.NoError(t, json.Unmarshal(first.Bytes(), &whole))
				default:
					for _, line := range bytes.Split(bytes.TrimSpace(first.Bytes()), []byte("\n")) {
						require.True(t, json.Valid(line), string(line))
					}
				}
			})
		}
	}
}

func TestFlags(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no store":       {nil, "--store"},
		"unknown role":   {[]string{"--role=web"}, "--role"},
		"empty prefix":   {[]string{"--store=file:///x", "--secret-env-prefix="}, "--secret-env-prefix"},
		"stray argument": {[]string{"--store=file:///x", "serve"}, "serve"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(c.args, none)
			require.ErrorContains(t, err, c.says)
		})
	}
	o, err := parse([]string{"--role=codec"}, none)
	require.NoError(t, err)
	require.Equal(t, defaultCodec, o.listen)
	o, err = parse(nil, func(name string) (string, bool) { return "file:///from/env", name == "TRANSPORTER_STORE" })
	require.NoError(t, err)
	require.Equal(t, []string{"file:///from/env", defaultAPI}, []string{o.store, o.listen})
}
