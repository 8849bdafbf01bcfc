package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/connector"
	connect "transporter/internal/connector/liveperson"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/journal"
	"transporter/internal/sandbox"
	"transporter/internal/sandbox/live"
	"transporter/internal/sandbox/sandboxtest"
	"transporter/internal/seal"
	"transporter/internal/source/liveperson"
	"transporter/internal/store"
)

const platformAccount = sandboxtest.AccountID

// Paths of the Send API, as faults name them.
const (
	pathOpen = "/api/account/" + platformAccount + "/messaging/consumer/conversation"
	pathSend = pathOpen + "/send"
)

// talking are the steps over a sandbox and a store.
type talking struct {
	*Connector
	*sandboxtest.Running
	platform connector.Platform
	told     []contract.Opened
	mute     bool // the workflow cannot be told of the first message
}

// It is what the steps reach the account, the platform and the workflow by.
func (k *talking) Snapshot(context.Context, string) (account.Snapshot, error) {
	return account.Snapshot{
		ID: "acme", Sources: map[string]account.Source{"src": {}}, Apps: map[string]account.App{"app": {Source: "src"}, "lost": {Source: "gone"}},
	}, nil
}

func (k *talking) Opened(_ context.Context, _ contract.ConversationRef, o contract.Opened) error {
	if o.First != nil && k.mute {
		return fault.New(fault.Upstream, "Temporal does not answer")
	}
	k.told = append(k.told, o)
	return nil
}

type opener func() connector.Platform

func (o opener) Connector(context.Context, string, account.App, account.Source) (connector.Platform, error) {
	return o(), nil
}

func startTalking(t *testing.T) *talking {
	t.Helper()
	app := sandbox.App{ID: "connector-0001", Secret: "connector-secret-0001", Scopes: []string{"msg.consumer"}}
	r := sandboxtest.Start(t, sandbox.Config{Accounts: []sandbox.Account{{
		ID: platformAccount, Keys: []sandbox.Key{{Key: sandboxtest.Key}}, Users: []sandbox.User{sandboxtest.User}, Apps: []sandbox.App{app}, Conversations: 10,
	}}})
	client := guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}).Client(r.Client.Transport.(*http.Transport).TLSClientConfig.RootCAs)
	at, err := liveperson.New(liveperson.Config{
		PlatformAccount: platformAccount, DomainURL: r.DomainURL, HTTP: client,
		Credentials: liveperson.Credentials{Login: &liveperson.Login{
			Username: seal.Secret(sandboxtest.User.Name), Password: seal.Secret(sandboxtest.User.Password),
		}},
	})
	require.NoError(t, err)
	platform, err := connect.New(connect.Config{PlatformAccount: platformAccount, ClientID: app.ID, Secret: seal.Secret(app.Secret), Account: at, HTTP: client})
	require.NoError(t, err)
	st, err := store.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	ring, err := seal.NewRing("k1", map[string][]byte{"k1": make([]byte, 32)})
	require.NoError(t, err)
	k := &talking{Running: r, platform: platform}
	kept := journal.New(st, seal.NewBox(ring))
	k.Connector = &Connector{
		Accounts: k, Platforms: opener(func() connector.Platform { return platform }), Bodies: kept, Journal: kept, Told: k, Now: time.Now,
	}
	return k
}

// attempt returns the attempt of that number, which knows what the one before left.
func (k *talking) attempt(number int32, last tried) *attempt {
	a := newAttempt(number, time.Now(), nil, time.Now)
	a.last, a.keep = last, func(tried) {}
	a.doubt()
	return a
}

// record returns the sandbox's own account of the only conversation.
func (k *talking) record(t *testing.T) live.Record {
	t.Helper()
	list := k.Live().List(platformAccount)
	require.Len(t, list, 1)
	r, ok := k.Live().Record(platformAccount, list[0].ID)
	require.True(t, ok)
	return r
}

