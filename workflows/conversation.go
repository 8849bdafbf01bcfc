package workflows

import (
	"cmp"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/human"
)

// loadAgain is how soon a conversation that could not be loaded tries anew, after the step's own
// attempts: nothing is lost meanwhile, the server keeps its signals.
const loadAgain = 5 * time.Minute

// idleUnset is after how long without an event the history is looked at where nothing says so.
const idleUnset = 24 * time.Hour

var (
	attrConversationState = temporal.NewSearchAttributeKeyKeyword(contract.AttrConversationState)
	attrRelayStopped      = temporal.NewSearchAttributeKeyBool(contract.AttrRelayStopped)
)

// talk is one execution of a Conversation. Its parts run side by side: receive takes signals, write
// keeps the journal, relay tells the channel's side, ask asks the history, and handlers of updates
// speak for the consumer. Everything that must outlive the execution is in State.
type talk struct {
	contract.ConversationRef
	*conversation.State
	settings contract.AppSettings

	began    time.Time
	ready    bool  // the state is loaded
	signals  int   // taken by this execution
	appended int64 // position after the last entry that the journal has

	writing, asking, relaying, reading bool // a step of that kind is under way
	unsaved                            bool // the state has what no journal has
	leaving                            bool // about to end: nothing is relayed any more
	sealing                            bool // … and nothing written, unless it is too much to carry

	side workflow.Context // of what is cancelled when the execution leaves: relay, questions
	stop func()

	tickets, served int       // of updates, in order of acceptance
	looked          time.Time // when the history was last asked for everything
	trouble         string    // why a step does not get on, for people
	deaf            string    // why the history did not answer when it was last asked; empty: it did
	alarm           alarm
	shown           headline
}

// Conversation is one conversation that we hold on behalf of a consumer: what webhooks tell of
// it is read in order and written to its journal, once; the channel's side is told; its messages
// are sent. It ends when nothing can come any more, and a later event starts it again with the
// state that it left. It lives as a chain of continued executions.
func (o Options) Conversation(ctx workflow.Context, in contract.ConversationIn) error {
	ctx = o.bind(ctx)
	c := &talk{
		ConversationRef: contract.ConversationRef{Account: in.Account, App: in.App, Conversation: in.Conversation},
		State:           &conversation.State{}, began: workflow.Now(ctx),
	}
	// Updates that come before the state is there wait in their handlers: without handlers the
	// server would be told that there are no such updates.
	if err := c.register(ctx); err != nil {
		return err
	}
	c.side, c.stop = workflow.WithCancel(ctx)
	if err := c.start(ctx, in); err != nil {
		return err
	}
	// The journal is written whatever happens to the execution: what it takes is nowhere else.
	kept, _ := workflow.NewDisconnectedContext(ctx)
	workflow.GoNamed(ctx, "receive", c.receive)
	workflow.GoNamed(kept, "write", c.write)
	workflow.GoNamed(c.side, "relay", c.relay)
	err := c.run(ctx)
	if ctx.Err() != nil { // an operator cancelled it
		c.leaving = true
		err = errors.Join(err, c.finish(kept))
	}
	return err
}

// start makes the state that was carried the own one, or loads what is stored.
func (c *talk) start(ctx workflow.Context, in contract.ConversationIn) error {
	if in.State != nil && in.Settings != nil {
		c.State = in.State
		c.adopt(*in.Settings)
		c.unsaved = true // a state in the store spares the next start most of the journal
		c.reading = true
		workflow.GoNamed(c.side, "settings", c.readSettings)
	} else {
		out, err := c.load(ctx)
		if err != nil {
			return err
		}
		if out.State != nil {
			c.State = out.State
		}
		c.Settle(c.now(ctx))
		c.Abandoned, c.Unanswered, c.Unverified = 0, 0, ""
		c.adopt(out.Settings)
	}
	c.appended = c.Next
	c.drain(ctx)
	c.ready = true
	c.show(ctx)
	return nil
}

// load asks until it is answered.
func (c *talk) load(ctx workflow.Context) (contract.LoadOut, error) {
	for {
		out, err := exec[contract.LoadOut](summarise(ctx, "load what is stored"), contract.ActivityConversationLoad, contract.LoadIn{ConversationRef: c.ConversationRef})
		if err == nil || temporal.IsCanceledError(err) {
			return out, err
		}
		workflow.SetCurrentDetails(ctx, "The conversation cannot be loaded: "+plain(human.Clip(message(err), maxDetail)))
		if err := workflow.Sleep(ctx, loadAgain); err != nil {
			return out, err
		}
	}
}

// readSettings brings a continued execution the settings as they are now; until then, and if they
// cannot be read, those of before hold.
func (c *talk) readSettings(ctx workflow.Context) {
	defer func() { c.reading = false }()
	in := contract.LoadIn{ConversationRef: c.ConversationRef, SettingsOnly: true}
	out, err := exec[contract.LoadOut](summarise(ctx, "read the app's settings"), contract.ActivityConversationLoad, in)
	if err == nil {
		c.adopt(out.Settings)
	}
}

// adopt goes by the settings from now on.
func (c *talk) adopt(s contract.AppSettings) {
	s.Idle = cmp.Or(s.Idle, idleUnset)
	c.settings, c.Subscribed = s, s.Subscribed
}

// learn adopts what a step says of the settings, if it does.
func (c *talk) learn(s *contract.AppSettings) {
	if s != nil {
		c.adopt(*s)
	}
}

// now is the time in epoch milliseconds.
func (c *talk) now(ctx workflow.Context) int64 { return workflow.Now(ctx).UnixMilli() }

// run does what is due until the conversation is over or the execution is long enough.
func (c *talk) run(ctx workflow.Context) error {
	for !c.full(ctx) {
		c.act(ctx)
		if c.over(ctx) {
			if ended, err := c.end(ctx); ended || err != nil {
				return err
			}
			continue
		}
		if err := c.sleep(ctx); err != nil {
			return err
		}
	}
	return c.renew(ctx)
}

func (c *talk) register(ctx workflow.Context) error {
	view := func() (conversation.View, error) {
		v := c.View()
		v.App, v.Trouble, v.Unrelayed = c.App, cmp.Or(c.trouble, c.deaf), c.unrelayed()
		return v, nil
	}
	err := workflow.SetQueryHandlerWithOptions(ctx, contract.QueryConversation, view,
		workflow.QueryHandlerOptions{Description: "how the conversation stands"})
	if err != nil {
		return err
	}
	return c.registerUpdates(ctx)
}
