package account

import (
	"slices"
	"time"
)

// Successor names the key that takes over from another: from From on files are for both,
// from Switch on for the successor alone.
type Successor struct {
	Key    string    `json:"key"`
	From   time.Time `json:"from"`
	Switch time.Time `json:"switch"`
}

// InForce returns the ids of the keys that files for the key are encrypted to at the time:
// itself until it is succeeded, and its successor from the beginning of their overlap,
// which may have one in its turn. An id that the account does not have is in force: who
// uses it finds that out. Keys that succeed each other in a circle are in force as long as
// one of them has not been succeeded.
func (s Snapshot) InForce(id string, now time.Time) (ids []string) {
	for range len(s.Keys) + 1 {
		next := s.Keys[id].Successor
		if next == nil || now.Before(next.Switch) {
			ids = append(ids, id)
		}
		if next == nil || now.Before(next.From) {
			break
		}
		id = next.Key
	}
	return ids
}

// KeysInForce returns the keys in force in place of the given ones, each once.
func (s Snapshot) KeysInForce(ids []string, now time.Time) (all []string) {
	for _, id := range ids {
		for _, k := range s.InForce(id, now) {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	return all
}

// Circular reports whether a key would succeed itself in the end, if next succeeded it.
func (s Snapshot) Circular(id, next string) bool {
	for range len(s.Keys) + 1 {
		if next == id {
			return true
		}
		after := s.Keys[next].Successor
		if after == nil {
			return false
		}
		next = after.Key
	}
	return true
}
