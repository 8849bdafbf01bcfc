package workflows

import (
	"go.temporal.io/sdk/workflow"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// receive takes signals for as long as the execution lives. It waits until there are some and then
// takes them without blocking: a receiver that blocks is given its signal before it runs, and an
// execution that ends in between has lost it, for it is in no channel any more.
func (c *talk) receive(ctx workflow.Context) {
	waiting := func() bool {
		n := 0
		for _, name := range []string{contract.SignalEvents, contract.SignalOpened, contract.SignalRelay, contract.SignalRelayFails} {
			n += workflow.GetSignalChannel(ctx, name).Len()
		}
		return n > 0
	}
	for workflow.Await(ctx, waiting) == nil {
		c.drain(ctx)
		c.show(ctx)
	}
}

// drain takes every signal that has come. It does not yield: what it takes just before an
// execution ends is in the state that is carried.
func (c *talk) drain(ctx workflow.Context) {
	for ch := workflow.GetSignalChannel(ctx, contract.SignalEvents); ; {
		var in contract.EventsIn // fresh each time: decoding merges into what is there
		if !ch.ReceiveAsync(&in) {
			break
		}
		c.takeEvents(ctx, in)
	}
	for ch := workflow.GetSignalChannel(ctx, contract.SignalOpened); ; {
		var in contract.Opened
		if !ch.ReceiveAsync(&in) {
			break
		}
		c.takeOpened(ctx, in)
	}
	for ch := workflow.GetSignalChannel(ctx, contract.SignalRelay); ch.ReceiveAsync(nil); {
		c.takeRelay(ctx)
	}
	for ch := workflow.GetSignalChannel(ctx, contract.SignalRelayFails); ; {
		var in contract.RelayFails
		if !ch.ReceiveAsync(&in) {
			break
		}
		c.takeRelayFails(in)
	}
	c.listen()
}

func (c *talk) takeEvents(ctx workflow.Context, in contract.EventsIn) {
	c.signals++
	c.Abandoned = 0
	for _, e := range in.Events {
		c.Apply(e, c.now(ctx))
	}
}

// takeOpened notes who the consumer is. No journal has that, so it is saved at once.
func (c *talk) takeOpened(ctx workflow.Context, in contract.Opened) {
	c.signals++
	c.Consumer, c.Participant, c.Features = in.Consumer, in.Participant, in.Features
	if c.Opened = in.At.UnixMilli(); in.At.IsZero() {
		c.Opened = c.now(ctx)
	}
	c.unsaved = true
	if in.First != nil {
		c.takeFirst(ctx, *in.First)
	}
}

// takeFirst takes the message with which a conversation was opened as one that was sent in it.
func (c *talk) takeFirst(ctx workflow.Context, in contract.First) {
	c.speak(ctx, conversation.Event{
		Kind: conversation.Content, Dialog: c.Conversation, Sequence: in.Sequence, Body: textBody(in.Text), External: in.IdemKey, Seen: in.At.UnixMilli(),
	})
}

// takeRelay lets a relay that gave up begin again where it stopped.
func (c *talk) takeRelay(workflow.Context) {
	c.signals++
	c.Stalled = ""
}
