package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const publishedConnector = "../../../shared/samples/liveperson/connector"

// published reads a sample; names of conversations and the like are replaced as the pairs say.
func published(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(publishedConnector, name))
	if err != nil {
		t.Skip("the published samples are not here")
	}
	return strings.NewReplacer(pairs...).Replace(string(b))
}

// elsewhere are samples that other tests, named here, take or compare.
var elsewhere = map[string]string{
	"agentvep_login_response.json":                  "internal/sandbox: login",
	"installation_entity.json":                      "internal/sandbox: installations",
	"installations_list.json":                       "internal/sandbox: installations",
	"manifest_connector.json":                       "internal/sandbox/installs",
	"manifest_custom_connector_full.json":           "internal/sandbox/installs",
	"manifest_retry_numbers.json":                   "internal/sandbox/installs",
	"manifest_retry_retention_time.json":            "internal/sandbox/installs",
	"manifest_retry_retention_time_except_one.json": "internal/sandbox/installs",
	"webhook_signature_test_vectors.json":           "internal/webhook",
}

func TestEverySampleIsTakenOrMade(t *testing.T) {
	entries, err := os.ReadDir(publishedConnector)
	if err != nil {
		t.Skip("the published samples are not here")
	}
	for _, e := range entries {
		var roles int
		for _, there := range []bool{accepted[e.Name()] != nil, produced[e.Name()].got != nil, elsewhere[e.Name()] != ""} {
			if there {
				roles++
			}
		}
		require.Equal(t, 1, roles, e.Name())
	}
	require.Len(t, entries, len(accepted)+len(produced)+len(elsewhere), "a name of the table that is no sample")
}

func TestSamplesThatAreAccepted(t *testing.T) {
	c := startChannel(t)
	for name, accept := range accepted {
		t.Run(name, func(t *testing.T) { accept(c.in(t), name) })
	}
}

func TestSamplesThatAreProduced(t *testing.T) {
	c := startChannel(t)
	for name, one := range produced {
		t.Run(name, func(t *testing.T) {
			want := decoded(t, []byte(published(t, name)))
			got := one.got(c.in(t), &want)
			if one.shape {
				require.Empty(t, missing(shapeOf(want), shapeOf(got)), "what the sample has and the sandbox does not")
				return
			}
			want, got = masked(want, "", nil, one.undetermined), masked(got, "", one.extra, one.undetermined)
			require.Equal(t, pretty(t, want), pretty(t, got))
		})
	}
}

// pretty makes differences readable; the order of members does not count.
func pretty(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(b)
}

// masked replaces what nobody can foretell, ids and times by default, by its kind, drops nulls and
// the members that samples of that age lack, and puts participants into one order.
func masked(v any, name string, drop, undetermined []string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, one := range v {
			if one != nil && !slices.Contains(drop, k) {
				out[k] = masked(one, k, drop, undetermined)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = masked(one, name, drop, undetermined)
		}
		if name == "participants" || name == "participantsDetails" {
			slices.SortFunc(out, func(a, b any) int {
				return strings.Compare(a.(map[string]any)["role"].(string), b.(map[string]any)["role"].(string))
			})
		}
		return out
	case string:
		if slices.Contains(anyID, name) || slices.Contains(undetermined, name) || name == "replies" {
			return "<text>"
		}
	case float64:
		if strings.HasSuffix(name, "Ts") || name == "serverTimestamp" || slices.Contains(undetermined, name) {
			return "<number>"
		}
	}
	return v
}

// anyID are the members whose values are ids.
var anyID = []string{"id", "originatorId", "conversationId", "dialogId", "convId", "brandId", "appInstallId", "questionId", "groupId"}

// shapeOf is the set of members with their kinds, whatever they are in.
func shapeOf(v any) map[string]bool {
	out := map[string]bool{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, one := range v {
				walk(path+"."+k, one)
			}
		case []any:
			for _, one := range v {
				walk(path+"[]", one)
			}
		case string:
			out[path+" text"] = true
		case float64:
			out[path+" number"] = true
		case bool:
			out[path+" truth"] = true
		}
	}
	walk("", v)
	return out
}

func missing(want, got map[string]bool) []string {
	var list []string
	for path := range want {
		if !got[path] {
			list = append(list, path)
		}
	}
	slices.Sort(list)
	return list
}
