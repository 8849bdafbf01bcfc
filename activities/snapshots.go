package activities

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/report"
)

// snapshot is what one window read of lists that a report with modes is made of. Its pages
// stay as long as it does. Snapshots of a task are numbered in the order of their windows; each
// number is taken once, by put-if-absent, so that changes add up whatever runs at once.
type snapshot struct {
	Window contract.Span `json:"window"`
	Taken  time.Time     `json:"taken"` // when it had been read
	Index  Ref           `json:"index"` // FetchIndex

	// The delivery that read it: a window that is delivered once more is read anew. Of earlier releases without.
	Generation int `json:"generation,omitempty"`
	Revision   int `json:"revision,omitempty"`
}

// than compares when the snapshot has its place with that of a delivery: zero is the delivery's own.
func (s *snapshot) than(d contract.Delivery) int {
	generation := cmp.Or(s.Generation, d.Generation) // unknown: the same
	return cmp.Or(cmp.Compare(s.Window.To, d.Span.To), cmp.Compare(generation, d.Generation), cmp.Compare(s.Revision, d.Revision))
}

// snapshotsOf is where the snapshots of a report are, of all tasks that read it.
func snapshotsOf(account, source, report string) string {
	return "snapshots/" + account + "/" + source + "/" + report + "/"
}

func snapshotKey(plan *Plan, number int) string {
	of := snapshotsOf(plan.Delivery.Account, plan.Spec.Source, plan.Spec.Report)
	return of + plan.Delivery.Task + "/" + fmt.Sprintf("%08d", number)
}

// chained is the place of a window among the snapshots of its task.
type chained struct {
	number int       // that the window's own gets
	base   *snapshot // of the window before; nil: there is none
	own    bool      // the window's own is there
	late   bool      // a later one's is there: this one has no place
	gone   bool      // there was a base, which is no longer kept
}

// chain finds the window's place: after the newest snapshot, unless that is later. Changes of a window that is
// delivered once more are told from the window before, as those that they take the place of; there
// are seldom others behind that.
func (a *Run) chain(ctx context.Context, plan *Plan) (c chained, err error) {
	keys, err := a.Stage.Keys(ctx, strings.TrimSuffix(snapshotKey(plan, 0), fmt.Sprintf("%08d", 0)))
	if err != nil {
		return c, err
	}
	for _, key := range slices.Backward(keys) {
		var s snapshot
		if found, err := a.Stage.Committed(ctx, key, &s); err != nil {
			return c, err
		} else if !found {
			return c, fault.New(fault.NotReady, "snapshot %s has just been removed", key).WithFix("nothing: the step is tried again").After(time.Second)
		}
		than := s.than(plan.Delivery)
		c.own, c.late = c.own || than == 0, c.late || than > 0
		if s.Window.To < plan.Window.To {
			c.base = &s
			break
		}
	}
	if len(keys) == 0 {
		c.number = 1
		return c, nil
	}
	oldest, err := numberOf(keys[0])
	if err != nil {
		return c, err
	}
	newest, err := numberOf(keys[len(keys)-1])
	c.number, c.gone = newest+1, c.base == nil && oldest > 1
	return c, err
}

func numberOf(key string) (number int, err error) {
	if _, err = fmt.Sscanf(key[strings.LastIndexByte(key, '/')+1:], "%d", &number); err != nil {
		err = fault.New(fault.Corrupt, "%s is no snapshot", key)
	}
	return number, err
}

// placeOf is the window's place, and of mode changes the snapshot before; nil where the report
// has no modes, or delivers an old snapshot, which is no new one.
func (a *Run) placeOf(ctx context.Context, plan *Plan, def *report.Definition) (*chained, *FetchIndex, error) {
	mode := def.Mode(plan.Spec.Parameters)
	if !def.Snapshots() || mode == report.ModeAsOf {
		return nil, nil, nil
	}
	c, err := a.chain(ctx, plan)
	if err != nil || mode != report.ModeChanges {
		return &c, nil, err
	}
	since, err := a.since(ctx, c)
	return &c, since, err
}

