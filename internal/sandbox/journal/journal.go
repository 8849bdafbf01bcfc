// Package journal keeps the last of what happened, bounded in number and in bytes, numbered so
// that a reader can go on where it stopped.
package journal

import "sync"

// Journal keeps entries. It is safe for concurrent use.
type Journal[T any] struct {
	mostEntries, mostBytes int

	mu      sync.Mutex
	entries []entry[T]
	bytes   int
	last    uint64 // number of the newest entry; the first has 1
}

type entry[T any] struct {
	value T
	size  int
}

// New returns an empty journal of at most so many entries and bytes.
func New[T any](mostEntries, mostBytes int) *Journal[T] {
	return &Journal[T]{mostEntries: mostEntries, mostBytes: mostBytes}
}

// Add keeps what write returns for its number, which takes about size bytes. The oldest entries
// go when the bounds are passed; the newest always stays.
func (j *Journal[T]) Add(size int, write func(number uint64) T) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	j.entries = append(j.entries, entry[T]{write(j.last), size})
	j.bytes += size
	for len(j.entries) > 1 && (len(j.entries) > j.mostEntries || j.bytes > j.mostBytes) {
		j.bytes -= j.entries[0].size
		j.entries[0] = entry[T]{} // the array behind lives on
		j.entries = j.entries[1:]
	}
}

// Since returns, oldest first, at most limit of the entries after that number that are wanted, and
// the number to go on from. Entries that are gone already are left out.
func (j *Journal[T]) Since(number uint64, limit int, wanted func(T) bool) ([]T, uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	list := []T{}
	first := j.last - uint64(len(j.entries)) // number before the oldest entry
	if number > j.last {
		number = j.last
	}
	for number = max(number, first); number < j.last && len(list) < limit; number++ {
		if v := j.entries[number-first].value; wanted(v) {
			list = append(list, v)
		}
	}
	return list, number
}
