package feed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/feed"
)

func TestTheTwoTablesOfUtterancesAreTwo(t *testing.T) {
	messaging, ok := feed.TableOf("utterances", feed.DoorS3)
	require.True(t, ok)
	require.Equal(t, []string{"issue_id", "sender_id", "created_ts"}, messaging.Key)
	exporter, ok := feed.TableOf("utterances", feed.DoorFileExporter)
	require.True(t, ok)
	require.Equal(t, []string{"company_marker", "conversation_id", "message_id"}, exporter.Key)
	_, ok = feed.TableOf("reps", feed.DoorFileExporter)
	require.False(t, ok)
	_, ok = feed.TableOf("no_such_feed", feed.DoorS3)
	require.False(t, ok)
}

func TestRepairedRulesGoBeforeThePublished(t *testing.T) {
	utilized, _ := feed.TableOf("rep_utilized", feed.DoorSFTP)
	require.Equal(t, []string{"instance_ts", "rep_id", "desk_mode"}, utilized.KeyOf(feed.Reference))
	require.Equal(t, []string{"company_name", "instance_ts", "rep_id", "desk_mode", "max_slots"}, utilized.KeyOf(feed.Repaired))
	require.Equal(t, []string{"instance_ts"}, utilized.OrderOf(feed.Reference))
	require.Equal(t, []string{"export_ts", "instance_ts"}, utilized.OrderOf(feed.Repaired))
	reps, _ := feed.TableOf("reps", feed.DoorS3)
	require.Equal(t, reps.Key, reps.KeyOf(feed.Repaired))
}

// samples is the folder of the published schemas; they are no part of the program.
const samples = "../../../shared/samples/asapp"

func published(t *testing.T, name string, into any) {
	raw, err := os.ReadFile(filepath.Join(samples, name))
	if os.IsNotExist(err) {
		t.Skip("the published schemas are not here")
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, into))
}

func TestTablesAreThePublishedOnes(t *testing.T) {
	type order struct {
		Field string
		Desc  bool
	}
	var list, extra []struct {
		Table         string
		Source        string
		Key           []string `json:"partition_by"`
		Order         []order  `json:"order_by"`
		Snapshot      *string
		OrderInKey    bool     `json:"order_is_part_of_key"`
		RepairedKey   []string `json:"suggested_partition_by"`
		RepairedOrder []string `json:"suggested_order_prefix"`
		Notes         []string
		Note          string
	}
	published(t, "dedupe.json", &list)
	published(t, "dedupe_extra.json", &extra)
	var messaging, exporter map[string]struct {
		Sync string `json:"sync_time"`
	}
	published(t, "schemas.json", &messaging)
	published(t, "fileexporter_schemas.json", &exporter)
	require.Equal(t, []int{45, 10, 48, 7}, []int{len(list), len(extra), len(messaging), len(exporter)})
	for _, p := range slices.Concat(list, extra) {
		t.Run(p.Source+" "+p.Table, func(t *testing.T) {
			door, sync := feed.DoorS3, messaging[p.Table].Sync
			if p.Source == "file exporter" {
				door, sync = feed.DoorFileExporter, exporter[p.Table].Sync
			}
			got, ok := feed.TableOf(p.Table, door)
			require.True(t, ok)
			require.Equal(t, p.Key, got.Key)
			require.Len(t, got.Order, len(p.Order))
			for i, o := range p.Order {
				require.Equal(t, o.Field, got.Order[i])
				require.True(t, o.Desc)
			}
			require.Equal(t, p.RepairedKey, got.RepairedKey)
			require.Equal(t, p.RepairedOrder, got.RepairedOrder)
			require.Equal(t, p.Snapshot != nil, got.Snapshot)
			if p.Source == "" {
				require.Equal(t, p.OrderInKey, got.OrderInKey())
			}
			if sync != "" {
				require.Equal(t, feed.Cadence(sync), got.Cadence)
			}
			if p.Note != "" {
				p.Notes = append(p.Notes, p.Note)
			}
			require.ElementsMatch(t, p.Notes, got.Notes)
		})
	}
}
