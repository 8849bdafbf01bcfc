package activities

import (
	"cmp"
	"context"
	"time"

	"go.temporal.io/sdk/temporal"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
)

const (
	// idleAfter is after how long without an event a conversation is looked at in the history:
	// once a day costs nothing, and finds webhooks that do not come any more.
	idleAfter = 24 * time.Hour
	// settingsWithin bounds how long what was written waits for the app's settings.
	settingsWithin = time.Second
	// leastRetry is how long deliveries are waited for at least after the close, and by then the history
	// knows what was said before it: it is about a minute behind.
	leastRetry = 2 * time.Minute
	// retrySpacing lies between the deliveries of what an app without a retention time has
	// repeated by number (Connector API, "Retry").
	retrySpacing = 30 * time.Second
)

// Conversations are the steps of a Conversation that keep what it knows.
type Conversations struct {
	Accounts Accounts
	Journal  Journal
	Callback Relay
	Trouble  RelayTrouble
	Now      func() time.Time
}

// Load returns the state that is stored, brought up to the end of the journal, and what the app
// says. A conversation whose app was deleted goes on without settings, to its end. It reads only.
func (c *Conversations) Load(ctx context.Context, in contract.LoadIn) (contract.LoadOut, error) {
	settings, err := c.settings(ctx, in.ConversationRef)
	if err != nil {
		return contract.LoadOut{}, toTemporal(err)
	}
	out := contract.LoadOut{Settings: settings}
	if in.SettingsOnly {
		return out, nil
	}
	state, err := c.Journal.Load(ctx, in.ConversationRef)
	if err != nil {
		return contract.LoadOut{}, toTemporal(err)
	}
	if state == nil {
		state = &conversation.State{}
	}
	for e, err := range c.Journal.Entries(ctx, in.ConversationRef, state.Next) {
		if err != nil {
			return contract.LoadOut{}, toTemporal(err)
		}
		conversation.Replay(state, e)
	}
	if state.Next > 0 || state.Consumer != "" {
		out.State = state
	}
	return out, nil
}

// settings returns what the app says; nothing, if it was deleted.
func (c *Conversations) settings(ctx context.Context, ref contract.ConversationRef) (contract.AppSettings, error) {
	app, err := c.app(ctx, ref)
	if err != nil && !fault.Is(err, fault.ConfigMissing) {
		return contract.AppSettings{}, err
	}
	return settingsOf(app), nil
}

// app returns the app of the conversation, fault.ConfigMissing if it was deleted.
func (c *Conversations) app(ctx context.Context, ref contract.ConversationRef) (account.App, error) {
	s, err := c.Accounts.Snapshot(ctx, ref.Account)
	if fault.Is(err, fault.NotFound) {
		return account.App{}, fault.New(fault.ConfigMissing, "account %q is gone", ref.Account)
	}
	if err != nil {
		return account.App{}, err
	}
	app, ok := s.Apps[ref.App]
	if !ok {
		return account.App{}, fault.New(fault.ConfigMissing, "app %q was deleted", ref.App)
	}
	return app, nil
}

func settingsOf(app account.App) contract.AppSettings {
	return contract.AppSettings{
		Retry: repeats(app), Subscribed: app.Subscribed(), Relays: app.Callback != nil,
		Idle: idleAfter,
	}
}

// repeats is how long the platform repeats a delivery that failed: for the retention time, else as
// often as the app asks; one on its way, and the history, are waited for in any case.
func repeats(app account.App) time.Duration {
	most := 0
	for _, p := range app.Webhooks {
		if p.Retries != nil {
			most = max(most, *p.Retries)
		}
	}
	return max(cmp.Or(time.Duration(app.Retry), time.Duration(most)*retrySpacing), leastRetry)
}

// Append writes entries to the journal, and says what the app says now if that is soon known.
// Idempotent: a batch that stands there already is left alone. Others in its place are
// fault.Conflict, and not tried again here.
func (c *Conversations) Append(ctx context.Context, in contract.AppendIn) (contract.AppendOut, error) {
	next, err := c.Journal.Append(ctx, in.ConversationRef, in.Entries)
	if fault.Is(err, fault.Conflict) {
		return contract.AppendOut{}, temporal.NewNonRetryableApplicationError(clip(err.Error()), string(fault.Conflict), nil)
	}
	out := contract.AppendOut{Next: next}
	if err != nil {
		return out, toTemporal(err)
	}
	soon, cancel := context.WithTimeout(ctx, settingsWithin)
	defer cancel()
	if settings, err := c.settings(soon, in.ConversationRef); err == nil {
		out.Settings = &settings
	}
	return out, nil
}

// Save stores the state, and notes where the conversation is over, for reports of it. Idempotent.
func (c *Conversations) Save(ctx context.Context, in contract.SaveIn) (contract.SaveOut, error) {
	err := c.Journal.Save(ctx, in.ConversationRef, in.State)
	if err == nil && in.Over {
		err = c.Journal.Close(ctx, closingOf(in), c.Now)
	}
	return contract.SaveOut{}, toTemporal(err)
}

func closingOf(in contract.SaveIn) conversation.Closing {
	s := in.State
	return conversation.Closing{
		Account: in.Account, App: in.App, Conversation: in.Conversation, Next: s.Next,
		Consumer: s.Consumer, Participant: s.Participant, Features: s.Features, Opened: s.Opened, Abandoned: s.Abandoned,
		Unverified: s.Unverified,
	}
}
