package liveperson

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// spoiler changes what APIs answer, once it is told how.
type spoiler struct {
	http.RoundTripper
	change func(body []byte) []byte
}

// RoundTrip implements http.RoundTripper.
func (s *spoiler) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := s.RoundTripper.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusOK || strings.Contains(r.URL.Path, "baseURI") || strings.Contains(r.URL.Path, "token") ||
		strings.HasSuffix(r.URL.Path, "/files") {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	body = s.change(body)
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Content-Length")
	return res, nil
}

var (
	allTexts   = regexp.MustCompile(`:"[^"]*"`)
	allNumbers = regexp.MustCompile(`:-?\d[\d.]*`)
	allLists   = regexp.MustCompile(`\[`)
	allObjects = regexp.MustCompile(`\{"`)
)

func always(text string) func([]byte) []byte { return func([]byte) []byte { return []byte(text) } }

func everywhere(r *regexp.Regexp, with string) func([]byte) []byte {
	return func(b []byte) []byte { return r.ReplaceAllLiteral(b, []byte(with)) }
}

// hostileAnswers are what no answer should be.
var hostileAnswers = map[string]func([]byte) []byte{
	"nothing":             always(""),
	"null":                always("null"),
	"a text":              always(`"text"`),
	"a number":            always("1e999"),
	"an empty object":     always("{}"),
	"an empty list":       always("[]"),
	"a list of null":      always("[null]"),
	"a bottomless one":    always(strings.Repeat("[", 1<<20)),
	"a bottomless object": always(strings.Repeat(`{"a":`, 1<<20)),
	"half of it":          func(b []byte) []byte { return b[:len(b)/2] },
	"texts as lists":      everywhere(allTexts, `:[]`),
	"texts as numbers":    everywhere(allTexts, `:1`),
	"long numbers":        everywhere(allNumbers, `:99999999999999999999`),
	"negative numbers":    everywhere(allNumbers, `:-7`),
	"numbers as texts":    everywhere(allNumbers, `:"x"`),
	"numbers as objects":  everywhere(allNumbers, `:{}`),
	"no numbers":          everywhere(allNumbers, `:null`),
	"no texts":            everywhere(allTexts, `:null`),
	"empty texts":         everywhere(allTexts, `:""`),
	"lists of null":       everywhere(allLists, `[null,`),
	"deep members":        everywhere(allObjects, `{"deep":`+strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001)+`,"`),
	"a member twice":      everywhere(allObjects, `{"twice":1,"twice":2,"`),
	"broken text":         everywhere(allObjects, "{\"broken\":\"\xff\xfe\xed\xa0\x80\",\""),
	"text after it":       func(b []byte) []byte { return append(b, "garbage"...) },
	"twice":               func(b []byte) []byte { return append(bytes.Clone(b), b...) },
}

// Whatever is wrong with an answer of an API: all of what it should tell of is staged, as it came, or the fetch fails with
// what is wrong. Elements that only their ids told apart are one when those are gone and nothing else differs.
func TestHostileAnswersOfEveryAPI(t *testing.T) {
	c := startCloud(t, 40_000)
	plain := c.http.Transport
	from, to := c.now-2*hour, c.now-hour
	for _, resource := range slices.Sorted(maps.Keys(resources)) {
		q := source.Query{Resource: resource, From: from, To: to, Now: c.now}
		fetch := func(through http.RoundTripper) (int, error) {
			c.http.Transport = through
			m := newMemory()
			err := c.client(t, with(Credentials{OAuth1: testCredentials().OAuth1, OAuth2: app()})).Fetch(t.Context(), q, m)
			byID, _ := m.records()
			return len(byID), err
		}
		want, err := fetch(plain)
		require.NoError(t, err, resource)
		require.Positive(t, want, resource)
		for name, change := range hostileAnswers {
			got, err := fetch(&spoiler{plain, change})
			switch of := resource + ", " + name; {
			case err != nil:
				var why *fault.Error
				require.ErrorAs(t, err, &why, of)
				require.Contains(t, []fault.Kind{fault.SchemaMismatch, fault.Upstream, fault.PartialData, fault.CountMismatch}, why.Kind, "%s: %v", of, err)
			case name == "an empty list" && lists[resource].name != "":
				require.Zero(t, got, of)
			case strings.Contains(name, "numbers") && (resource == EstimatedWait || resource == ChatSLABySkill):
				require.LessOrEqual(t, got, want, of)
			default:
				require.GreaterOrEqual(t, got, want, of) // a further member may be a further skill
			}
		}
	}
}

// Of two different elements of one answer with the same id neither is taken.
func TestTwoElementsOfOneIDAreRefused(t *testing.T) {
	for body, says := range map[string]string{
		`[{"id":1,"name":"a"},{"id":1,"name":"b"}]`: `two different elements with the id "1"`,
		`[{"id":null,"name":"a"}]`:                  "element 0 of the skills: it has no id",
		`[{"id":{},"name":"a"}]`:                    "element 0 of the skills: it has no id",
	} {
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		err := client(t, s.Server, newFakeTime()).Fetch(t.Context(), source.Query{Resource: "skills", Now: noon}, newMemory())
		require.Equal(t, fault.SchemaMismatch, fault.KindOf(err), "%v", err)
		require.ErrorContains(t, err, says)
	}
}