func (k *talking) open1(t *testing.T) contract.ConversationRef {
	t.Helper()
	out, err := k.open(t.Context(), k.attempt(1, tried{}), contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o"})
	require.NoError(t, err)
	return contract.ConversationRef{Account: "acme", App: "app", Conversation: out.Conversation}
}

// Whatever is lost on the way, a message is taken once, and its number is found.
func TestAMessageIsTakenOnce(t *testing.T) {
	file := bytes.Repeat([]byte("\x89PNG\r\n\x1a\n"), 300)
	for name, send := range map[string]contract.SendIn{
		"a text":             {IdemKey: "m-1", Text: "Zdravo 😀"},
		"structured content": {IdemKey: "m-1", Event: json.RawMessage(`{"type":"RichContentEvent","content":{"type":"text","text":"x"}}`)},
		"a file":             {IdemKey: "m-1", File: &contract.FileRef{Type: "PNG", Caption: "a picture"}},
	} {
		for _, kind := range []sandbox.Kind{sandbox.LostAnswer, sandbox.CutBody} {
			t.Run(name+" "+string(kind), func(t *testing.T) {
				k := startTalking(t)
				ref := k.open1(t)
				if send.File != nil {
					blob, err := k.Bodies.PutBody(t.Context(), ref, file)
					require.NoError(t, err)
					send.File.Blob = blob
				}
				in := contract.CallIn{ConversationRef: ref, Consumer: "kim", Dialog: ref.Conversation, Send: &send}
				lost := sandbox.Fault{Path: pathSend, Kind: kind}
				if send.File != nil {
					lost.After = 1 // the address to upload to
				}
				require.NoError(t, k.SetFaults(lost))
				first := k.attempt(1, tried{})
				_, err := k.call(t.Context(), first, in)
				require.Error(t, err)
				require.NotZero(t, first.last.Maybe)

				out, err := k.call(t.Context(), k.attempt(2, first.last), in)
				require.NoError(t, err)
				require.Equal(t, ref.Conversation, out.Dialog)
				require.Equal(t, 0, out.Sequence)
				require.Equal(t, send.File != nil, out.Event != nil)
				is := k.record(t)
				require.Len(t, is.Events, 1)
				require.JSONEq(t, `[{"type":"ExternalId","id":"m-1"}]`, string(is.Events[0].Metadata))
			})
		}
	}
}

// Whatever is lost on the way, one conversation is opened, its workflow is told, and the first
// message is taken once.
func TestAConversationIsOpenedOnce(t *testing.T) {
	in := contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o-1", Features: []string{"RICH_CONTENT"}, Message: "hello"}
	for name, lost := range map[string]sandbox.Fault{
		"nothing":                   {Path: "/nowhere", Kind: sandbox.LostAnswer},
		"the answer to the opening": {Path: pathOpen, Kind: sandbox.LostAnswer},
		"the answer to the message": {Path: pathSend, Kind: sandbox.LostAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			k := startTalking(t)
			require.NoError(t, k.SetFaults(lost))
			a := k.attempt(1, tried{})
			out, err := k.open(t.Context(), a, in)
			if name != "nothing" {
				require.Error(t, err)
				out, err = k.open(t.Context(), k.attempt(2, a.last), in)
			}
			require.NoError(t, err)
			is := k.record(t)
			require.Equal(t, is.ID, out.Conversation)
			require.Equal(t, is.Consumer, out.Participant)
			require.Equal(t, 0, *out.Sequence)
			require.Len(t, is.Events, 1)
			require.NotEmpty(t, k.told)
			require.Equal(t, "kim", k.told[0].Consumer)
			require.Equal(t, is.Consumer, k.told[0].Participant)
			last := k.told[len(k.told)-1].First
			require.NotNil(t, last, "no webhook needs to tell of it")
			require.Equal(t, []any{"o-1", "hello", 0}, []any{last.IdemKey, last.Text, last.Sequence})
			require.WithinDuration(t, time.Now(), last.At, time.Minute)
		})
	}
}