// since is the snapshot that the changes of the window are told from; nil where there is none.
// A window is refused if the changes up to a later one have been told: they hold its own.
func (a *Run) since(ctx context.Context, c chained) (*FetchIndex, error) {
	if c.late && !c.own {
		return nil, fault.New(fault.Expired, "the changes up to a later window are rendered, and hold those of this one").
			WithFix("nothing can be done, and nothing is missing")
	}
	if c.gone {
		return nil, fault.New(fault.Expired, "what the window before read is no longer kept, and nobody can tell what has changed since").
			WithFix("deliver every row once, with mode full, and go on with the changes from then on")
	}
	if c.base == nil {
		return nil, nil
	}
	var index FetchIndex
	return &index, a.Stage.GetJSON(ctx, c.base.Index, &index)
}

// keepSnapshot makes what the window read the newest snapshot of its task. A window that comes
// after a later one keeps none, because nobody goes on from it. Lost against another window it
// is fault.NotReady: the step is done again, with that one as its base.
func (a *Run) keepSnapshot(ctx context.Context, plan *Plan, c chained, fetched Ref, taken time.Time) error {
	if c.own || c.late {
		return nil
	}
	d := plan.Delivery
	won, err := a.Stage.Commit(ctx, snapshotKey(plan, c.number), snapshot{plan.Window, taken, fetched, d.Generation, d.Revision})
	if err != nil || won {
		return err
	}
	var s snapshot
	if _, err := a.Stage.Committed(ctx, snapshotKey(plan, c.number), &s); err != nil || s.than(d) == 0 {
		return err
	}
	return fault.New(fault.NotReady, "another window of the task has been rendered meanwhile").WithFix("nothing: the step is tried again").After(time.Second)
}

// asOf is what the newest snapshot has that a task of the account took of the report at or
// before the moment. None is fault.NotFound.
func (a *Run) asOf(ctx context.Context, plan *Plan, def *report.Definition, at time.Time) (index FetchIndex, err error) {
	keys, err := a.Stage.Keys(ctx, snapshotsOf(plan.Delivery.Account, plan.Spec.Source, def.ID))
	if err != nil {
		return index, err
	}
	var newest *snapshot
	for len(keys) > 0 { // task by task
		folder := keys[0][:strings.LastIndexByte(keys[0], '/')+1]
		n := sort.Search(len(keys), func(i int) bool { return !strings.HasPrefix(keys[i], folder) })
		s, err := a.lastUntil(ctx, keys[:n], at)
		if err != nil {
			return index, err
		}
		if s != nil && (newest == nil || s.Taken.After(newest.Taken)) {
			newest = s
		}
		keys = keys[n:]
	}
	if newest == nil {
		return index, fault.New(fault.NotFound, "no snapshot of %s was taken by %s", def.ID, at.UTC().Format(time.RFC3339)).WithField("parameters.as_of").
			WithFix("choose a later moment: snapshots are taken by the runs of tasks with mode full or changes, and kept as --keep-pages of the worker says")
	}
	return index, a.Stage.GetJSON(ctx, newest.Index, &index)
}

// lastUntil returns the last snapshot that was taken at or before the moment; nil if there is
// none. They are in the order in which they were taken.
func (a *Run) lastUntil(ctx context.Context, keys []string, at time.Time) (*snapshot, error) {
	var failed error
	read := func(i int) (s snapshot) {
		if _, err := a.Stage.Committed(ctx, keys[i], &s); err != nil {
			failed = err
		}
		return s
	}
	n := sort.Search(len(keys), func(i int) bool { return read(i).Taken.After(at) })
	if n == 0 || failed != nil {
		return nil, failed
	}
	s := read(n - 1)
	return &s, failed
}
