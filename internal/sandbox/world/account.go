// Package world makes up the conversations and chats of an account. Number n of either is a
// pure function of (seed, n), so that an account of any size needs no memory: numbers
// map to start times and ids in closed form, and everything else is drawn again from the
// number whenever it is asked for.
package world

import (
	"hash/fnv"

	"transporter/internal/sandbox/history"
)

// Account is the made-up content of one platform account. It is immutable but for a
// bounded cache of recent results, and safe for concurrent use.
type Account struct {
	axis      // of conversations
	id        string
	seed      uint64
	chats     axis
	directory directory
	recent    recent
	days      days
}

var _ history.Archive = (*Account)(nil)

// NewAccount returns the account of that id in the world of that seed, with about
// conversations in 13 months (at least 1).
func NewAccount(seed int64, id string, conversations int) *Account {
	return newAccount(seed, id, conversations, busyHours)
}

// NewEvenAccount returns such an account in which nights and weekends are as busy as any other time.
func NewEvenAccount(seed int64, id string, conversations int) *Account {
	return newAccount(seed, id, conversations, evenHours)
}

func newAccount(seed int64, id string, conversations int, weight func(hour int) int64) *Account {
	h := fnv.New64a()
	h.Write([]byte(id))
	a := &Account{id: id, seed: mix(uint64(seed) ^ h.Sum64())}
	a.axis = axis{newShape(max(conversations, 1), weight), a.key(streamStart)}
	a.chats = axis{newShape(max(conversations/conversationsPerChat, 1), weight), a.key(streamChatStart)}
	a.recent.most = recentNumbers
	a.directory = newDirectory(a.seed, conversations)
	return a
}

// ID is the account's id.
func (a *Account) ID() string { return a.id }
