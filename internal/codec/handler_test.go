package codec_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"transporter/internal/codec"
)

const (
	ui    = "http://127.0.0.1:8233"
	token = "a-token-of-the-operator"
)

func serve(t *testing.T, encode bool) (*httptest.Server, *codec.Codec) {
	c := codec.New(ring(t, "a", map[string][]byte{"a": key(1)}), namespace)
	s := httptest.NewServer(codec.Handler(codec.HandlerOptions{
		Codecs: map[string]*codec.Codec{namespace: c}, Origins: []string{ui},
		Authorize: codec.BearerToken(token), Encode: encode,
	}))
	t.Cleanup(s.Close)
	return s, c
}

func body(t *testing.T, p ...*commonpb.Payload) []byte {
	b, err := protojson.Marshal(&commonpb.Payloads{Payloads: p})
	require.NoError(t, err)
	return b
}

func send(t *testing.T, method, url string, body []byte, header map[string]string) *http.Response {
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	require.NoError(t, err)
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestHandlerDecodes(t *testing.T) {
	s, c := serve(t, false)
	in := payload([]byte(`"hello"`))
	enc, err := c.Encode([]*commonpb.Payload{in})
	require.NoError(t, err)
	resp := send(t, http.MethodPost, s.URL+"/decode", body(t, enc[0]),
		map[string]string{"Authorization": "Bearer " + token, "X-Namespace": namespace, "Origin": ui})
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, ui, resp.Header.Get("Access-Control-Allow-Origin"))
	var text bytes.Buffer
	_, err = text.ReadFrom(resp.Body)
	require.NoError(t, err)
	var got commonpb.Payloads
	require.NoError(t, protojson.Unmarshal(text.Bytes(), &got))
	require.True(t, proto.Equal(in, got.Payloads[0]))
}

func TestHandlerRefuses(t *testing.T) {
	s, _ := serve(t, false)
	good := map[string]string{"Authorization": "Bearer " + token, "X-Namespace": namespace}
	with := func(k, v string) map[string]string {
		return map[string]string{"Authorization": good["Authorization"], "X-Namespace": good["X-Namespace"], k: v}
	}
	huge := []byte(`{"payloads":[{"data":"` + strings.Repeat("A", 17<<20) + `"}]}`)
	for name, c := range map[string]struct {
		method, path string
		body         []byte
		header       map[string]string
		want         int
	}{
		"no token":          {http.MethodPost, "/decode", body(t), with("Authorization", ""), http.StatusUnauthorized},
		"wrong token":       {http.MethodPost, "/decode", body(t), with("Authorization", "Bearer x"), http.StatusUnauthorized},
		"another scheme":    {http.MethodPost, "/decode", body(t), with("Authorization", "Basic "+token), http.StatusUnauthorized},
		"no namespace":      {http.MethodPost, "/decode", body(t), with("X-Namespace", ""), http.StatusForbidden},
		"another namespace": {http.MethodPost, "/decode", body(t), with("X-Namespace", "other"), http.StatusForbidden},
		"GET":               {http.MethodGet, "/decode", nil, good, http.StatusMethodNotAllowed},
		"encode is off":     {http.MethodPost, "/encode", body(t, payload([]byte(`"x"`))), good, http.StatusForbidden},
		"encode, no token":  {http.MethodPost, "/encode", body(t), with("Authorization", ""), http.StatusUnauthorized},
		"no JSON":           {http.MethodPost, "/decode", []byte("{"), good, http.StatusBadRequest},
		"too large":         {http.MethodPost, "/decode", huge, good, http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, send(t, c.method, s.URL+c.path, c.body, c.header).StatusCode)
		})
	}
}

func TestHandlerEncodesWhenAllowed(t *testing.T) {
	s, _ := serve(t, true)
	resp := send(t, http.MethodPost, s.URL+"/encode", body(t, payload([]byte(`"x"`))),
		map[string]string{"Authorization": "Bearer " + token, "X-Namespace": namespace})
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestPreflight(t *testing.T) {
	s, _ := serve(t, false)
	ask := map[string]string{
		"Origin": ui, "Access-Control-Request-Method": "POST",
		"Access-Control-Request-Headers": "content-type,x-namespace,authorization",
	}
	resp := send(t, http.MethodOptions, s.URL+"/decode", nil, ask)
	require.Equal(t, http.StatusNoContent, resp.StatusCode, "a preflight carries no credentials and must pass")
	require.Equal(t, ui, resp.Header.Get("Access-Control-Allow-Origin"))
	require.Contains(t, resp.Header.Get("Access-Control-Allow-Methods"), "POST")
	require.Contains(t, resp.Header.Get("Access-Control-Allow-Headers"), "X-Namespace")
	require.Equal(t, "Origin", resp.Header.Get("Vary"))

	ask["Origin"] = "http://evil.example"
	resp = send(t, http.MethodOptions, s.URL+"/decode", nil, ask)
	require.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
}

func TestEmptyTokenAuthorizesNobody(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/decode", nil)
	r.Header.Set("Authorization", "Bearer ")
	require.False(t, codec.BearerToken("")(r, namespace))
}
