package liveperson

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// replacing sends requests on, and lets the test write the answers of some anew; nil: as it came.
type replacing struct {
	http.RoundTripper
	answer func(r *http.Request, body []byte) []byte
}

func (t replacing) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "/agent-segments") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if other := t.answer(r, body); other != nil {
		body, res.ContentLength = other, int64(len(other))
		res.Header.Del("Content-Length")
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

// A file that is missing from the list is noticed by the segments that it should tell of: their
// handle time would be a green zero. One that comes with the next list is read.
func TestAFileThatIsNotListedIsMissed(t *testing.T) {
	c := startCloud(t, 8000)
	from, to := c.now-3*day, c.now-2*day
	_, units := c.segmentsOf(t, from, to)
	require.NotEmpty(t, units)
	for name, tc := range map[string]struct {
		lists int // without a file; the day begins at noon, so that there are two slices
		want  fault.Kind
	}{"for good": {1000, fault.PartialData}, "at first": {1, ""}} {
		t.Run(name, func(t *testing.T) {
			lists, dropped := 0, ""
			hidden := *c.http
			hidden.Transport = replacing{hidden.Transport, func(r *http.Request, body []byte) []byte {
				if !strings.HasSuffix(r.URL.Path, "/breakdown") {
					return nil
				}
				var list struct {
					Files []string `json:"files"`
				}
				require.NoError(t, json.Unmarshal(body, &list))
				if lists++; lists > tc.lists || len(list.Files) == 0 {
					return nil
				}
				dropped, list.Files = list.Files[0], list.Files[1:]
				body, _ = json.Marshal(list)
				return body
			}}
			m := newMemory()
			one := func(c *Config) { c.HTTP, c.Limits = &hidden, Limits{Concurrent: 1} }
			err := c.client(t, one).Fetch(t.Context(), source.Query{Resource: HandleBreakdown, From: from, To: to, Now: c.now}, m)
			require.NotEmpty(t, dropped)
			if tc.want != "" {
				require.Equal(t, tc.want, fault.KindOf(err), "%v", err)
				require.ErrorContains(t, err, "have handle time, and no file tells of it")
				return
			}
			require.NoError(t, err)
			require.Subset(t, idsInOrder(t, m), units)
			require.Equal(t, m.counts().Kept, int64(len(idsInOrder(t, m))))
		})
	}
}

// breakdownOf serves one file, as often as it is asked for by what file says, and no segments.
func breakdownOf(t *testing.T, file func(n int) []byte) *service {
	reads := 0
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/breakdown"):
			_, _ = fmt.Fprint(w, `{"files":["/one"]}`)
		case strings.HasSuffix(r.URL.Path, "/files"):
			reads++
			_, _ = w.Write(file(reads))
		default:
			_, _ = fmt.Fprint(w, `{"segments":[],"pagination":{"count":0}}`)
		}
	})
}

// unitLines packs lines that hardly compress, and says how long they are.
func unitLines(t *testing.T, segment string, n int) (packed []byte, length int) {
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		wrote, err := fmt.Fprintf(z, `{"segmentId":"%s","sequence":%d,"startTimestamp":%d,"endTimestamp":%d}`+"\n", segment, i+1, random.Uint64(), random.Uint64())
		require.NoError(t, err)
		length += wrote
	}
	require.NoError(t, z.Close())
	return file.Bytes(), length
}

// A file may be longer than an answer: it is packed, and its lines are staged as they come.
func TestALongBreakdownFileIsStreamed(t *testing.T) {
	packed, length := unitLines(t, "s", 20_000)
	require.Greater(t, length, 2*len(packed))
	s := breakdownOf(t, func(int) []byte { return packed })
	m := newMemory()
	small := func(c *Config) { c.Limits.MaxBody = int64(len(packed)) }
	require.NoError(t, client(t, s.Server, newFakeTime(), small).Fetch(t.Context(), source.Query{Resource: HandleBreakdown, From: noon - hour, To: noon}, m))
	require.Len(t, idsInOrder(t, m), 20_000)
}

// What a file that broke off has told is in no slice: another one came in its place.
func TestABreakdownFileThatBreaksOff(t *testing.T) {
	old, _ := unitLines(t, "old", 20_000)
	whole, _ := unitLines(t, "new", 10)
	s := breakdownOf(t, func(n int) []byte {
		if n == 1 {
			return old[:len(old)/2]
		}
		return whole
	})
	m := newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), source.Query{Resource: HandleBreakdown, From: noon - hour, To: noon}, m))
	ids := idsInOrder(t, m)
	require.Len(t, ids, 10)
	require.NotContains(t, strings.Join(ids, ","), "old")
	require.EqualValues(t, 10, m.counts().Kept)
}

// A unit that two files tell counts once, as it is staged once.
func TestAUnitThatIsToldTwiceCountsOnce(t *testing.T) {
	one, _ := unitLines(t, "s", 5)
	s := breakdownOf(t, func(int) []byte { return append(bytes.Clone(one), one...) })
	m := newMemory()
	require.NoError(t, client(t, s.Server, newFakeTime()).Fetch(t.Context(), source.Query{Resource: HandleBreakdown, From: noon - hour, To: noon}, m))
	require.Len(t, idsInOrder(t, m), 5)
	require.EqualValues(t, 5, m.counts().Kept)
	require.EqualValues(t, 5, m.counts().Duplicates)
}

func TestALineWithoutEndIsRefused(t *testing.T) {
	long, _ := unitLines(t, strings.Repeat("s", maxUnit), 1)
	s := breakdownOf(t, func(int) []byte { return long })
	err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), source.Query{Resource: HandleBreakdown, From: noon - hour, To: noon}, newMemory())
	require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
	require.ErrorContains(t, err, "/one: a line is longer than 1024 KiB")
}
