// Package journal keeps what happened in conversations, in the store, in the order in which it
// is to be read. A conversation's journal is a row of batches, each written once under the
// position of its first entry and sealed; what was written is never changed:
//
//	conversations/{account}/{conversation}/journal/{position}
//	conversations/{account}/{conversation}/state
//	conversations/{account}/{conversation}/bodies/{sha256}
package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/store/record"
)

// Journal reads and writes the journals of all conversations. It is safe for concurrent use by
// any number of processes.
type Journal struct {
	store   store.Store
	records *record.Records
}

// New returns the journals in the store, sealed by the box.
func New(st store.Store, box *seal.Box) *Journal {
	return &Journal{store: st, records: record.New(st, box)}
}

// Append writes entries, which must follow each other, at their positions, and returns the
// position after them. Idempotent: what stands there already is left alone if it is the same;
// other entries in their place are fault.Conflict, and nothing is written.
func (j *Journal) Append(ctx context.Context, ref contract.ConversationRef, entries []conversation.Entry) (int64, error) {
	if len(entries) == 0 {
		return 0, fault.New(fault.InvalidSpec, "no entries to append").WithField("entries")
	}
	from := entries[0].Position
	for i, e := range entries {
		if e.Position != from+int64(i) || from < 0 {
			return 0, fault.New(fault.InvalidSpec, "entry %d of the batch at %d has the position %d", i, from, e.Position).WithField("entries")
		}
	}
	key := batchKey(ref, from)
	won, err := j.records.PutIfAbsent(ctx, key, entries)
	if err != nil {
		return 0, fmt.Errorf("append to the journal: %w", err)
	}
	if !won {
		if err := j.same(ctx, key, entries); err != nil {
			return 0, err
		}
	}
	return from + int64(len(entries)), nil
}

// same compares a batch with what stands in its place.
func (j *Journal) same(ctx context.Context, key string, entries []conversation.Entry) error {
	var there []conversation.Entry
	if _, err := j.records.Get(ctx, key, &there); err != nil {
		return err
	}
	a, errA := json.Marshal(there)
	b, errB := json.Marshal(entries)
	if err := errors.Join(errA, errB); err != nil {
		return fmt.Errorf("compare journal: %w", err)
	}
	if !bytes.Equal(a, b) {
		return fault.New(fault.Conflict, "the journal holds other entries at %s", key).
			WithFix("the conversation goes on at the end of the journal by itself; if it stays so, terminate its workflow and start it again with starter conversation relay: what it had read and not written is then only in the platform's history")
	}
	return nil
}

// Entries yields the journal from a position on, in order, up to its end at the moment of
// reading. It ends at the first error; a journal that misses a position is fault.Corrupt.
func (j *Journal) Entries(ctx context.Context, ref contract.ConversationRef, from int64) iter.Seq2[conversation.Entry, error] {
	return func(yield func(conversation.Entry, error) bool) {
		start, err := j.start(ctx, ref, from)
		if err != nil {
			yield(conversation.Entry{}, err)
			return
		}
		for e, err := range j.Newer(ctx, ref, start) {
			if (err != nil || e.Position >= from) && !yield(e, err) {
				return
			}
		}
	}
}

// Newer yields the batches from a position on at which one began or will: 0, or the one after an
// entry with which a reading ended. It lists nothing, so that who waits for more can ask often.
func (j *Journal) Newer(ctx context.Context, ref contract.ConversationRef, from int64) iter.Seq2[conversation.Entry, error] {
	return func(yield func(conversation.Entry, error) bool) {
		for {
			var batch []conversation.Entry
			found, err := j.records.Get(ctx, batchKey(ref, from), &batch)
			if err != nil {
				yield(conversation.Entry{}, err)
				return
			}
			if !found {
				return
			}
			for _, e := range batch {
				if !yield(e, nil) {
					return
				}
			}
			from += int64(len(batch))
		}
	}
}

// start returns the position of the batch that holds from. Where a batch begins there nothing is
// listed.
func (j *Journal) start(ctx context.Context, ref contract.ConversationRef, from int64) (int64, error) {
	if from <= 0 {
		return 0, nil
	}
	switch _, err := j.store.Stat(ctx, batchKey(ref, from)); {
	case err == nil:
		return from, nil
	case !errors.Is(err, store.ErrNotExist):
		return 0, fmt.Errorf("read the journal: %w", err)
	}
	var start int64
	prefix := folder(ref) + "/journal/"
	for info, err := range j.store.List(ctx, prefix) {
		if err != nil {
			return 0, fmt.Errorf("read the journal: %w", err)
		}
		position, err := strconv.ParseInt(info.Key[len(prefix):], 10, 64)
		if err != nil {
			return 0, fault.New(fault.Corrupt, "read the journal: %s is no position", info.Key)
		}
		if position > from {
			break
		}
		start = position
	}
	return start, nil
}

// Save keeps the state of a conversation in place of the one that was kept. Idempotent.
func (j *Journal) Save(ctx context.Context, ref contract.ConversationRef, state conversation.State) error {
	return j.records.Put(ctx, folder(ref)+"/state", state)
}

// Load returns the state that was kept, nil if there is none. Entries at and after its Next are
// newer than it.
func (j *Journal) Load(ctx context.Context, ref contract.ConversationRef) (*conversation.State, error) {
	var state conversation.State
	found, err := j.records.Get(ctx, folder(ref)+"/state", &state)
	if !found || err != nil {
		return nil, err
	}
	return &state, nil
}

func folder(ref contract.ConversationRef) string {
	return "conversations/" + ref.Account + "/" + ref.Conversation
}

// batchKey sorts as positions do.
func batchKey(ref contract.ConversationRef, position int64) string {
	return fmt.Sprintf("%s/journal/%015d", folder(ref), position)
}