// A first message of which the workflow could not be told is not sent again, and told of.
func TestAFirstMessageIsTold(t *testing.T) {
	k := startTalking(t)
	k.mute = true
	a := k.attempt(1, tried{})
	in := contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o-1", Message: "hello"}
	_, err := k.open(t.Context(), a, in)
	require.ErrorContains(t, err, "Temporal does not answer")
	k.mute = false
	out, err := k.open(t.Context(), k.attempt(2, a.last), in)
	require.NoError(t, err)
	require.Equal(t, 0, *out.Sequence)
	require.Len(t, k.record(t).Events, 1)
	require.Equal(t, 0, k.told[len(k.told)-1].First.Sequence)
}

// A worker that was killed after it sent the first message leaves no word of that: both are found.
func TestNothingIsRepeatedAfterAKill(t *testing.T) {
	in := contract.OpenIn{Account: "acme", App: "app", Consumer: "kim", IdemKey: "o-1", Message: "hello"}
	k := startTalking(t)
	var words []tried
	first := k.attempt(1, tried{})
	first.keep = func(t tried) { words = append(words, t) }
	_, err := k.open(t.Context(), first, in)
	require.NoError(t, err)
	require.Len(t, words, 2)
	require.Equal(t, 0, *words[1].Opened.Sequence)
	_, err = k.open(t.Context(), k.attempt(2, words[0]), in)
	require.NoError(t, err, "killed after the message: the word of the opening does not speak for that")
	_, err = k.open(t.Context(), k.attempt(2, words[1]), in)
	require.NoError(t, err, "killed when it told of the message")
	require.Len(t, k.record(t).Events, 1)
	out, err := k.open(t.Context(), k.attempt(2, tried{}), in)
	require.NoError(t, err)
	is := k.record(t)
	require.Equal(t, is.ID, out.Conversation)
	require.Equal(t, 0, *out.Sequence)
	require.Len(t, is.Events, 1)

	a := k.attempt(2, tried{}) // killed before the message: it is sent when a minute has shown that it was not
	in.Message = "another"
	in.IdemKey = "o-2"
	_, err = k.open(t.Context(), a, in)
	require.ErrorContains(t, err, "not known yet")
	later := k.attempt(3, a.last)
	later.now = func() time.Time { return time.Now().Add(historyLag) }
	out, err = k.open(t.Context(), later, in)
	require.NoError(t, err)
	require.Equal(t, 1, *out.Sequence)
	require.Len(t, k.record(t).Events, 2)
}

