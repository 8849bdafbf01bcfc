// Package connector reads the conversations that we held ourselves, for apps of the account: what
// their journals say once they are over. It needs no credentials and calls no platform.
package connector

import (
	"context"
	"fmt"
	"iter"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/probe"
	"transporter/internal/source"
)

// Conversations is the one resource that there is.
const Conversations = "connector_conversations"

// Journal is where conversations are kept.
type Journal interface {
	// Closed yields the closings noted in a time, in its order: when and which conversation.
	Closed(ctx context.Context, account string, from, to int64) iter.Seq2[conversation.Closing, error]
	// Closing returns the conversation's last closing before a time.
	Closing(ctx context.Context, ref contract.ConversationRef, before int64) (*conversation.Closing, error)
	// KeptSince returns since when all closings of the account are kept, epoch milliseconds.
	KeptSince(ctx context.Context, account string) (int64, error)
	// Entries yields the conversation's journal from a position on, in order and without a gap.
	Entries(ctx context.Context, ref contract.ConversationRef, from int64) iter.Seq2[conversation.Entry, error]
	// Body returns a body that is kept beside the journal.
	Body(ctx context.Context, ref contract.ConversationRef, b conversation.Blob) ([]byte, error)
}

// Source reads one account's conversations.
type Source struct {
	account string
	journal Journal
	now     func() time.Time
	settle  time.Duration
}

// New returns the source of the account. A window is read no sooner than settle after its end, when
// everything that belongs to it is in the index.
func New(account string, j Journal, settle time.Duration, now func() time.Time) *Source {
	return &Source{account: account, journal: j, now: now, settle: settle}
}

// testDays is how far back a test counts: one listing for each day.
const testDays = 31

// Test says how many conversations have been closed lately. It reads no conversation.
func (s *Source) Test(ctx context.Context, resources []string) (probe.Log, error) {
	log := probe.Begin()
	for _, name := range resources {
		if err := check(name); err != nil {
			return log, err
		}
	}
	to := s.now()
	n, step := 0, "read "+Conversations
	for _, err := range s.journal.Closed(ctx, s.account, to.AddDate(0, 0, -testDays).UnixMilli(), to.UnixMilli()) {
		if err != nil {
			return log, log.Tried(step, err)
		}
		n++
	}
	log.Found(step, fmt.Sprintf("conversations closed in the last %d days: %d", testDays, n))
	return log, nil
}

func check(resource string) error {
	if resource != Conversations {
		return fault.New(fault.InvalidSpec, "%q is nothing that conversations of our own say", resource).WithField("resource").
			WithFix("give %s, or a source of the platform", Conversations)
	}
	return nil
}

var _ source.Source = (*Source)(nil)
