package activities

import (
	"context"
	"path"
	"time"
)

// chainedFor is how long the last snapshot of a task stays whatever the term of pages: longer
// than any window, so that the changes of the next one can be told. That of a task that is no
// more goes then.
const chainedFor = 400 * 24 * time.Hour

// lastOnes are the last snapshots of tasks: their records, and the windows whose pages they are.
type lastOnes struct {
	keys  map[string]bool
	pages windows
}

func (l lastOnes) has(key string) bool { return l.keys[key] }

func (a *Reconcile) lastSnapshots(ctx context.Context, id string) (last lastOnes, err error) {
	last = lastOnes{map[string]bool{}, windows{}}
	keys, err := a.Kept.Stage.Keys(ctx, "snapshots/"+id+"/")
	if err != nil {
		return last, err
	}
	for i, key := range keys {
		task := path.Dir(key)
		if i+1 < len(keys) && path.Dir(keys[i+1]) == task {
			continue
		}
		var s snapshot
		found, err := a.Kept.Stage.Committed(ctx, key, &s)
		if err != nil {
			return last, err
		}
		if found && s.Taken.After(a.ago(chainedFor)) {
			last.keys[key] = true
			last.pages[taskWindow{path.Base(task), s.Window.To}] = true
		}
	}
	return last, nil
}
