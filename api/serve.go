package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"transporter/internal/account"
	"transporter/internal/appbook"
	"transporter/internal/codec"
	"transporter/internal/config"
	"transporter/internal/feedbook"
	"transporter/internal/feedschema"
	"transporter/internal/guard"
	"transporter/internal/httpapi"
	"transporter/internal/inbox"
	"transporter/internal/incident"
	"transporter/internal/journal"
	"transporter/internal/keys"
	"transporter/internal/ledger"
	"transporter/internal/link"
	"transporter/internal/receipt"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
	_ "transporter/internal/store/bucketstore" // s3:// and gs://
	"transporter/internal/temporalx"
	"transporter/internal/transform"
)

const (
	// headerTimeout and headerBytes keep slow and greedy callers from holding connections.
	headerTimeout = 10 * time.Second
	headerBytes   = 64 << 10
	// writeTimeout is longer than the longest wait for a worker; downloads extend it.
	writeTimeout = 2 * time.Minute
	idleTimeout  = 2 * time.Minute
	// drainTimeout is how long open requests may take to end when the process is asked to stop.
	drainTimeout = 20 * time.Second
	// temporalWait is how long a start waits for Temporal, which may be starting too.
	temporalWait = 30 * time.Second
)

// serveAPI wires the API and serves until ctx ends.
func serveAPI(ctx context.Context, o options, logger *slog.Logger) error {
	metrics, err := temporalx.NewMetrics()
	if err != nil {
		return err
	}
	ring, err := keys.Codec(o.keys)
	if err != nil {
		return err
	}
	dial := temporalx.Options{Keys: ring, Logger: logger, Metrics: metrics, Wait: temporalWait}
	client, err := temporalx.ClientOptions(dial)
	if err != nil {
		return err
	}
	temporal, err := temporalx.Dial(ctx, dial)
	if err != nil {
		return err
	}
	defer temporal.Close()
	cfg, hooks, err := o.stores(ctx)
	if err != nil {
		return err
	}
	ports := httpapi.NewTemporal(httpapi.TemporalConfig{
		Client: temporal, Namespace: client.Namespace, Data: client.DataConverter, Failure: client.FailureConverter, UI: o.temporalUI,
	})
	cfg.Accounts, cfg.Runs, cfg.Backfill, cfg.Samples = ports, ports, temporalx.NewBackfills(temporal), transform.Samples{}
	cfg.Conversations, cfg.Stopping = ports, ctx.Done()
	cfg.Log, cfg.Version, cfg.Plans, cfg.Kept, cfg.Public = logger, version, o.plans, o.keepArtefacts, o.publicURL
	hooks.Signals, hooks.Metrics, hooks.Log = temporalx.NewConversations(temporal), inbox.NewMetrics(metrics.Registerer()), logger
	webhooks := inbox.New(hooks)
	go webhooks.Run(ctx)
	cfg.Inbox = webhooks
	return serveAll(ctx, logger, o, httpapi.New(cfg), metrics)
}

// stores opens what the API and the inbox of webhooks read beside Temporal, with the keys that
// they may hold.
func (o options) stores(ctx context.Context) (cfg httpapi.Config, hooks inbox.Config, err error) {
	records, err := keys.Records(o.keys)
	if err != nil {
		return cfg, hooks, err
	}
	if cfg.Now, err = config.Clock(o.now); err != nil {
		return cfg, hooks, err
	}
	if cfg.Seal, err = keys.Public(o.keys); err != nil {
		return cfg, hooks, err
	}
	if cfg.Signing, err = keys.SigningPub(o.keys); err != nil {
		return cfg, hooks, err
	}
	signed, err := keys.Webhook(o.keys)
	if err != nil {
		return cfg, hooks, err
	}
	st, err := store.Open(ctx, o.store)
	if err != nil {
		return cfg, hooks, err
	}
	if cfg.Token, err = httpapi.OpenToken(o.token); err != nil {
		return cfg, hooks, err
	}
	box := seal.NewBox(records)
	cfg.Ledger, cfg.Incidents = ledger.New(st, box), incident.New(st, box)
	cfg.FeedSchemas, cfg.FeedLeaves = feedschema.New(st, box), feedbook.NewLedger(st, box)
	cfg.Links, cfg.Signer = link.New(st, box, cfg.Now), link.NewSigner(records)
	cfg.Book, cfg.Files = receipt.New(st, box), staging.New(st, box) // raw files need no key
	kept := journal.New(st, box)
	cfg.Journal = kept
	cfg.Secrets = httpapi.SecretSources{Getenv: os.LookupEnv, EnvPrefix: o.secretEnv, Dir: o.secrets}
	cfg.Outbound = o.outbound
	hooks.Book, hooks.Bodies, hooks.Now = appbook.New(st, box), kept, time.Now
	hooks.Open = func(accountID string, s account.Sealed) ([]byte, error) { return seal.Open(signed, accountID, s) }
	return cfg, hooks, nil
}

// outbound is the client that fetches what links lead to.
func (o options) outbound(ca string) (*http.Client, error) {
	roots, err := guard.Roots(ca)
	if err != nil {
		return nil, err
	}
	return guard.New(guard.Config{Allow: o.allow}).Client(roots), nil
}

// serveCodec wires the codec and serves until ctx ends.
func serveCodec(ctx context.Context, o options, logger *slog.Logger) error {
	ring, err := keys.Codec(o.keys)
	if err != nil {
		return err
	}
	client, err := temporalx.ClientOptions(temporalx.Options{Keys: ring, Logger: logger})
	if err != nil {
		return err
	}
	handler := codec.HandlerOptions{
		Codecs:  map[string]*codec.Codec{client.Namespace: codec.New(ring, client.Namespace)},
		Origins: o.codecOrigins, Authorize: loopback,
	}
	if !o.codecLoopback {
		token, err := httpapi.ReadToken(o.token)
		if err != nil {
			return err
		}
		handler.Authorize = codec.BearerToken(token)
	}
	return serveAll(ctx, logger, o, codec.Handler(handler), nil)
}

// loopback lets callers on this machine in.
func loopback(r *http.Request, _ string) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return err == nil && net.ParseIP(host).IsLoopback()
}

// serveAll serves the handler, and metrics if asked for, until ctx ends; open requests are
// then given time.
func serveAll(ctx context.Context, logger *slog.Logger, o options, handler http.Handler, metrics *temporalx.Metrics) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return serve(ctx, logger, o.role, o.listen, handler) })
	if metrics != nil && o.metrics != "" {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", metrics.HTTP())
		group.Go(func() error { return serve(ctx, logger, "metrics", o.metrics, mux) })
	}
	return group.Wait()
}

func serve(ctx context.Context, logger *slog.Logger, name, address string, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, MaxHeaderBytes: headerBytes,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("serve %s: %w", name, err)
	}
	logger.Info("listening", "role", name, "address", listener.Addr().String())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", name, err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return fmt.Errorf("stop %s: %w", name, errors.Join(err, server.Close()))
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", name, err)
	}
	return nil
}
