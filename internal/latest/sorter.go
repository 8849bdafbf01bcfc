package latest

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"transporter/internal/staging"
)

const (
	// defaultMemory is collected before it is staged: of 10 GB come some 80 runs.
	defaultMemory = 128 << 20
	// chunkBytes is sorted at a time, while it still lies in the processor's caches.
	chunkBytes = 4 << 20
	// mostRanges bounds into how many ranges of keys the work is divided, however many cores
	// there are: a merge has as many runs open in each.
	mostRanges = 4
)

// Options of a sorter.
type Options struct {
	Memory int // bytes of rows it collects; zero: 128 MiB. Merging them takes no more
}

// Sorter finds the winners of rows that come in any order, in constant memory: it collects some,
// stages their winners as a sorted run, and merges the runs in the end. Keys are divided into
// ranges, so that every core works on one. It is safe for concurrent use. Exactly one of Finish
// and Abort ends it.
type Sorter struct {
	stage  *staging.Stage
	prefix string
	memory int
	chunk  int // bytes
	shapes shapes

	mu      sync.Mutex
	ended   bool
	added   int64
	filling *chunk
	full    []*chunk // settled, or being
	held    int      // bytes of the full ones
	free    []*chunk
	settle  sync.WaitGroup
	bounds  [][]byte // of the ranges, from the first run on: the least key of each but the first
	runs    [][]part // by run, then by range
	failed  error
}

// New returns an empty one whose objects lie below the prefix.
func New(stage *staging.Stage, prefix string, o Options) *Sorter {
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	return &Sorter{stage: stage, prefix: prefix, memory: o.Memory, chunk: min(chunkBytes, max(1, o.Memory/mostRanges))}
}

// Add takes one row, which is copied. A row without a key, of more than 64 MiB, or whose key and
// rank have 64 KiB or more is fault.SchemaMismatch; it leaves the others as they are.
func (s *Sorter) Add(ctx context.Context, key, rank, raw []byte) error {
	row := Row{Key: key, Rank: rank, Raw: raw}
	if err := row.check(); err != nil {
		return err
	}
	memory := packs.Get().(*[]byte)
	defer packs.Put(memory)
	var shape uint16
	row.Raw, shape = s.shapes.pack(memory, raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return errors.New("add row: the sorter has ended")
	}
	if s.failed == nil {
		s.failed = s.room(ctx, len(key)+len(rank)+len(row.Raw)+entryBytes)
	}
	if s.failed != nil {
		return s.failed
	}
	s.filling.add(row, shape)
	s.added++
	return nil
}

// packs are memory for one packed row each.
var packs = sync.Pool{New: func() any { return new([]byte) }}

// room makes room for a row of so many bytes in the chunk that is being filled.
func (s *Sorter) room(ctx context.Context, size int) error {
	if s.filling != nil && s.filling.size()+size <= s.chunk {
		return nil
	}
	s.seal()
	if s.held > 0 && s.held+max(size, s.chunk) > s.memory {
		if err := s.spill(ctx, s.stage.CreateScratch); err != nil {
			return err
		}
	}
	s.filling = s.empty()
	return nil
}

// seal puts the chunk that is being filled to the full ones, and settles it meanwhile.
func (s *Sorter) seal() {
	c := s.filling
	if c == nil {
		return
	}
	s.filling = nil
	s.held += c.size()
	s.full = append(s.full, c)
	s.settle.Go(c.settle)
}

// empty returns a chunk to fill.
func (s *Sorter) empty() *chunk {
	c := &chunk{}
	if n := len(s.free); n > 0 {
		c, s.free = s.free[n-1], s.free[:n-1]
	} else {
		c.data = make([]byte, 0, s.chunk)
	}
	c.number = len(s.full)
	return c
}

// Finish returns the set of the winners once all of it is safe in the store.
func (s *Sorter) Finish(ctx context.Context) (Set, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return Set{}, errors.New("finish sorting: it has ended")
	}
	if s.failed != nil {
		return Set{}, s.failed
	}
	s.seal()
	set, err := s.finish(ctx)
	if err != nil {
		s.failed = err
		return Set{}, err
	}
	set.Added = s.added
	s.end()
	return set, nil
}

// finish stages what is left, and makes one run of all.
func (s *Sorter) finish(ctx context.Context) (Set, error) {
	create := s.stage.CreateScratch
	if len(s.runs) == 0 {
		create = s.stage.CreateBlocks // the only run is the set
	}
	if len(s.full) > 0 {
		if err := s.spill(ctx, create); err != nil {
			return Set{}, err
		}
	}
	return s.merge(ctx)
}

// Abort gives the memory back and removes what is staged; after Finish it does nothing. What
// cannot be removed stays, unreferenced, until the prefix is.
func (s *Sorter) Abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	for _, run := range s.runs {
		s.drop(context.Background(), run)
	}
	s.end()
}

func (s *Sorter) end() {
	s.settle.Wait()
	s.ended, s.filling, s.full, s.free, s.runs = true, nil, nil, nil, nil
}

func ranges() int { return min(mostRanges, runtime.GOMAXPROCS(0)) }
