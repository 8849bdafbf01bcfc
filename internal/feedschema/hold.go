package feedschema

import (
	"context"
	"fmt"
	"strings"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/docs"
)

// Hold is a change that stands between a feed and its readers, or stood until it was released.
type Hold struct {
	ID       string        `json:"id" doc:"Of this very change: name it to release it." example:"3f1c9a0b7d2e4658"`
	Feed     string        `json:"feed"`
	Version  string        `json:"version"`
	Since    time.Time     `json:"since"`
	Changes  []docs.Change `json:"changes"`
	Released *Release      `json:"released,omitempty"`
}

// Release is that an operator let a change pass.
type Release struct {
	Reason string    `json:"reason"` // who decided, and why
	At     time.Time `json:"at"`
	Key    feed.Key  `json:"key,omitempty" doc:"Columns that tell rows apart from then on, where the change is of the primary key; absent: those of the catalog."`
	Order  []string  `json:"order,omitempty" doc:"Columns that rank rows of one key from then on, the most telling first, where the change is of the ordering key; absent: those of the catalog."`
}

// maxTold bounds the lines of a hold's text: it is shown where a run waits.
const maxTold = 5

// Text says what changed, in a line or a few.
func (h Hold) Text() string {
	lines := docs.Lines(h.Changes)
	if len(lines) > maxTold {
		lines = append(lines[:maxTold], "…")
	}
	return strings.Join(lines, "; ")
}

// Wait is the fault that a run waits with: it names the change and how to release it.
func (h Hold) Wait(source string) error {
	return fault.New(fault.NotReady, "feed %s is held since %s: %s", h.Feed, h.Since.UTC().Format(time.RFC3339), h.Text()).
		WithFix("%s", h.Fix(source))
}

// Fix says how to release it.
func (h Hold) Fix(source string) string {
	version := ""
	if h.Version != "1" {
		version = " --version " + h.Version
	}
	return fmt.Sprintf("look whether its rows are still read right, then: starter feed release %s %s %s%s --reason \"…\"", source, h.Feed, h.ID, version)
}

// Held returns the changes of the feed that no operator has released, oldest first; none: it may be
// read.
func (b *Book) Held(ctx context.Context, account, source, name, version string) ([]Hold, error) {
	all, err := b.holds(ctx, account, source, name, version)
	var open []Hold
	for _, h := range all {
		if h.Released == nil {
			open = append(open, h)
		}
	}
	return open, err
}

// holds returns every change that holds the feed or did.
func (b *Book) holds(ctx context.Context, account, source, name, version string) ([]Hold, error) {
	all, err := b.entries(ctx, account, source)
	if err != nil {
		return nil, err
	}
	var holds []Hold
	for _, e := range all {
		id, changes := e.holds(name, version)
		if id == "" {
			continue
		}
		h := Hold{ID: id, Feed: name, Version: version, Since: e.At, Changes: changes}
		var r Release
		found, err := b.records.Get(ctx, releaseKey(account, source, id), &r)
		if err != nil {
			return nil, err
		}
		if found {
			h.Released = &r
		}
		holds = append(holds, h)
	}
	return holds, nil
}

// Release lets one change of the feed pass, and that one alone. A second release changes nothing: who was
// first stays on record. A change that is not one of the feed's is fault.NotFound. One of the primary key makes
// the released key what tells rows apart, one of the ordering key what ranks them, see Key: that which is described, unless the
// release says another.
func (b *Book) Release(ctx context.Context, account, source, name, version, change string, r Release) (Hold, error) {
	if strings.TrimSpace(r.Reason) == "" {
		return Hold{}, fault.New(fault.InvalidSpec, "the reason is missing").WithField("reason").
			WithFix("say who decided, and why rows are still read right")
	}
	all, err := b.holds(ctx, account, source, name, version)
	if err != nil {
		return Hold{}, err
	}
	for _, h := range all {
		if h.ID != change {
			continue
		}
		if h.Released != nil {
			return h, nil
		}
		if r.Key, err = b.releasedKey(ctx, account, source, h, r.Key); err != nil {
			return Hold{}, err
		}
		if r.Order, err = b.releasedOrder(ctx, account, source, h, r.Order); err != nil {
			return Hold{}, err
		}
		key := releaseKey(account, source, change)
		if _, err := b.records.PutIfAbsent(ctx, key, r); err != nil {
			return h, err
		}
		h.Released = new(Release)
		_, err := b.records.Get(ctx, key, h.Released)
		return h, err
	}
	return Hold{}, fault.New(fault.NotFound, "no change %.32q holds feed %s", change, name).WithField("change").
		WithFix("take the id from: starter feed schema %s %s", source, name)
}

func releaseKey(account, source, id string) string { return folder(account, source) + "released/" + id }
