package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed/doortest"
	"transporter/internal/feedschema"
)

// TestFeeds is what an operator sees of a feed that is held, until it is released.
func TestFeeds(t *testing.T) {
	b := newBench(t)
	b.file("lp.json", `{"oauth1":{"consumerKey":"k","consumerSecret":"s","token":"t","tokenSecret":"u"}}`)
	made := func(args ...string) string {
		r := b.run("", append([]string{"-o", "json"}, args...)...)
		require.Zero(t, r.code, r.err)
		_, rest, _ := strings.Cut(r.out, `"id": "`)
		id, _, _ := strings.Cut(rest, `"`)
		return id
	}
	account := made("account", "create", "--description", "Support", "--zone", "Europe/Madrid")
	b.env["TRANSPORTER_ACCOUNT"] = account
	source := made("source", "create", "--description", "Brand", "--platform-account", "12345678", "--credentials", "lp.json")
	var door doortest.Memory
	day := time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)
	for _, kind := range []string{"varchar(191)", "varchar(3)"} {
		door.Put("docs/export_docs.yaml", "schemas: [{tables: [{name: reps, primary_key: rep_id, sync_time: 1d, columns: [{name: rep_id, type: "+kind+"}]}]}]", day)
		day = day.Add(24 * time.Hour)
		_, err := b.feeds.Look(t.Context(), &door, feedschema.Ask{Account: account, Source: source, Now: day})
		require.NoError(t, err)
	}
	shown := b.run("", "feed", "schema", source, "reps")
	require.Zero(t, shown.code, shown.err)
	require.Regexp(t, `state: +held`, shown.out)
	require.Contains(t, shown.out, "reps.rep_id: type varchar(191) → varchar(3) (breaking: ")
	_, rest, ok := strings.Cut(shown.out, "starter feed release "+source+" reps ")
	require.True(t, ok, "it says what to do: %s", shown.out)
	change, _, _ := strings.Cut(rest, " ")

	refused := b.run("", "feed", "release", source, "reps", change)
	require.Equal(t, exitFailed, refused.code)
	require.Contains(t, refused.err, "reason")
	released := b.run("", "feed", "release", source, "reps", change, "--reason", "ops: nobody uses it")
	require.Zero(t, released.code, released.err)
	require.Contains(t, released.out, "ops: nobody uses it")
	require.Regexp(t, `state: +ok`, b.run("", "feed", "schema", source, "reps").out)
}