func TestMarksStatesAndChanges(t *testing.T) {
	k := startTalking(t)
	ref := k.open1(t)
	do := func(in contract.CallIn) (contract.SendOut, error) {
		in.ConversationRef, in.Consumer, in.Dialog = ref, "kim", ref.Conversation
		return k.call(t.Context(), k.attempt(1, tried{}), in)
	}
	out, err := do(contract.CallIn{Send: &contract.SendIn{IdemKey: "1", Text: "x", Metadata: json.RawMessage(`{"type":"BotResponse"}`)}})
	require.NoError(t, err)
	require.Zero(t, out.Sequence)
	out, err = do(contract.CallIn{Typing: &contract.TypingIn{State: "PAUSE"}})
	require.NoError(t, err)
	require.Equal(t, conversation.Unnumbered, out.Sequence)
	out, err = do(contract.CallIn{Mark: &contract.MarkIn{Status: "ACCEPT", Sequences: []int{0}}})
	require.NoError(t, err)
	require.Equal(t, 1, out.Sequence)
	for _, change := range []contract.ChangeIn{
		{What: contract.ChangeTTR, TTR: &conversation.TTR{Type: "CUSTOM", Seconds: 90}},
		{What: contract.ChangeSkill, Skill: "77"},
		{What: contract.ChangeCloseStage},
	} {
		_, err = do(contract.CallIn{Change: &change})
		require.NoError(t, err, change.What)
	}
	for _, what := range []string{contract.ChangeCloseDialog, contract.ChangeCloseConversation} {
		k := startTalking(t)
		ref := k.open1(t)
		in := contract.CallIn{ConversationRef: ref, Consumer: "kim", Dialog: ref.Conversation, Change: &contract.ChangeIn{What: what}}
		require.NoError(t, k.SetFaults(sandbox.Fault{Path: pathSend, Kind: sandbox.LostAnswer}))
		first := k.attempt(1, tried{})
		_, err := k.call(t.Context(), first, in)
		require.Error(t, err, what)
		require.Equal(t, "CLOSE", k.record(t).State, what)
		_, err = k.call(t.Context(), k.attempt(2, first.last), in)
		require.NoError(t, err, "it is closed, as was asked for")
		_, err = k.call(t.Context(), k.attempt(1, tried{}), in)
		require.Error(t, err, "somebody else has closed it")
	}
	is := k.record(t)
	require.Equal(t, "77", is.Skill)
	require.Equal(t, "CLOSE", is.Stage)
	require.JSONEq(t, `[{"type":"BotResponse"},{"type":"ExternalId","id":"1"}]`, string(is.Events[0].Metadata))

	_, err = do(contract.CallIn{Change: &contract.ChangeIn{What: "explode"}})
	require.ErrorContains(t, err, "what: ")
	_, err = do(contract.CallIn{})
	require.ErrorContains(t, err, "nothing to send")
	ref.App = "lost"
	_, err = do(contract.CallIn{Typing: &contract.TypingIn{State: "PAUSE"}})
	require.ErrorContains(t, err, `source "gone" of the app was deleted`)
}

// A conversation of any length is told piece by piece, each once, and bodies that are too large lie
// in the store.
func TestHistoryIsToldInPieces(t *testing.T) {
	k := startTalking(t)
	ref := k.open1(t)
	const messages = 80
	for i := range messages {
		text := fmt.Sprint(i, strings.Repeat("x", 5000))
		if i == 7 {
			text = strings.Repeat("y", conversation.MaxInline)
		}
		_, err := k.platform.Publish(t.Context(), connector.Consumer{ID: "kim"}, connector.Place{Conversation: ref.Conversation, Dialog: ref.Conversation}, connector.Text(text), nil)
		require.NoError(t, err)
	}
	in := contract.HistoryIn{ConversationRef: ref, Consumer: "kim", After: map[string]int{ref.Conversation: 2}}
	var all []conversation.Event
	for pieces := 1; ; pieces++ {
		out, err := k.history(t.Context(), in)
		require.NoError(t, err)
		raw, err := json.Marshal(out)
		require.NoError(t, err)
		require.Less(t, len(raw), maxHistory+1000)
		all = append(all, out.Events...)
		if !out.More {
			require.Greater(t, pieces, 1)
			break
		}
		in.After[ref.Conversation] = out.Events[len(out.Events)-1].Sequence
	}
	require.Len(t, all, messages-3+1)
	for i, e := range all[:messages-3] {
		require.Equal(t, i+3, e.Sequence)
		require.Equal(t, conversation.NumberedKey(ref.Conversation, i+3), e.Key)
	}
	require.Nil(t, all[4].Body)
	body, err := k.Bodies.Body(t.Context(), ref, *all[4].Blob)
	require.NoError(t, err)
	require.Contains(t, string(body), "yyy")
	last := all[len(all)-1]
	require.Equal(t, "OPEN", last.State.State)

	out, err := k.history(t.Context(), contract.HistoryIn{ConversationRef: contract.ConversationRef{Account: "acme", App: "app", Conversation: "unknown"}})
	require.NoError(t, err)
	require.Empty(t, out.Events)
}
