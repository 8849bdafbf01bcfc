package staging

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/store"
)

// Below a prefix of pages lie the plan, a commit record a slice, and the runs.
const (
	planPart   = "plan"
	slicesPart = "slices"
	runsPart   = "runs"
)

// Pages stages the records of one query, slice by slice. It is safe for concurrent use,
// also by several processes: the first that commits a slice counts.
type Pages struct {
	stage    *Stage
	prefix   string
	onCommit func(SliceCommit)
	runBytes int

	weighing sync.Mutex
	held     int64 // of IDs, by the slices that are open
	room     func(bytes int64) error
}

var _ source.Sink = (*Pages)(nil)

// SliceCommit is the commit record of a slice.
type SliceCommit struct {
	Slice  source.Slice   `json:"slice"`
	Runs   []contract.Ref `json:"runs"`
	Counts source.Counts  `json:"counts"`
	Bytes  int64          `json:"bytes"` // of the records as they came, repeated ones too

	// Giant is the size of the largest record, if that is larger than what is collected before it is
	// sorted: whoever reads the slice holds that much.
	Giant int64 `json:"giant,omitempty"`

	// Cut holds the IDs of which the copy fetched latest is cut, in order.
	Cut []string `json:"cut,omitempty"`

	// Moved holds the IDs that came with several orders and the order that counts, that
	// of the copy fetched latest.
	Moved map[string]int64 `json:"moved,omitempty"`
}

// Pages returns the sink below the prefix. onCommit, if not nil, is called after every
// slice that is committed through it, concurrently if slices are.
func (s *Stage) Pages(prefix string, onCommit func(SliceCommit)) *Pages {
	if onCommit == nil {
		onCommit = func(SliceCommit) {}
	}
	return &Pages{stage: s, prefix: prefix, onCommit: onCommit, runBytes: runBytes}
}

// Within has room asked, from several slices at once, before all that are open hold more bytes for the IDs
// that they have seen than it was asked for. What it refuses is the error of the record that was added.
func (p *Pages) Within(room func(bytes int64) error) *Pages {
	p.room = room
	return p
}

// weigh counts bytes that a slice holds from now on, or no more.
func (p *Pages) weigh(bytes int64) error {
	p.weighing.Lock()
	p.held += bytes
	held := p.held
	p.weighing.Unlock()
	if bytes < 0 || p.room == nil {
		return nil
	}
	return p.room(held)
}

// Done implements source.Sink.
func (p *Pages) Done(ctx context.Context, s source.Slice) (bool, error) {
	commit, found, err := p.committed(ctx, s.Key)
	if err == nil && found && commit.Slice != s {
		err = fault.New(fault.Conflict, "slice %s was cut otherwise before", s.Key)
	}
	return found, err
}

// Plan implements source.Sink. A different plan that is there already is fault.Conflict:
// read Planned and cut alike.
func (p *Pages) Plan(ctx context.Context, cut []source.Slice) error {
	for _, s := range cut {
		if err := store.CheckKey(p.sliceKey(s.Key)); err != nil {
			return fmt.Errorf("plan slices: %w", err)
		}
	}
	won, err := p.stage.Commit(ctx, join(p.prefix, planPart), append([]source.Slice{}, cut...))
	if won || err != nil {
		return err
	}
	planned, err := p.Planned(ctx)
	if err == nil && !slices.Equal(planned, cut) {
		err = fault.New(fault.Conflict, "plan slices: another attempt cut the query otherwise")
	}
	return err
}

// Planned implements source.Sink.
func (p *Pages) Planned(ctx context.Context) ([]source.Slice, error) {
	var cut []source.Slice
	_, err := p.stage.Committed(ctx, join(p.prefix, planPart), &cut)
	return cut, err
}

// Slices returns the commit records of the finished slices, in ascending key order.
func (p *Pages) Slices(ctx context.Context) ([]SliceCommit, error) {
	var commits []SliceCommit
	for info, err := range p.stage.store.List(ctx, p.sliceKey("")) {
		if err != nil {
			return nil, err
		}
		var c SliceCommit
		found, err := p.stage.Committed(ctx, info.Key, &c)
		if err != nil {
			return nil, err
		}
		if found {
			commits = append(commits, c)
		}
	}
	return commits, nil
}

func (p *Pages) committed(ctx context.Context, key string) (c SliceCommit, found bool, err error) {
	found, err = p.stage.Committed(ctx, p.sliceKey(key), &c)
	return c, found, err
}

func (p *Pages) sliceKey(key string) string { return join(p.prefix, slicesPart+"/"+key) }
