package journal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"transporter/internal/store"
)

// kept is since when all closings of an account are kept.
type kept struct {
	Since int64 `json:"since"` // epoch milliseconds
}

func keptKey(account string) string { return "conversations-kept/" + account }

// KeptSince returns the time since which everything that was noted as over is kept, epoch
// milliseconds; 0 is for ever. It is known before the first of what is older goes: what was read
// whole before this was asked was whole.
func (j *Journal) KeptSince(ctx context.Context, account string) (int64, error) {
	var k kept
	if _, err := j.records.Get(ctx, keptKey(account), &k); err != nil {
		return 0, fmt.Errorf("read since when conversations are kept: %w", err)
	}
	return k.Since, nil
}

// Forget removes the conversations of the account in which nothing was written and which were not
// noted as over since a time, epoch milliseconds, and the index before it. Each object goes by
// remove. It may be ended anywhere, and does the rest when it is called again. A conversation that
// is held must not be silent for so long.
func (j *Journal) Forget(ctx context.Context, account string, before int64, remove func(store.Info) error) error {
	since, err := j.KeptSince(ctx, account)
	if err != nil {
		return err
	}
	gone := func(info store.Info) error {
		if before > since {
			if err := j.records.Put(ctx, keptKey(account), kept{Since: before}); err != nil {
				return fmt.Errorf("note since when conversations are kept: %w", err)
			}
			since = before
		}
		return remove(info)
	}
	if err := j.forgetIndex(ctx, account, before, gone); err != nil {
		return err
	}
	prefix := "conversations/" + account + "/"
	var of string
	var objects []store.Info
	for info, err := range j.store.List(ctx, prefix) {
		if err != nil {
			return fmt.Errorf("list conversations: %w", err)
		}
		id, _, _ := strings.Cut(info.Key[len(prefix):], "/")
		if id != of {
			if err := forget(objects, before, gone); err != nil {
				return err
			}
			of, objects = id, nil
		}
		objects = append(objects, info)
	}
	return forget(objects, before, gone)
}

func (j *Journal) forgetIndex(ctx context.Context, account string, before int64, remove func(store.Info) error) error {
	prefix := "conversations-closed/" + account + "/"
	for info, err := range j.store.List(ctx, prefix) { // by time
		if err != nil {
			return fmt.Errorf("list closed conversations: %w", err)
		}
		if at, _, err := indexed(info.Key[strings.LastIndexByte(info.Key, '/')+1:]); err != nil || at >= before {
			return nil // a strange name stays for those who read the index to name it
		}
		if err := remove(info); err != nil {
			return err
		}
	}
	return nil
}

// forget removes the objects of one conversation if none is so new. What is left when it ends early
// is a conversation that begins with its first entry: the state goes first, which names the end of
// the journal, then the journal from its end, and last what entries name.
func forget(objects []store.Info, before int64, remove func(store.Info) error) error {
	for _, o := range objects {
		if o.ModTime.IsZero() || o.ModTime.UnixMilli() >= before || closedAt(o.Key) >= before {
			return nil
		}
	}
	slices.SortFunc(objects, func(a, b store.Info) int {
		if d := rank(a.Key) - rank(b.Key); d != 0 {
			return d
		}
		return strings.Compare(b.Key, a.Key)
	})
	for _, o := range objects {
		if err := remove(o); err != nil {
			return err
		}
	}
	return nil
}

// part is what an object of a conversation is: conversations/{account}/{conversation}/{part}/….
func part(key string) (name, rest string) {
	const of = 3
	fields := strings.SplitN(key, "/", of+2)
	return fields[min(of, len(fields)-1)], fields[len(fields)-1]
}

func rank(key string) int {
	name, _ := part(key)
	return slices.Index([]string{"state", "closings", "journal", "bodies"}, name)
}

// closedAt is the time that a closing has; 0 is of what is none.
func closedAt(key string) int64 {
	name, at := part(key)
	if name != "closings" {
		return 0
	}
	ms, _ := strconv.ParseInt(at, 10, 64) // 0 if it is none
	return ms
}
