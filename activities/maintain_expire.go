package activities

import (
	"context"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/destination"
	"transporter/internal/task"
)

const (
	// sweptFor is how long the pages of a sweep stay that it did not remove itself: more than
	// the day that a sweep may take with all its tries.
	sweptFor = 7 * 24 * time.Hour
	// lookedFor is how long it is remembered that a window was looked at again: longer than any
	// check may come after it.
	lookedFor = task.MaxCheckAfter + 30*24*time.Hour
	// certifiedFor is how long a certificate stays that was handed out: it can be asked for
	// again, with the same windows, as long as their receipts are there.
	certifiedFor = 30 * 24 * time.Hour
	// toldFor is how long it is remembered that a message went out, and longer while an
	// incident is open that it may be of.
	toldFor = 90 * 24 * time.Hour
)

// term is until when what lies below a prefix stays.
type term struct {
	prefix string
	before time.Time             // what was written before goes; zero: nothing does
	held   func(key string) bool // but not this; nil: none
}

// expireAll removes what is past its term, and nothing that an open run works with.
func (a *Reconcile) expireAll(ctx context.Context, id string, out *contract.Maintained, pulse *pulse) error {
	held, err := a.heldBy(ctx, id)
	if err != nil {
		return err
	}
	last, err := a.lastSnapshots(ctx, id)
	if err != nil {
		return err
	}
	forgotten, err := a.forgotten(ctx, id)
	if err != nil {
		return err
	}
	for _, t := range []term{
		{"snapshots/" + id + "/", a.ago(a.Kept.Pages), last.has},
		{"pages/" + id + "/", a.ago(a.Kept.Pages), func(key string) bool { return held(key) || last.pages.hold(key) }},
		{"uploads/" + id + "/", a.ago(a.Kept.Pages), held},
		{"rows/" + id + "/", a.ago(a.Kept.Rows), held},
		{"looks/" + id + "/", a.ago(lookedFor), nil},
		{"sweeps/" + id + "/", a.ago(sweptFor), nil},
		{"artefacts/" + id + "/", a.ago(a.Kept.Artefacts), held},
		{"cloud/" + id + "/", a.ago(a.Kept.Cloud), nil},
		{"cloud/" + id + "/", a.ago(destination.AbandonedAfter), notOfATest},
		{"unread/" + id + "/", a.ago(a.Kept.Conversations), nil},
		{"certificates/" + id + "/", a.ago(certifiedFor), nil},
		{"incidents/" + id + "/told/", forgotten, nil},
	} {
		if err := a.expire(ctx, t, out, pulse); err != nil {
			return err
		}
	}
	return a.removeLitter(ctx, "artefacts/"+id+"/", held, out, pulse)
}

// notOfATest holds what no test of a destination has left there.
func notOfATest(key string) bool { return !destination.IsProbe(key) }

// ago is the moment so long ago; zero for what stays for good.
func (a *Reconcile) ago(age time.Duration) time.Time {
	if age <= 0 {
		return time.Time{}
	}
	return a.Now().Add(-age)
}

// forgotten is the moment before which nobody asks any more whether a message went out: an
// open incident asks until it is closed.
func (a *Reconcile) forgotten(ctx context.Context, id string) (time.Time, error) {
	before := a.ago(toldFor)
	open, err := a.Incidents.All(ctx, id) // oldest first
	if err == nil && len(open) > 0 && open[0].Opened.Before(before) {
		before = open[0].Opened
	}
	return before, err
}

// expire removes the objects of the term, in the order of their keys: a commit record goes
// before the objects that it names, so that a run which is resumed meanwhile makes them anew.
func (a *Reconcile) expire(ctx context.Context, t term, out *contract.Maintained, pulse *pulse) error {
	if t.before.IsZero() {
		return nil
	}
	for info, err := range a.Kept.Store.List(ctx, t.prefix) {
		if err != nil {
			return err
		}
		if info.ModTime.IsZero() || info.ModTime.After(t.before) || t.held != nil && t.held(info.Key) {
			continue
		}
		if err := a.remove(ctx, info.Key, info.Size, out, pulse); err != nil {
			return err
		}
	}
	return nil
}

func (a *Reconcile) remove(ctx context.Context, key string, size int64, out *contract.Maintained, pulse *pulse) error {
	if err := a.Kept.Store.Delete(ctx, key); err != nil {
		return err
	}
	out.Removed++
	out.Bytes += size
	pulse.move(func(c *contract.Cursor) { c.Records++ })
	return nil
}

// heldBy returns whether an object belongs to a window that an open run works on, by its
// key: {what}/{contract.Delivery.Key}/….
func (a *Reconcile) heldBy(ctx context.Context, id string) (func(key string) bool, error) {
	runs, err := a.Runs.Working(ctx, id)
	if err != nil {
		return nil, err
	}
	held := windows{}
	for _, r := range runs {
		w := taskWindow{task: r.Task}
		if !r.WindowEnd.IsZero() {
			w.end = r.WindowEnd.UnixMilli()
		}
		held[w] = true
	}
	return held.hold, nil
}

// taskWindow is a window of a task.
type taskWindow struct {
	task string
	end  int64 // zero: any of the task
}

type windows map[taskWindow]bool

// hold reports whether an object belongs to one of the windows.
func (w windows) hold(key string) bool {
	const task, span, fields = 2, 4, 6
	parts := strings.SplitN(key, "/", fields)
	if len(parts) < fields {
		return false
	}
	s, err := contract.ParseSpan(parts[span])
	return w[taskWindow{task: parts[task]}] || err == nil && w[taskWindow{parts[task], s.To}]
}
