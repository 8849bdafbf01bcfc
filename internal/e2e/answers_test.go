package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

// answers asks every GET route of the API for everything there is, by path.
func (b *brand) answers(t *testing.T) map[string][]byte {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(b.ask(t, "/openapi.json"), &doc))
	all := map[string][]byte{}
	for path, methods := range doc.Paths {
		if _, ok := methods["get"]; ok {
			for _, concrete := range b.fill(t, path) {
				body, header := b.askAll(t, concrete)
				all[concrete] = append(body, fmt.Sprint(header)...)
			}
		}
	}
	require.Greater(t, len(all), 25)
	return all
}

// fill replaces the parameters of a path by every value that exists.
func (b *brand) fill(t *testing.T, path string) []string {
	t.Helper()
	if strings.HasSuffix(path, "/events") || strings.HasSuffix(path, "/files/{position}") {
		return nil // a stream that does not end; a file of a conversation that has none
	}
	open, shut := strings.Index(path, "{"), strings.Index(path, "}")
	if open < 0 {
		return []string{path}
	}
	var values []string
	switch name := path[open+1 : shut]; name {
	case "a":
		values = []string{b.account}
	case "report":
		values = []string{"msg.messages", "cfg.users"}
	case "vendor":
		values = []string{"verint", "calabrio"}
	case "schema":
		values = []string{"Task.json", "Source.json"}
	case "run":
		runs, err := b.api.Runs(t.Context(), b.account, apiclient.RunFilter{})
		require.NoError(t, err)
		for _, r := range runs {
			values = append(values, r.ID)
		}
	case "n":
		run, _, _ := strings.Cut(strings.SplitN(path, "/runs/", 2)[1], "/")
		for _, f := range b.look(t, run).Files {
			if f.Encrypted {
				values = append(values, strconv.Itoa(f.N))
			}
		}
	case "b":
		all, err := b.api.Backfills(b.account, strings.Split(path, "/")[5]).List(t.Context())
		require.NoError(t, err)
		for _, one := range all {
			values = append(values, one.ID)
		}
	case "signed": // the address of a link is known to who got the mail alone
		return nil
	case "feed":
		values = []string{"convos_metrics"}
		path += "?source=" + b.feedSourceID(t)
	case "id":
		values = b.ids(t, strings.Split(path, "/")[4])
	default:
		t.Fatalf("what is {%s} of %s?", name, path)
	}
	if strings.HasSuffix(path, "/certificate") { // its period has to be named
		path += "?from=" + b.now.Add(-24*time.Hour).Format(time.RFC3339) + "&to=" + b.now.Format(time.RFC3339)
	}
	var paths []string
	for _, v := range values {
		paths = append(paths, b.fill(t, path[:open]+v+path[shut+1:])...)
	}
	return paths
}

// feedSourceID is the account's source of feeds.
func (b *brand) feedSourceID(t *testing.T) string {
	t.Helper()
	all, err := b.api.Sources(b.account).List(t.Context())
	require.NoError(t, err)
	at := slices.IndexFunc(all, func(s httpapi.SourceView) bool { return s.Kind == "asapp" })
	require.GreaterOrEqual(t, at, 0)
	return all[at].ID
}

// ids are those of a kind of thing that the account owns.
func (b *brand) ids(t *testing.T, kind string) []string {
	t.Helper()
	var list struct{ Items []struct{ ID string } }
	require.NoError(t, json.Unmarshal(b.ask(t, "/v1/accounts/"+b.account+"/"+kind), &list))
	require.NotEmpty(t, list.Items, kind)
	var ids []string
	for _, x := range list.Items {
		ids = append(ids, x.ID)
	}
	return ids
}

// ask returns the body of an answer.
func (b *brand) ask(t *testing.T, path string) []byte {
	t.Helper()
	body, _ := b.askAll(t, path)
	return body
}

func (b *brand) askAll(t *testing.T, path string) ([]byte, http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, b.APIURL()+path, http.NoBody)
	require.NoError(t, err)
	token, err := b.Token()
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode, "%s: %s", path, text)
	return text, res.Header
}
