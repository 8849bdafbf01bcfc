package sandbox_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/sandbox/oauth"
	"transporter/internal/sandbox/sandboxtest"
)

// signer writes an Authorization header in the plainest way: its own base string from
// net/url's form encoding, which agrees with RFC 5849 but for the blank.
type signer struct {
	key    oauth.Key
	change func(map[string]string) // applied before signing
	spoil  func(map[string]string) // applied after signing
}

func (s signer) header(method, target string) string {
	u, err := url.Parse(target)
	if err != nil {
		panic(err)
	}
	p := map[string]string{
		"oauth_consumer_key": s.key.Consumer, "oauth_token": s.key.Token, "oauth_signature_method": "HMAC-SHA1",
		"oauth_timestamp": fmt.Sprint(time.Now().Unix()), "oauth_nonce": rand.Text(), "oauth_version": "1.0",
	}
	if s.change != nil {
		s.change(p)
	}
	v := u.Query()
	for name, value := range p {
		v.Set(name, value)
	}
	parameters := strings.ReplaceAll(v.Encode(), "+", "%20")
	base := method + "&" + url.QueryEscape(u.Scheme+"://"+u.Host+u.EscapedPath()) + "&" + url.QueryEscape(parameters)
	mac := hmac.New(sha1.New, []byte(s.key.ConsumerSecret+"&"+s.key.TokenSecret))
	mac.Write([]byte(base))
	p["oauth_signature"] = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if s.spoil != nil {
		s.spoil(p)
	}
	var parts []string
	for name, value := range p {
		parts = append(parts, name+`="`+url.QueryEscape(value)+`"`)
	}
	return "OAuth " + strings.Join(parts, ", ")
}

// answer is one response, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func do(t testing.TB, r *sandboxtest.Running, method, target, body string, s signer) answer {
	t.Helper()
	a, err := try(r, method, target, body, s)
	require.NoError(t, err)
	return a
}

func try(r *sandboxtest.Running, method, target, body string, s signer) (answer, error) {
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if s.key != (oauth.Key{}) {
		req.Header.Set("Authorization", s.header(method, target))
	}
	res, err := r.Client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

// result is the envelope of a search.
type result struct {
	Metadata struct {
		Count  int
		Self   struct{ Href string }
		Next   *struct{ Href string }
		Last   struct{ Href string }
		Shards struct{ PartialResult bool } `json:"shardsStatusResult"`
	} `json:"_metadata"`
	Records []record `json:"conversationHistoryRecords"`
}

// record is what the tests look at.
type record struct {
	Info struct {
		ConversationID, BrandID, Status, LatestAgentID string
		StartTimeL, EndTimeL                           int64
		ConversationEndTimeL, FullDialogEndTimeL       int64
		LatestSkillID                                  int64
		EndTime, StartTime, FullDialogStatus           string
		IsPartial                                      bool
	}
	MessageRecords []struct {
		MessageID, DialogID string
		TimeL               int64
		MessageData         struct {
			File *struct{ Preview string }
		}
	}
	ConsumerParticipants []struct{ ParticipantID string }
	Dialogs              []struct{ DialogID, DialogType string }
	Interactions         []struct{ AssignedAgentID string }
}

var good = signer{key: sandboxtest.Key}

const (
	searchPath   = "/messaging_history/api/account/" + sandboxtest.AccountID + "/conversations/search"
	byIDPath     = "/messaging_history/api/account/" + sandboxtest.AccountID + "/conversations/conversation/search"
	consumerPath = "/messaging_history/api/account/" + sandboxtest.AccountID + "/conversations/consumer/search"
	usersPath    = "/api/account/" + sandboxtest.AccountID + "/configuration/le-users/users"
)

func search(t testing.TB, r *sandboxtest.Running, query, body string) result {
	t.Helper()
	a := do(t, r, "POST", r.URL+searchPath+"?source=test&"+query, body, good)
	require.Equal(t, 200, a.status, "%s", a.body)
	return decode(t, a.body)
}

func decode(t testing.TB, body []byte) result {
	t.Helper()
	var res result
	require.NoError(t, json.Unmarshal(body, &res))
	return res
}

func ms(t time.Time) int64 { return t.UnixMilli() }

func startBody(from, to time.Time, more string) string {
	return fmt.Sprintf(`{"start":{"from":%d,"to":%d}%s}`, ms(from), ms(to), more)
}

// doWithHeader posts with an Authorization header made elsewhere.
func doWithHeader(t testing.TB, r *sandboxtest.Running, target, body, header string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, target, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", header)
	res, err := r.Client.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{res.StatusCode, res.Header, b}
}
