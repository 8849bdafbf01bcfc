package httpapi_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
)

func TestZones(t *testing.T) {
	now := time.Date(2026, time.November, 21, 5, 0, 0, 0, time.UTC)
	s := httpapi.New(httpapi.Config{
		Token: httpapi.NewToken(token), Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	search := func(query string) (status int, zones []httpapi.ZoneView) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/v1/zones?"+query, nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var list httpapi.List[httpapi.ZoneView]
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &list))
		return w.Code, list.Items
	}
	for query, want := range map[string]httpapi.ZoneView{
		"q=san+francisco": {
			Zone: "America/Los_Angeles", Place: "San Francisco", Country: "United States", Offset: "-08:00", Local: "2026-11-20T21:00:00-08:00",
			NextChange: &httpapi.ZoneChange{At: time.Date(2027, time.March, 14, 10, 0, 0, 0, time.UTC), Offset: "-07:00"},
		},
		"q=MUMBAI": {Zone: "Asia/Kolkata", Place: "Mumbai", Country: "India", Offset: "+05:30", Local: "2026-11-21T10:30:00+05:30"},
		"q=lord+howe": {
			Zone: "Australia/Lord_Howe", Place: "Lord Howe", Country: "Australia", Offset: "+11:00", Local: "2026-11-21T16:00:00+11:00",
			NextChange: &httpapi.ZoneChange{At: time.Date(2027, time.April, 3, 15, 0, 0, 0, time.UTC), Offset: "+10:30"},
		},
	} {
		status, zones := search(query)
		require.Equal(t, http.StatusOK, status)
		require.NotEmpty(t, zones, query)
		require.Equal(t, want, zones[0])
	}
	status, none := search("q=nowhere+at+all")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, []httpapi.ZoneView{}, none, "an empty list, not null")
	_, all := search("n=1000")
	require.Greater(t, len(all), 500)
	for _, wrong := range []string{"n=0", "n=1001", "city=madrid", "q=" + strings.Repeat("x", 65)} {
		status, _ = search(wrong)
		require.Equal(t, http.StatusUnprocessableEntity, status, wrong)
	}
}
