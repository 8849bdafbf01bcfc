package e2e

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/receivertest"
	"transporter/internal/task"
)

// late is how long the receiver takes to answer where it is slow.
const late = time.Second

// fickle is a receiver's answers to the files that reach it, each other than the one before:
// not now; taken, but the answer is lost; taken, but the answer comes late; taken, and answered
// twice; from the fifth on, and for every repeat, as it should be.
type fickle struct {
	*receivertest.Receiver
	mu    sync.Mutex
	asked map[string]int // Idempotency-Key → requests
}

func (r *fickle) answer(w http.ResponseWriter, q *http.Request) bool {
	key := q.Header.Get("Idempotency-Key")
	r.mu.Lock()
	nth := len(r.asked)
	r.asked[key]++
	again := r.asked[key] > 1
	r.mu.Unlock()
	if again || nth > 3 {
		return false
	}
	if nth == 0 {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	if err := r.Take(q); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return true
	}
	switch nth {
	case 1:
		panic(http.ErrAbortHandler)
	case 2:
		<-time.After(late)
		w.WriteHeader(http.StatusAccepted)
	case 3:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, strings.Repeat("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", 2))
			_ = conn.Close()
		}
	}
	return true
}

// destinationOf describes the receiver as a destination that signs and says what each file is.
func destinationOf(r *receivertest.Receiver, path string, fields map[string]any) httpapi.Destination {
	d := httpapi.Destination{
		Kind: "http", Description: "Receiver " + path, Fields: map[string]any{
			"url": r.Server.URL + path, "auth": "bearer", "headers": map[string]string{"X-Role": "{role}", "X-Report": "{report}"},
		},
		Credentials: map[string]httpapi.Secret{
			"token": httpapi.SecretValue(receivertest.Token), "signingKey": httpapi.SecretValue(receivertest.SigningKey),
		},
	}
	for name, value := range fields {
		d.Fields[name] = value
	}
	return d
}

// A receiver that refuses, loses answers, is slow and answers twice stores each file once,
// bare or from a form, having checked signature and digest of each; the manifest comes last.
// What people have sent again it stores again.
func TestHTTPReceiver(t *testing.T) {
	t.Parallel()
	r := &fickle{Receiver: receivertest.Start(t), asked: map[string]int{}}
	s := start(t, options{worker: []string{"--allow", r.Server.Listener.Addr().String()}})
	b := s.brand(t)
	x := spec("msg.messages", "csv")
	x.Parts = task.Parts{Entries: 20}
	const folder = "out"
	x.Destinations = b.legs(folder)[:1]
	to := x.Destinations[0].Encryption
	for _, d := range []httpapi.Destination{
		destinationOf(r.Receiver, "/incoming/{name}?window={from}", map[string]any{"method": "PUT", "manifest": true}),
		destinationOf(r.Receiver, "/form", map[string]any{"form": true, "formField": receivertest.FormField}),
	} {
		x.Destinations = append(x.Destinations, task.Leg{Destination: b.destination(t, d), Path: folder, Encryption: to})
	}
	id := b.task(t, x)
	w := s.before(24*time.Hour, 2*time.Hour)
	r.Answers(r.answer)
	d := b.run(t, id, w)
	require.Equal(t, contract.OutcomeDelivered, d.Outcome, d.Error)
	require.Equal(t, s.world(t, byEnd, w).messages(), b.rows(t, d, b.cloud))

	files := b.requireReceived(t, r.Receiver)
	require.Greater(t, files, 4, "each trouble came up")
	stored := 2*files + 1 // the form wants no manifest
	require.Equal(t, stored, r.Stored(), "each file once")
	require.Len(t, r.asked, stored)
	require.Len(t, r.Requests(), stored+2, "one was refused, one answer was lost")
	var roles []string
	for _, h := range r.Requests() {
		require.Regexp(t, `^msg\.messages@1\.\d+$`, h.Get("X-Report"))
		if !strings.HasPrefix(h.Get("Content-Type"), "multipart/form-data") {
			roles = append(roles, h.Get("X-Role"))
		}
	}
	require.NotContains(t, roles[:len(roles)-1], "manifest")
	require.Equal(t, "manifest", roles[len(roles)-1])
	require.Contains(t, b.starter(t, "verify", r.Folder+"/"+folder), "files read")

	again, err := b.api.Redeliver(t.Context(), b.account, d.ID)
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeDelivered, b.end(t, again.Run).Outcome)
	require.Equal(t, 2*stored, r.Stored())
	require.Equal(t, files, b.requireReceived(t, r.Receiver))
}

// requireReceived compares what the receiver stored, bare and from forms, with the data files
// that the cloud store holds, and returns their number.
func (b *brand) requireReceived(t *testing.T, r *receivertest.Receiver) (files int) {
	t.Helper()
	for name, want := range b.contents(t, b.cloud) {
		name, ok := strings.CutPrefix(name, "files/out/")
		require.True(t, ok, name)
		if !strings.HasSuffix(name, ".pgp") {
			continue
		}
		files++
		for _, folder := range []string{"out/", "form/"} {
			got, there := r.Read(t, folder+name)
			require.True(t, there, folder+name)
			require.Equal(t, want, string(got), folder+name)
		}
	}
	return files
}
