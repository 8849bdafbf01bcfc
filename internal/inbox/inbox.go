// Package inbox takes the deliveries that a platform posts about conversations. It judges
// whether a delivery is one of an app of ours, and answers 200 only when every event of it is
// durable: until then the platform repeats it (Connector API, "Webhooks: Retry policy"). It
// holds nothing: what it has not passed on it has not acknowledged.
package inbox

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/sync/semaphore"

	"transporter/internal/account"
	"transporter/internal/appbook"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/webhook"
)

const (
	// maxBody bounds a delivery; documented ones have some KiB.
	maxBody = 1 << 20
	// patience is how long a delivery may take. Endpoints slower than 2.5 s are disabled
	// ("Webhooks: Disclaimers"), so what is not durable by then is given back.
	patience = 2 * time.Second
	// room bounds the bodies in memory, least what each counts for: together the requests too.
	room  = 64 << 20
	least = 16 << 10
	// drained is how much of a body that is too large is read, so that its sender reads the answer.
	drained = 16 << 20
)

// Book is the book of apps; it is an appbook.Book.
type Book interface {
	All(ctx context.Context) ([]appbook.Entry, error)
	Keep(ctx context.Context, accountID, app string, body []byte) error
}

// Bodies keeps bodies that are too large for an event; it is a journal.Journal.
type Bodies interface {
	PutBody(ctx context.Context, ref contract.ConversationRef, body []byte) (conversation.Blob, error)
}

// Signals passes events to conversations.
type Signals interface {
	// Deliver returns nil when the events are durable, in their order, whether or not anybody
	// works on them now. After an error they may be durable all the same; a repeat is harmless.
	Deliver(ctx context.Context, ref contract.ConversationRef, events []conversation.Event) error
}

// Config is what an Inbox needs.
type Config struct {
	Book    Book
	Bodies  Bodies
	Signals Signals
	Open    func(accountID string, s account.Sealed) ([]byte, error) // unseals an Entry.Secret
	Metrics *Metrics
	Now     func() time.Time
	Log     *slog.Logger
}

// Inbox answers deliveries. It is safe for concurrent use.
type Inbox struct {
	cfg   Config
	apps  *directory
	queue *queue
	room  *semaphore.Weighted
	mux   *http.ServeMux

	patience time.Duration
}

// Paths of deliveries. At Root the headers say whose they are.
const (
	Path = "/v1/webhooks/liveperson/{account}/{app}"
	Root = "/notifications/event"
)

// New returns an inbox that knows no app until Refresh or Run.
func New(cfg Config) *Inbox {
	in := &Inbox{
		cfg: cfg, room: semaphore.NewWeighted(room), mux: http.NewServeMux(), patience: patience,
		apps:  &directory{book: cfg.Book, open: cfg.Open, now: cfg.Now, log: cfg.Log, poked: make(chan struct{}, 1)},
		queue: &queue{signals: cfg.Signals, metrics: cfg.Metrics, lanes: map[contract.ConversationRef]*lane{}},
	}
	_, _ = rand.Read(in.apps.nobody[:]) // never fails
	in.mux.HandleFunc("POST "+Path, func(w http.ResponseWriter, r *http.Request) {
		in.answer(w, r, func(k *known) []app { return k.byID(r.PathValue("account"), r.PathValue("app")) })
	})
	in.mux.HandleFunc("POST "+Root, func(w http.ResponseWriter, r *http.Request) {
		in.answer(w, r, func(k *known) []app {
			return k.byName(r.Header.Get(webhook.HeaderAccount), r.Header.Get(webhook.HeaderClient))
		})
	})
	return in
}

// ServeHTTP answers one delivery.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { in.mux.ServeHTTP(w, r) }

// Refresh reads the book of apps.
func (in *Inbox) Refresh(ctx context.Context) error { return in.apps.refresh(ctx) }

// Run keeps what is known of the apps fresh until ctx ends.
func (in *Inbox) Run(ctx context.Context) { in.apps.run(ctx) }

// answer judges and passes on one delivery; candidates are the apps that it may be of.
func (in *Inbox) answer(w http.ResponseWriter, r *http.Request, candidates func(*known) []app) {
	began := in.cfg.Now()
	result := failed
	in.cfg.Metrics.inFlight.Inc()
	defer func() {
		if cause := recover(); cause != nil {
			in.cfg.Log.ErrorContext(r.Context(), "inbox panicked", "cause", cause, "stack", string(debug.Stack()))
		}
		result.write(w)
		in.cfg.Metrics.answered(result, in.cfg.Now().Sub(began))
		in.cfg.Metrics.inFlight.Dec()
	}()
	// The sender's hanging up must not undo what others of its batch wait for.
	ctx, cancel := context.WithDeadline(context.WithoutCancel(r.Context()), began.Add(in.patience))
	defer cancel()
	result = in.take(ctx, w, r, began, candidates)
}

func (in *Inbox) take(ctx context.Context, w http.ResponseWriter, r *http.Request, began time.Time, candidates func(*known) []app) result {
	weight := int64(maxBody)
	if n := r.ContentLength; n >= 0 && n <= maxBody {
		weight = max(n, least)
	}
	if !in.room.TryAcquire(weight) {
		return busy
	}
	defer in.room.Release(weight)
	known := in.apps.current()
	if known == nil {
		return failed
	}
	connection := http.NewResponseController(w)
	// Where it cannot be set, as in a test without a connection, nobody sends slowly.
	_ = connection.SetReadDeadline(began.Add(in.patience))
	body, whole, err := read(r.Body, r.ContentLength)
	_ = connection.SetReadDeadline(time.Time{}) // while events become durable the server listens for a hang-up
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return failed
	}
	mine := in.authentic(candidates(known), r.Header, body)
	if !whole || len(mine) == 0 {
		in.apps.poke()
		return refused
	}
	var errs []error
	for _, a := range mine {
		errs = append(errs, in.pass(ctx, a, body, began))
	}
	if err := errors.Join(errs...); err != nil {
		in.cfg.Log.WarnContext(ctx, "delivery given back", "error", err)
		return failed
	}
	return accepted
}

// read reads a body of the length, -1 if nobody said it; whole is false for one that is too large
// or ends too soon.
func read(src io.Reader, length int64) (body []byte, whole bool, err error) {
	if length >= 0 && length <= maxBody {
		body = make([]byte, length)
		_, err = io.ReadFull(src, body)
		return body, err == nil, err
	}
	body, err = io.ReadAll(io.LimitReader(src, maxBody+1))
	if err != nil {
		return nil, false, err
	}
	if len(body) > maxBody {
		_, err = io.CopyN(io.Discard, src, drained)
		return nil, false, err
	}
	return body, true, nil
}

// authentic returns those of the candidates that the delivery is of: signed by their secret over
// the raw bytes, and then named by its headers. For a delivery of nobody the same is done.
func (in *Inbox) authentic(candidates []app, h http.Header, body []byte) (mine []app) {
	if len(candidates) == 0 {
		candidates = []app{{secret: in.apps.nobody[:]}}
	}
	for _, a := range candidates {
		signed := webhook.Verify(a.secret, h.Get(webhook.HeaderSignature), body)
		named := a.Platform == h.Get(webhook.HeaderAccount) && a.ClientID == h.Get(webhook.HeaderClient)
		if signed && named && a.ClientID != "" {
			mine = append(mine, a)
		}
	}
	return mine
}
