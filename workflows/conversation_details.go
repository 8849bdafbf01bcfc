package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/conversation"
	"transporter/internal/human"
)

// headline is what the details say, to write them anew only when that changes.
type headline struct {
	phase, queue, agent   string
	due                   int64
	gaps, missing, failed int64
	doubts                int
	waits, silent         bool
	stalled, trouble      string
	deaf                  string
	entries, sent         int64
	relays, told          bool
	failing               conversation.Failing
}

// show keeps the search attribute and the details in the Temporal UI as the conversation stands.
func (c *talk) show(ctx workflow.Context) {
	now := headline{
		phase: c.attribute(), queue: c.Queue(), agent: c.Agent(), due: c.Latest.Due,
		gaps: c.Counts.Gaps, missing: c.Counts.Missing, failed: c.Counts.Failed, doubts: len(c.Doubts),
		waits: c.GiveUpAt() > 0, silent: c.Silent, stalled: c.Stalled, trouble: c.trouble, deaf: c.deaf, entries: c.Counts.Entries, sent: c.Relayed, relays: c.settings.Relays, told: len(c.settings.Subscribed) > 0,
	}
	if c.Failing != nil {
		now.failing = *c.Failing
	}
	if now == c.shown || !c.ready {
		return
	}
	if now.phase != c.shown.phase {
		set(ctx, attrConversationState.ValueSet(now.phase))
	}
	c.showStopped(ctx)
	c.shown = now
	workflow.SetCurrentDetails(ctx, c.details())
}

// showStopped lets people look for conversations whose relay has stopped, also when they are over.
// Executions from before there was such an attribute go on without.
func (c *talk) showStopped(ctx workflow.Context) {
	shown, _ := workflow.GetTypedSearchAttributes(ctx).GetBool(attrRelayStopped)
	if stopped := c.Stalled != ""; stopped != shown && workflow.GetVersion(ctx, "relay-stopped", workflow.DefaultVersion, 1) > workflow.DefaultVersion {
		set(ctx, attrRelayStopped.ValueSet(stopped))
	}
}

func set(ctx workflow.Context, update temporal.SearchAttributeUpdate) {
	// An attribute that the namespace does not have is no reason to stop a conversation.
	if err := workflow.UpsertTypedSearchAttributes(ctx, update); err != nil {
		workflow.GetLogger(ctx).Warn("search attributes are not set", "error", err)
	}
}

// phaseAbandoned is the attribute of a conversation that was given up.
const phaseAbandoned = "abandoned"

func (c *talk) attribute() string {
	if c.Abandoned > 0 {
		return phaseAbandoned
	}
	return c.Phase()
}

// details is the conversation in Markdown, as an operator reads it; no content.
func (c *talk) details() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**%s\n\n", c.attribute(), c.who())
	line := func(format string, args ...any) { fmt.Fprintf(&b, "- "+format+"\n", args...) }
	if due := c.Latest.Due; due > 0 && c.Phase() == conversation.PhaseOpen {
		line("answer due %s", stamp(due))
	}
	if reason := c.Latest.CloseReason; reason != "" {
		line("closed by %s", plain(strings.ToLower(reason)))
	}
	line("%s, %s in the journal", human.Count(c.Counts.Messages, "message"), human.Count(c.Counts.Entries, "line"))
	if c.Silent {
		line("**no message followed the opening within %s**: the platform ends a conversation with automatic messages then", human.Duration(firstWithin))
	}
	for _, w := range c.View().Waiting {
		line("%s of dialog %s wait for number %d since %s; the history was asked %s", human.Count(w.Held, "event"), plain(w.Dialog), w.For, stamp(w.Since), human.Count(w.Asked, "time"))
	}
	if c.Counts.Gaps > 0 {
		line("**%s passed**, %s still missing; %s came late", human.Count(c.Counts.Gaps, "gap"), human.Count(c.Counts.Missing, "number"), human.Count(c.Counts.Late, "event"))
	}
	if c.Counts.Failed > 0 {
		line("**%s could not be sent**", human.Count(c.Counts.Failed, "message"))
	}
	if n := len(c.Doubts); n > 0 {
		line("**%s not answered**, which the platform may have taken: repeated under the same key, it is looked for in the history first", human.Count(n, "request"))
	}
	if len(c.settings.Subscribed) == 0 {
		line("**no webhooks**: the app is deleted, or is posted nothing; what agents do is found in the history at most")
	}
	c.relayDetails(line)
	if c.trouble != "" {
		line("**trouble**: %s", plain(human.Clip(c.trouble, maxDetail)))
	}
	if c.deaf != "" {
		line("**trouble**: %s", plain(human.Clip(c.deaf, maxDetail)))
	}
	return b.String()
}

// who says who answers, or for whom the conversation waits.
func (c *talk) who() string {
	switch {
	case c.Agent() != "":
		return ", answered by " + plain(c.Agent())
	case c.Queue() != "":
		return ", waits for an agent of skill " + plain(c.Queue())
	}
	return ""
}

func (c *talk) relayDetails(line func(string, ...any)) {
	switch {
	case !c.settings.Relays:
		line("no callback: nothing is relayed")
	case c.Stalled != "":
		line("**relay stopped** at line %d of %d: %s (starter conversation relay starts it again)", c.Relayed, c.appended, plain(c.Stalled))
	default:
		line("relayed: %d of %s", c.Relayed, human.Count(c.appended, "line"))
	}
	if f := c.Failing; f != nil && c.settings.Relays {
		line("**the callback fails** since %s, with %s to tell: %s", stamp(f.Since), human.Count(c.unrelayed(), "line"), plain(f.Error))
	}
}

// stamp writes epoch milliseconds for people.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339) }
