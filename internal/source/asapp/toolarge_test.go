package asapp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
)

// leafOf is a leaf of one file.
func leafOf(t *testing.T, content string) (*asapp.Source, source.Query, feed.Leaf) {
	t.Helper()
	var door doortest.Memory
	const folder = "sms_events/version=1/format=jsonl/dt=2026-11-19/hr=05/"
	door.Put(folder+"sms_events.jsonl", content, yesterday.Add(6*time.Hour))
	door.Put(folder+"_SUCCESS", "", yesterday.Add(6*time.Hour+time.Second))
	src := asapp.New(asapp.Config{Door: &door, Kind: feed.DoorS3, Now: func() time.Time { return noon }})
	q := source.Query{
		Resource: "asapp.sms_events", From: yesterday.Add(5 * time.Hour).UnixMilli(), To: yesterday.Add(6 * time.Hour).UnixMilli(),
		Params: map[string]json.RawMessage{"dedupe": []byte(`"reference"`), "feed_version": []byte(`"1"`)},
	}
	leaves, err := src.Leaves(t.Context(), q)
	require.NoError(t, err)
	require.Len(t, leaves, 1)
	return src, q, leaves[0]
}

// Rows that are too large to be kept are bad lines, by their places; the others of the leaf are read.
func TestRowsThatAreTooLargeAreBadLines(t *testing.T) {
	long := func(member string, n int) string {
		return fmt.Sprintf(`{"sms_flow_id":"c","%s":"%s"}`, member, strings.Repeat("customer", n/8))
	}
	lines := []string{`{"sms_flow_id":"a"}`, long("sms_flow_id", 70_000), long("more", feed.MaxLine-48), `{"sms_flow_id":"b"}`, long("more", feed.MaxLine)}
	src, q, leaf := leafOf(t, strings.Join(lines, "\n"))
	got, why := []string{}, []string{}
	counts, err := src.Read(t.Context(), q, leaf, func(_ context.Context, r source.Record) error {
		require.NotContains(t, r.ID, "customer")
		if got = append(got, r.ID[:min(len(r.ID), 51)]); strings.HasPrefix(r.ID, source.BadPrefix) {
			why = append(why, string(r.Raw))
		}
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, []int64{5, 3}, []int64{counts.Lines, counts.Bad})
	const place = "!dt=2026-11-19/hr=05 sms_events.jsonl line "
	require.Equal(t, `["a"]`, got[0])
	for i, n := range map[int]int{1: 2, 2: 3, 4: 5} {
		require.True(t, strings.HasPrefix(got[i], fmt.Sprint(place, n, " ")), got[i])
	}
	require.Equal(t, `["b"]`, got[3])
	for i, says := range []string{"its key has with what ranks it 70", "it has with its place 67108", "it is longer than"} {
		require.Contains(t, why[i], says)
		require.NotContains(t, why[i], "customer")
	}
}

// What a reading remembers of its rows is bounded, however long their names and companies are: such a row is a bad line.
func TestNamesThatAreTooLongAreBadLines(t *testing.T) {
	long := strings.Repeat("customer", 1<<20)
	lines := []string{
		`{"sms_flow_id":"a","` + long[:4000] + `":1,"company_name":"` + long[:4000] + `"}`,
		`{"sms_flow_id":"b","` + long + `":1}`, `{"sms_flow_id":"c","company_name":"` + long + `"}`, `{"sms_flow_id":"d","company_name":["` + long + `"]}`,
		`{"sms_flow_id":"e","more":{"` + long + `":1}}`,
	}
	src, q, leaf := leafOf(t, strings.Join(lines, "\n"))
	var seen seenColumns
	src.Schema = &seen
	got, why := []string{}, []string{}
	counts, err := src.Read(t.Context(), q, leaf, func(_ context.Context, r source.Record) error {
		if strings.HasPrefix(r.ID, source.BadPrefix) {
			why = append(why, string(r.Raw))
			return nil
		}
		got = append(got, r.ID)
		return nil
	})
	require.NoError(t, err)
	require.EqualValues(t, []int64{5, 3}, []int64{counts.Lines, counts.Bad})
	require.Equal(t, []string{`["a"]`, `["e"]`}, got)
	for i, says := range []string{"the name of a member has more than 4096 bytes", "company_name has more than 4096 bytes", "company_name has more than 4096 bytes"} {
		require.Contains(t, why[i], says)
		require.NotContains(t, why[i], "customer")
	}
	require.Equal(t, []string{"company_name", long[:4000], "more", "sms_flow_id"}, []string(seen))
	require.Equal(t, long[:4000], counts.Company)
}

// seenColumns is a Schema that knows nothing but what it is told.
type seenColumns []string

func (s *seenColumns) Check(context.Context, feed.Place) error { return nil }

func (s *seenColumns) Cadence(context.Context, feed.Place) (feed.Cadence, bool, error) {
	return "", false, nil
}

func (s *seenColumns) Saw(_ context.Context, _ feed.Place, columns []string) error {
	*s = columns
	return nil
}
