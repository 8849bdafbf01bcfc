package fileexporter

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/doortest"
	"transporter/internal/sandbox/exporter"
)

// Values go back byte for byte, whichever of the two printed styles they come in.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, named := range map[string]bool{"bare values": false, "named values": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.named = named
			doortest.Run(t, doortest.Storage{Door: mustNew(t, s.config()), Fixed: true, Put: s.put, Remove: s.remove})
		})
	}
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// The sandbox's exports are read through, hours and all, also by a door that has listed nothing.
func TestSandbox(t *testing.T) {
	t.Parallel()
	for name, named := range map[string]bool{"bare values": false, "named values": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := http.NewServeMux()
			exporter.New(exporter.Config{Seed: 1, Rows: 5, ID: "id-1", Secret: "secret-1", Named: named, PerSecond: 1e6, Now: func() time.Time { return noon }}).
				Routes(mux, func(h http.Handler) http.Handler { return h })
			server := httptest.NewServer(mux)
			t.Cleanup(server.Close)
			c := Config{BaseURL: server.URL, APIID: "id-1", APISecret: "secret-1", HTTP: server.Client(), Now: time.Now}
			d := mustNew(t, c)
			for _, prefix := range []string{"contact_entity_generative_agent/version=1/format=jsonl/dt=2026-11-19/hr=05", "utterances/version=1/format=jsonl/dt=2026-11-19/"} {
				files := 0
				for o, err := range d.List(t.Context(), prefix) {
					require.NoError(t, err)
					require.True(t, strings.HasPrefix(o.Key, prefix), o.Key)
					r, err := mustNew(t, c).Open(t.Context(), o)
					require.NoError(t, err)
					content, err := io.ReadAll(r)
					require.NoError(t, err)
					require.EqualValues(t, o.Size, len(content))
					require.NoError(t, r.Close())
					if strings.HasSuffix(o.Key, ".jsonl") && len(content) > 0 {
						require.True(t, json.Valid([]byte(strings.SplitN(string(content), "\n", 2)[0])))
					}
					files++
				}
				require.Positive(t, files, prefix)
			}
			var hours []string
			for hour, err := range d.Folders(t.Context(), "contact_entity_generative_agent/version=1/format=jsonl/dt=2026-11-19/") {
				require.NoError(t, err)
				hours = append(hours, hour)
			}
			require.Len(t, hours, 24)
			c.APISecret = "another"
			for _, err := range mustNew(t, c).List(t.Context(), "") {
				require.True(t, fault.Is(err, fault.AuthFailed), "%v", err)
				require.NotContains(t, err.Error(), "another")
			}
		})
	}
}

// How often a refusal is answered with another request, and what it is in the end.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		pauses []time.Duration
		kind   fault.Kind
		after  time.Duration
	}{
		"429": {429, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}, fault.RateLimited, 12 * time.Hour},
		"503": {503, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}, fault.Upstream, 0},
		"500": {500, []time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second}, fault.Upstream, 0},
		"401": {401, nil, fault.AuthFailed, 0},
		"403": {403, nil, fault.PermissionDenied, 0},
		"404": {404, nil, fault.NotFound, 0},
		"422": {422, nil, fault.InvalidSpec, 0},
		"307": {307, nil, fault.InvalidSpec, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			s.calls = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, `{"error":{"requestId":"req-7","code":"`+name+`-03","message":"no"}}`)
			}
			config, paused, now := s.config(), []time.Duration(nil), noon
			config.Now = func() time.Time { return now }
			config.Pause = func(_ context.Context, d time.Duration) error { paused = append(paused, d); return nil }
			d := mustNew(t, config)
			err := listed(t, d)
			require.Equal(t, c.pauses, paused)
			require.Len(t, s.asked, len(c.pauses)+1)
			var said *fault.Error
			require.ErrorAs(t, err, &said)
			require.Equal(t, c.kind, said.Kind, "%v", err)
			require.Equal(t, c.after, said.RetryAfter)
			require.ErrorContains(t, err, "request id req-7")
			require.ErrorContains(t, err, name+"-03")
			if c.kind != fault.RateLimited {
				return
			}
			require.True(t, fault.Is(listed(t, d), fault.RateLimited))
			require.Len(t, s.asked, len(c.pauses)+1, "nothing more is asked on that day")
			s.calls, now = nil, now.Add(12*time.Hour)
			require.NoError(t, listed(t, d), "the next day")
		})
	}
}

func listed(t *testing.T, d *Door) (err error) {
	for _, err = range d.List(t.Context(), "") {
	}
	return err
}

// An address that has lapsed is replaced once; what stays shut is told without the address.
func TestLapsedAddress(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	const key = "utterances/version=1/format=jsonl/dt=2026-11-19/u.jsonl"
	s.put(t, key, []byte("content"))
	d := mustNew(t, s.config())
	var o feed.Object
	for found, err := range d.List(t.Context(), "") {
		require.NoError(t, err)
		o = found
	}
	for name, refusals := range map[string]int{"once": 1, "for good": 1 << 10} {
		t.Run(name, func(t *testing.T) {
			before := s.given
			s.shut = refusals
			r, err := d.Open(t.Context(), o)
			require.Equal(t, before+2, s.given, "one address more")
			if refusals > 1 {
				require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
				require.NotContains(t, err.Error(), "X-Amz")
				return
			}
			require.NoError(t, err)
			content, err := io.ReadAll(r)
			require.NoError(t, err)
			require.Equal(t, "content", string(content))
			require.NoError(t, r.Close())
		})
		s.shut = 0
	}
}

// A day is whole some time after 02:00 of the next one, at the earliest.
func TestRefreshed(t *testing.T) {
	t.Parallel()
	d := mustNew(t, newShelf(t).config())
	want := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	require.Equal(t, want, d.Refreshed(feed.Stamp{Date: "2026-11-20", Hour: feed.None, Minute: feed.None}))
	require.Equal(t, want, d.Refreshed(feed.Stamp{Date: "2026-11-20", Hour: 23, Minute: 45}))
}

// What the platform says of its clock counts, whatever ours says: an age of files is a difference of its times.
func TestClockOfThePlatform(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put(t, "utterances/version=1/format=jsonl/dt=2026-11-19/u.jsonl", []byte("content"))
	for _, off := range []time.Duration{0, time.Hour, -time.Hour} {
		c := s.config()
		c.Now = func() time.Time { return time.Now().Add(off) }
		d := mustNew(t, c)
		require.Zero(t, d.Ahead(), "nothing was answered yet")
		require.NoError(t, listed(t, d))
		require.InDelta(t, -off.Seconds(), d.Ahead().Seconds(), 5)
	}
}
