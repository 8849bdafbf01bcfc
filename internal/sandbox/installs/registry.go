package installs

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// What a write is refused for, beside a manifest that is wrong.
var (
	ErrUnknown  = errors.New("the account has no such installation")
	ErrRevision = errors.New("If-Match: must be the current ac-revision")
	ErrTaken    = errors.New("client_name: an app of that name is installed already")
)

// Registry holds the installations of all accounts. Every write to an account counts its revision
// up. It is safe for concurrent use.
type Registry struct {
	now      func() time.Time
	mu       sync.RWMutex
	accounts map[string]*installations
}

type installations struct {
	revision int64
	list     []*Installation // as they were created; deleted ones stay
}

// NewRegistry returns a registry without installations.
func NewRegistry(now func() time.Time) *Registry {
	return &Registry{now: now, accounts: map[string]*installations{}}
}

// List returns the account's installations in the order of their creation, deleted ones only when
// asked for, and the revision.
func (r *Registry) List(account string, deleted bool) ([]*Installation, int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := []*Installation{}
	for _, i := range r.of(account).list {
		if deleted || !i.Deleted {
			list = append(list, i)
		}
	}
	return list, r.of(account).revision
}

// Get returns an installation that is not deleted, and the revision; nil if there is none.
func (r *Registry) Get(account, id string) (*Installation, int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	a := r.of(account)
	if at := a.find(id); at >= 0 {
		return a.list[at], a.revision
	}
	return nil, a.revision
}

// Create installs an app. It is ErrTaken when another has its name.
func (r *Registry) Create(account string, m *Manifest) (*Installation, int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.of(account)
	if a.taken(m.Name, "") {
		return nil, a.revision, ErrTaken
	}
	one := install(m, r.now())
	a.list = append(a.list, one)
	a.revision++
	r.accounts[account] = a
	return one, a.revision, nil
}

// Update replaces the manifest of an installation. The revision must be the current one, as a
// header gives it, or it is ErrRevision.
func (r *Registry) Update(account, id, revision string, m *Manifest) (*Installation, int64, error) {
	return r.change(account, id, revision, func(a *installations, i *Installation) (*Installation, error) {
		if a.taken(m.Name, id) {
			return nil, ErrTaken
		}
		return i.with(m), nil
	})
}

// Delete marks an installation as deleted, with the same condition as Update.
func (r *Registry) Delete(account, id, revision string) (int64, error) {
	_, now, err := r.change(account, id, revision, func(_ *installations, i *Installation) (*Installation, error) {
		gone := *i
		gone.Deleted = true
		return &gone, nil
	})
	return now, err
}

// Disable switches an app off, as the platform does with apps whose endpoints are slow.
func (r *Registry) Disable(account, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.of(account)
	if at := a.find(id); at >= 0 {
		off := *a.list[at]
		off.Enabled = false
		a.list[at] = &off
		a.revision++
	}
}

func (r *Registry) change(account, id, revision string, do func(*installations, *Installation) (*Installation, error)) (*Installation, int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.of(account)
	at := a.find(id)
	if at < 0 {
		return nil, a.revision, ErrUnknown
	}
	if revision != strconv.FormatInt(a.revision, 10) {
		return nil, a.revision, fmt.Errorf("%w, which is %d", ErrRevision, a.revision)
	}
	next, err := do(a, a.list[at])
	if err != nil {
		return nil, a.revision, err
	}
	a.list[at] = next
	a.revision++
	return next, a.revision, nil
}

// of returns the account's installations; none that are kept before the first is created.
func (r *Registry) of(account string) *installations {
	if a := r.accounts[account]; a != nil {
		return a
	}
	return &installations{revision: 1}
}

func (a *installations) find(id string) int {
	return slices.IndexFunc(a.list, func(i *Installation) bool { return i.ID == id && !i.Deleted })
}

// taken reports whether an app other than that of the id has the name.
func (a *installations) taken(name, id string) bool {
	return slices.ContainsFunc(a.list, func(i *Installation) bool { return i.Name == name && i.ID != id && !i.Deleted })
}
