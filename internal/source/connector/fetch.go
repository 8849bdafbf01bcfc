package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"transporter/internal/contract"
	"transporter/internal/conversation"
	"transporter/internal/fault"
	"transporter/internal/source"
)

const (
	// slicesAtOnce bounds the conversations that are read beside each other: each is held whole.
	slicesAtOnce = 4
	// sliceClosings is how many closings a slice has, but for those of one millisecond: what is
	// read again after a failure stays small.
	sliceClosings = 250
)

// Fetch reads every conversation that was noted as over in the window, once, as its last closing
// within the window has it; see source.Source. A window whose index may not be complete yet is
// fault.NotReady, one of which something may be removed fault.Expired. Reading a window again gives the same records, whatever has come since.
func (s *Source) Fetch(ctx context.Context, q source.Query, sink source.Sink) error {
	if err := check(q.Resource); err != nil {
		return err
	}
	if wait := time.Duration(q.To-q.Now)*time.Millisecond + s.settle; wait > 0 {
		return fault.New(fault.NotReady, "the window ends %s, and what was closed in it is known %s later",
			time.UnixMilli(q.To).UTC().Format(time.RFC3339), s.settle).After(wait)
	}
	if err := s.kept(ctx, q); err != nil {
		return err
	}
	planned, err := sink.Planned(ctx)
	if err != nil {
		return err
	}
	if planned == nil {
		if planned, err = s.plan(ctx, q); err != nil {
			return err
		}
		if err := sink.Plan(ctx, planned); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(slicesAtOnce)
	for _, sl := range planned {
		group.Go(func() error {
			if done, err := sink.Done(ctx, sl); done || err != nil {
				return err
			}
			return s.read(ctx, q, sl, sink)
		})
	}
	return group.Wait()
}

// kept refuses a window of which something may be gone. What is read goes between two calls of it.
func (s *Source) kept(ctx context.Context, q source.Query) error {
	since, err := s.journal.KeptSince(ctx, s.account)
	if err != nil || q.From >= since {
		return err
	}
	moment := func(at int64) string { return time.UnixMilli(at).UTC().Format(time.RFC3339) }
	return fault.New(fault.Expired, "the window begins %s, and conversations are kept since %s", moment(q.From), moment(since)).
		WithFix("ask for a window after that; --keep-conversations of the worker says how long they stay")
}

// plan cuts the window into slices of about as many closings.
func (s *Source) plan(ctx context.Context, q source.Query) (slices []source.Slice, err error) {
	from, n := q.From, 0
	end := func(to int64) {
		slices = append(slices, source.Slice{Key: contract.Span{From: from, To: to}.String(), From: from, To: to})
		from, n = to, 0
	}
	for c, err := range s.journal.Closed(ctx, s.account, q.From, q.To) {
		if err != nil {
			return nil, err
		}
		if n >= sliceClosings && c.At > from {
			end(c.At)
		}
		n++
	}
	end(q.To)
	return slices, nil
}

// read reads one slice and commits it. Its total is what the index says.
func (s *Source) read(ctx context.Context, q source.Query, sl source.Slice, sink source.Sink) error {
	w, err := sink.Begin(ctx, sl)
	if err != nil {
		return err
	}
	defer w.Abort()
	var counts source.Counts
	for c, err := range s.journal.Closed(ctx, s.account, sl.From, sl.To) {
		if err != nil {
			return err
		}
		counts.Calls++
		last, err := s.journal.Closing(ctx, s.ref(c), q.To)
		switch {
		case err != nil:
			return at(c.Conversation, err)
		case last.At != c.At: // closed again within the window
			counts.Duplicates++
			continue
		}
		counts.Total++
		raw, err := s.record(ctx, *last)
		if err != nil {
			return at(c.Conversation, err)
		}
		counts.Fetched, counts.Kept = counts.Fetched+1, counts.Kept+1
		r := source.Record{Order: c.At, At: c.At, ID: c.Conversation, Raw: raw, FetchedAt: s.now().UnixMilli()}
		if err := w.Add(ctx, r); err != nil {
			return err
		}
	}
	if err := s.kept(ctx, q); err != nil {
		return err
	}
	return w.Commit(ctx, counts)
}

func (s *Source) ref(c conversation.Closing) contract.ConversationRef {
	return contract.ConversationRef{Account: s.account, App: c.App, Conversation: c.Conversation}
}

// record returns the conversation as it stood at the closing, as JSON.
func (s *Source) record(ctx context.Context, c conversation.Closing) ([]byte, error) {
	t := newTranscript(c)
	ref, next := s.ref(c), int64(0)
	for e, err := range s.journal.Entries(ctx, ref, 0) {
		if err != nil {
			return nil, err
		}
		if e.Position >= c.Next {
			break
		}
		next = e.Position + 1
		if v := e.Event; v != nil && isMessage(v) && v.Blob != nil && t.holds(v.Blob.Size) {
			if v.Body, err = s.journal.Body(ctx, ref, *v.Blob); err != nil {
				return nil, err
			}
		}
		t.add(e)
	}
	if next != c.Next {
		return nil, fault.New(fault.Corrupt, "the journal ends at %d and was written up to %d", next, c.Next).
			WithFix("look for what has removed or hidden objects of the store")
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // texts as they came
	if err := enc.Encode(t.finish()); err != nil {
		return nil, fmt.Errorf("write the record: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// at names the conversation that an error is about.
func at(conversation string, err error) error {
	return fmt.Errorf("conversation %s: %w", conversation, err)
}
