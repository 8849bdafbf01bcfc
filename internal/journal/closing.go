package journal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/store"
)

// Closed conversations are found by the time at which that was noted:
//
//	conversations/{account}/{conversation}/closings/{at}
//	conversations-closed/{account}/{day}/{at}-{conversation}
//
// The first says everything of one closing, the second is its entry in the account's index, a name
// alone. An entry is written after what it names.

const (
	// IndexedWithin is how long after its time an entry of the index is there at the latest: a
	// closing whose entry took longer is noted again, at a later time.
	IndexedWithin = time.Minute
	// noteTries is how often that is done before the store is taken for too slow.
	noteTries = 3

	dayForm = "2006-01-02"
	dayMS   = int64(24 * time.Hour / time.Millisecond)
)

// Close notes that a conversation is over as far as its journal goes, at the time that now gives.
// Whoever reads the index later than IndexedWithin after a moment finds every closing before that
// moment, for good; the clocks of those who note and read may differ by what the reader waits
// longer. Idempotent: a conversation of which nothing new was written is not noted again, unless
// what was not verified then is now.
func (j *Journal) Close(ctx context.Context, c conversation.Closing, now func() time.Time) error {
	ref := refOf(c)
	last, err := j.lastClosing(ctx, ref)
	if err != nil {
		return err
	}
	verified := last != nil && last.Unverified != "" && c.Unverified == ""
	if last != nil && last.Indexed && last.Next >= c.Next && !verified {
		return nil
	}
	if last != nil {
		c.At = last.At
	}
	for range noteTries {
		c.At, c.Indexed = max(c.At+1, now().UnixMilli()), false
		if err := j.records.Put(ctx, closingKey(ref, c.At), c); err != nil {
			return fmt.Errorf("note a closing: %w", err)
		}
		if _, err := j.records.PutIfAbsent(ctx, indexKey(ref, c.At), c.At); err != nil {
			return fmt.Errorf("index a closing: %w", err)
		}
		if now().UnixMilli()-c.At <= IndexedWithin.Milliseconds() {
			c.Indexed = true
			return j.records.Put(ctx, closingKey(ref, c.At), c)
		}
	}
	return fault.New(fault.Upstream, "the store takes longer than %s to note that a conversation is over", IndexedWithin)
}

// lastClosing returns what was noted last, whether it is in the index or not; nil if nothing was.
func (j *Journal) lastClosing(ctx context.Context, ref contract.ConversationRef) (*conversation.Closing, error) {
	times, err := j.closings(ctx, ref)
	if err != nil || len(times) == 0 {
		return nil, err
	}
	return j.closing(ctx, ref, times[len(times)-1])
}

// Closing returns the last closing of the conversation before a time, of those that are in the
// index; fault.NotFound if there is none.
func (j *Journal) Closing(ctx context.Context, ref contract.ConversationRef, before int64) (*conversation.Closing, error) {
	times, err := j.closings(ctx, ref)
	if err != nil {
		return nil, err
	}
	for i := len(times) - 1; i >= 0; i-- {
		if times[i] >= before {
			continue
		}
		_, err := j.store.Stat(ctx, indexKey(ref, times[i]))
		if err == nil {
			return j.closing(ctx, ref, times[i])
		}
		if !errors.Is(err, store.ErrNotExist) {
			return nil, fmt.Errorf("read the closings: %w", err)
		}
	}
	return nil, fault.New(fault.NotFound, "no closing of conversation %s is kept", ref.Conversation)
}

func (j *Journal) closing(ctx context.Context, ref contract.ConversationRef, at int64) (*conversation.Closing, error) {
	var c conversation.Closing
	found, err := j.records.Get(ctx, closingKey(ref, at), &c)
	if err == nil && !found {
		err = fault.New(fault.Corrupt, "the closing %s is not kept", closingKey(ref, at))
	}
	return &c, err
}

// closings returns the times of all closings of the conversation, ascending.
func (j *Journal) closings(ctx context.Context, ref contract.ConversationRef) (times []int64, err error) {
	prefix := folder(ref) + "/closings/"
	for info, err := range j.store.List(ctx, prefix) {
		if err != nil {
			return nil, fmt.Errorf("read the closings: %w", err)
		}
		at, err := strconv.ParseInt(info.Key[len(prefix):], 10, 64)
		if err != nil {
			return nil, fault.New(fault.Corrupt, "read the closings: %s is no time", info.Key)
		}
		times = append(times, at)
	}
	return times, nil
}

// Closed yields the index of the account's closed conversations from a time on and before
// another, in order of the times: of each closing its time and its conversation, nothing else. A
// conversation that was closed again comes again. It ends at the first error.
func (j *Journal) Closed(ctx context.Context, account string, from, to int64) iter.Seq2[conversation.Closing, error] {
	return func(yield func(conversation.Closing, error) bool) {
		for day := from - from%dayMS; day < to; day += dayMS {
			prefix := indexFolder(account, day)
			for info, err := range j.store.List(ctx, prefix) {
				if err != nil {
					yield(conversation.Closing{}, fmt.Errorf("read the closed conversations: %w", err))
					return
				}
				c := conversation.Closing{Account: account}
				if c.At, c.Conversation, err = indexed(info.Key[len(prefix):]); err != nil {
					yield(c, fault.New(fault.Corrupt, "read the closed conversations: %s: %w", info.Key, err))
					return
				}
				if c.At >= from && c.At < to && !yield(c, nil) {
					return
				}
			}
		}
	}
}

// indexed reads the name of an entry.
func indexed(name string) (at int64, conversation string, err error) {
	time, conversation, ok := strings.Cut(name, "-")
	if !ok || conversation == "" {
		return 0, "", errors.New("it names no conversation")
	}
	at, err = strconv.ParseInt(time, 10, 64)
	return at, conversation, err
}

func refOf(c conversation.Closing) contract.ConversationRef {
	return contract.ConversationRef{Account: c.Account, App: c.App, Conversation: c.Conversation}
}

func closingKey(ref contract.ConversationRef, at int64) string {
	return fmt.Sprintf("%s/closings/%013d", folder(ref), at)
}

func indexFolder(account string, at int64) string {
	return "conversations-closed/" + account + "/" + time.UnixMilli(at).UTC().Format(dayForm) + "/"
}

// indexKey sorts as times do.
func indexKey(ref contract.ConversationRef, at int64) string {
	return fmt.Sprintf("%s%013d-%s", indexFolder(ref.Account, at), at, ref.Conversation)
}
