package inbox

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"transporter/internal/account"
	"transporter/internal/appbook"
)

const (
	// refreshed is how often the book is read, and so how long a secret that was changed or an
	// app that was uninstalled may still count.
	refreshed = 10 * time.Second
	// spacing is the least time between two readings that refused deliveries ask for: an app may
	// have been installed through another process.
	spacing = 3 * time.Second
	// longest is how old what is known may get while the book cannot be read.
	longest = 10 * time.Minute
)

// app is an entry of the book with its secret.
type app struct {
	appbook.Entry
	secret []byte
}

// known is the whole book at one moment.
type known struct {
	at    time.Time
	ids   map[[2]string][]app // by account and app of ours
	names map[[2]string][]app // by account and client id of the platform
}

func (k *known) byID(accountID, id string) []app      { return k.ids[[2]string{accountID, id}] }
func (k *known) byName(platform, client string) []app { return k.names[[2]string{platform, client}] }

// directory knows all apps, so that judging a delivery, forged or not, asks nobody.
type directory struct {
	book   Book
	open   func(accountID string, s account.Sealed) ([]byte, error)
	now    func() time.Time
	log    *slog.Logger
	nobody [32]byte // the secret of apps that there are not
	latest atomic.Pointer[known]
	poked  chan struct{}
}

// current returns what is known, nil if that is nothing or too old.
func (d *directory) current() *known {
	k := d.latest.Load()
	if k == nil || d.now().Sub(k.at) > longest {
		d.poke()
		return nil
	}
	return k
}

// poke asks for a reading soon. It never waits, so that no answer tells by its time.
func (d *directory) poke() {
	select {
	case d.poked <- struct{}{}:
	default:
	}
}

func (d *directory) run(ctx context.Context) {
	tick := time.NewTicker(refreshed)
	defer tick.Stop()
	for {
		began := d.now()
		if err := d.refresh(ctx); err != nil && ctx.Err() == nil {
			d.log.WarnContext(ctx, "apps are judged by what was known before", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(0, spacing-d.now().Sub(began))):
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.poked:
		}
	}
}

// refresh reads the book. An entry whose secret cannot be opened is left out and logged.
func (d *directory) refresh(ctx context.Context) error {
	k := &known{at: d.now(), ids: map[[2]string][]app{}, names: map[[2]string][]app{}}
	all, err := d.book.All(ctx)
	if err != nil {
		return err
	}
	for _, e := range all {
		secret, err := d.open(e.Account, e.Secret)
		if err != nil || len(secret) == 0 {
			d.log.ErrorContext(ctx, "the webhooks of an app are refused: its secret cannot be opened", "account", e.Account, "app", e.App, "error", err)
			continue
		}
		a := app{e, secret}
		id, name := [2]string{e.Account, e.App}, [2]string{e.Platform, e.ClientID}
		k.ids[id] = append(k.ids[id], a)
		k.names[name] = append(k.names[name], a)
	}
	d.latest.Store(k)
	return nil
}
