package main

import (
	"log/slog"
	"os"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"transporter/internal/contract"
)

// replay holds the histories that the session left behind against the code, as they are
// and with one step that the code does not take.
func (s *transcript) replay(task string) {
	t := s.t
	o := s.server.ClientOptions()
	o.Logger = slog.New(slog.DiscardHandler)
	var account string
	for id, word := range s.words {
		if word == "ACCOUNT" {
			account = id
		}
	}
	require.NoError(t, replayServer(t.Context(), o, contract.AccountID(account), ""))
	require.ErrorContains(t, replayServer(t.Context(), o, "account/nobody", ""), "no workflow")

	id := contract.RunID(account, task, 1, pastHour(-47), 0, 1)
	require.NoError(t, replayServer(t.Context(), o, id, ""))
	history := &historypb.History{}
	events := s.client.GetWorkflowHistory(t.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		history.Events = append(history.Events, event)
	}
	s.write("same.json", history)
	require.NoError(t, replayFile(o, "same.json"))
	elsewhere := o
	elsewhere.Namespace = "elsewhere"
	require.ErrorContains(t, replayFile(elsewhere, "same.json"), "namespace elsewhere and the keys of --keys do not open it")
	s.file("list.json", "[]")
	require.ErrorContains(t, replayFile(o, "list.json"), "list.json is not one")
	s.file("none.json", `{"events":[]}`)
	require.ErrorContains(t, replayFile(o, "none.json"), "the history is empty")
	for _, event := range history.GetEvents() {
		if a := event.GetActivityTaskScheduledEventAttributes(); a != nil {
			a.ActivityType.Name = "fax"
		}
	}
	s.write("other.json", history)
	require.ErrorContains(t, replayFile(o, "other.json"), "does not fit")
	require.ErrorContains(t, replayFile(o, "absent.json"), "absent.json")
}

func (s *transcript) write(name string, history *historypb.History) {
	b, err := protojson.Marshal(history)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(name, b, 0o600))
}
