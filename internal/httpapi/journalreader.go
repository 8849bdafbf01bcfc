package httpapi

import (
	"context"
	"iter"

	"transporter/internal/contract"
	"transporter/internal/conversation"
)

// journalReader follows one conversation's journal from a position on. A reader that waits asks
// for the one batch that comes next: it lists nothing, however long the journal.
type journalReader struct {
	journal Journal
	ref     contract.ConversationRef
	next    int64 // the first position that was not given
	aligned bool  // next is where a batch ended
}

// unread yields what was appended since, in order; the caller must take all of it, or stop reading.
func (r *journalReader) unread(ctx context.Context) iter.Seq2[conversation.Entry, error] {
	return func(yield func(conversation.Entry, error) bool) {
		for e, err := range r.read(ctx) {
			if err == nil {
				r.aligned = true // at the latest with the last one
				if e.Position < r.next {
					continue
				}
				r.next = e.Position + 1
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// read reads from the next position on where that is known to begin a batch. Elsewhere it reads
// from the one before: to meet what was given last is to know where its batch ends.
func (r *journalReader) read(ctx context.Context) iter.Seq2[conversation.Entry, error] {
	if r.aligned || r.next == 0 {
		return r.journal.Newer(ctx, r.ref, r.next)
	}
	return r.journal.Entries(ctx, r.ref, r.next-1)
}
