package staging_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
	"transporter/internal/source"
	"transporter/internal/staging"
)

func stageSlice(t require.TestingT, p *staging.Pages, slice source.Slice, records []source.Record) {
	ctx := context.Background()
	w, err := p.Begin(ctx, slice)
	require.NoError(t, err)
	defer w.Abort()
	for _, r := range records {
		require.NoError(t, w.Add(ctx, r))
	}
	require.NoError(t, w.Commit(ctx, source.Counts{Fetched: int64(len(records))}))
}

func collect(t require.TestingT, s *staging.Stage, p *staging.Pages) []source.Record {
	commits, err := p.Slices(context.Background())
	require.NoError(t, err)
	var all []source.Record
	for r, err := range s.Records(context.Background(), commits) {
		require.NoError(t, err)
		r.Raw = slices.Clone(r.Raw)
		all = append(all, r)
	}
	return all
}

// expected is the rule in a few lines: of each ID the copy fetched latest, of two fetched
// at once the later one; then by order and ID.
func expected(records []source.Record) []source.Record {
	newest := map[string]source.Record{}
	for _, r := range records {
		if old, there := newest[r.ID]; !there || r.FetchedAt >= old.FetchedAt {
			newest[r.ID] = r
		}
	}
	var all []source.Record
	for _, r := range newest {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b source.Record) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), strings.Compare(a.ID, b.ID))
	})
	return all
}

// TestRecordsAreOrderedAndUnique compares slices of several runs, with repeated and moved
// IDs, to the rule.
func TestRecordsAreOrderedAndUnique(t *testing.T) {
	s, _ := newStage(t)
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		p := s.Pages(fmt.Sprintf("pages/%d", round), nil).SmallRuns()
		var want []source.Record
		for i := range rapid.IntRange(0, 3).Draw(t, "slices") {
			var records []source.Record
			for n := range rapid.IntRange(0, 25).Draw(t, "records") {
				size := rapid.SampledFrom([]int{10, 10, 10, 3 << 10}).Draw(t, "size")
				records = append(records, source.Record{
					Order: int64(1000*i + rapid.IntRange(-3, 3).Draw(t, "order")), ID: fmt.Sprint(i, "-", rapid.IntRange(0, 12).Draw(t, "id")),
					FetchedAt: int64(rapid.IntRange(0, 4).Draw(t, "fetched")), Raw: append([]byte(fmt.Sprint(n, ":")), make([]byte, size)...),
				})
			}
			stageSlice(t, p, source.Slice{Key: fmt.Sprintf("%04d", i)}, records)
			want = append(want, expected(records)...)
		}
		got := collect(t, s, p)
		require.Len(t, got, len(want))
		for i := range want {
			require.Equal(t, want[i], got[i], "record %d", i)
		}
	})
}

// TestManyRuns crosses the number of runs at which they are merged into one.
func TestManyRuns(t *testing.T) {
	ctx := context.Background()
	s, _ := newStage(t)
	p := s.Pages("pages", nil).SmallRuns()
	var records []source.Record
	for i := range 150 {
		records = append(records, source.Record{
			Order: int64(i * 7 % 150 / 3), ID: fmt.Sprint("id-", i%130), FetchedAt: int64(i), Raw: make([]byte, 3<<10),
		})
		records[i].Raw[0] = byte(i)
	}
	stageSlice(t, p, source.Slice{Key: "all"}, records)
	commits, err := p.Slices(ctx)
	require.NoError(t, err)
	require.LessOrEqual(t, len(commits[0].Runs), 32)
	require.Greater(t, len(commits[0].Runs), 1)
	require.EqualValues(t, 150*3<<10, commits[0].Bytes)
	want := expected(records)
	i := 0
	for r, err := range s.Records(ctx, commits) {
		require.NoError(t, err)
		require.Equal(t, want[i].ID, r.ID)
		require.Equal(t, want[i].Raw[0], r.Raw[0], "of %s the copy fetched last", r.ID)
		i++
	}
	require.Equal(t, len(want), i)
}

// A record that is larger than what is collected is a run of its own, and known by its size to whoever
// reads the slice.
func TestGiantsAreRunsOfTheirOwn(t *testing.T) {
	s, _ := newStage(t)
	p := s.Pages("pages", nil).SmallRuns()
	var records []source.Record
	for i := range 6 {
		size := 100
		if i%2 == 0 {
			size = 2<<20 + i
		}
		records = append(records, source.Record{Order: int64(9 - i), ID: fmt.Sprint("id-", i), FetchedAt: 1, Raw: slices.Repeat([]byte{byte(i)}, size)})
	}
	stageSlice(t, p, source.Slice{Key: "all"}, records)
	commits, err := p.Slices(t.Context())
	require.NoError(t, err)
	require.Len(t, commits[0].Runs, 6, "three giants, and what was collected before and after")
	require.EqualValues(t, 2<<20+4, commits[0].Giant)
	slices.Reverse(records)
	require.Equal(t, records, collect(t, s, p))
}

func TestSliceIsInvisibleBeforeCommit(t *testing.T) {
	ctx := context.Background()
	s, _ := newStage(t)
	var committed []staging.SliceCommit
	p := s.Pages("pages/", func(c staging.SliceCommit) { committed = append(committed, c) })
	slice := source.Slice{Key: "a", From: 1, To: 2}
	w, err := p.Begin(ctx, slice)
	require.NoError(t, err)
	require.NoError(t, w.Add(ctx, source.Record{ID: "x", Raw: []byte("{}")}))
	done, err := p.Done(ctx, slice)
	require.NoError(t, err)
	require.False(t, done)
	w.Abort()
	require.Error(t, w.Add(ctx, source.Record{ID: "x"}))
	require.Error(t, w.Commit(ctx, source.Counts{}))
	require.Empty(t, collect(t, s, p))

	stageSlice(t, p, slice, nil)
	done, err = p.Done(ctx, slice)
	require.NoError(t, err)
	require.True(t, done, "also an empty slice is done")
	require.Len(t, committed, 1)
	_, err = p.Done(ctx, source.Slice{Key: "a", From: 1, To: 3})
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
}

func TestFirstCommitOfASliceCounts(t *testing.T) {
	s, st := newStage(t)
	const attempts = 5
	var told []staging.SliceCommit
	var mu sync.Mutex
	p := s.Pages("pages", func(c staging.SliceCommit) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, c)
	})
	var all sync.WaitGroup
	for i := range attempts {
		all.Go(func() {
			stageSlice(t, p, source.Slice{Key: "a"}, []source.Record{{ID: "x", Raw: []byte(fmt.Sprint(i))}})
		})
	}
	all.Wait()
	require.Len(t, collect(t, s, p), 1)
	require.Len(t, told, attempts)
	for _, c := range told {
		require.Equal(t, told[0], c, "everybody hears of the commit that counts")
	}
	require.Len(t, objects(t, st, "pages/runs/"), 1, "the runs of those who lost are dropped")
}

func TestPlan(t *testing.T) {
	ctx := context.Background()
	s, _ := newStage(t)
	p := s.Pages("pages", nil)
	planned, err := p.Planned(ctx)
	require.NoError(t, err)
	require.Nil(t, planned)
	cut := []source.Slice{{Key: "1", From: 0, To: 5}, {Key: "2", From: 5, To: 9}}
	require.NoError(t, p.Plan(ctx, cut))
	require.NoError(t, p.Plan(ctx, cut), "the same again")
	require.True(t, fault.Is(p.Plan(ctx, cut[:1]), fault.Conflict))
	planned, err = s.Pages("pages", nil).Planned(ctx)
	require.NoError(t, err)
	require.Equal(t, cut, planned)
	require.True(t, fault.Is(p.Plan(ctx, []source.Slice{{Key: "a b"}}), fault.InvalidSpec))

	empty := s.Pages("empty", nil)
	require.NoError(t, empty.Plan(ctx, nil))
	planned, err = empty.Planned(ctx)
	require.NoError(t, err)
	require.NotNil(t, planned, "nothing to fetch is a plan too")
}

func TestBadRecords(t *testing.T) {
	ctx := context.Background()
	s, _ := newStage(t)
	w, err := s.Pages("pages", nil).Begin(ctx, source.Slice{Key: "a"})
	require.NoError(t, err)
	defer w.Abort()
	require.True(t, fault.Is(w.Add(ctx, source.Record{Raw: []byte("{}")}), fault.SchemaMismatch))
	require.True(t, fault.Is(w.Add(ctx, source.Record{ID: "x", Raw: make([]byte, 65<<20)}), fault.SchemaMismatch))
}

func TestRecordsReportDamage(t *testing.T) {
	ctx := context.Background()
	s, st := newStage(t)
	p := s.Pages("pages", nil).SmallRuns()
	stageSlice(t, p, source.Slice{Key: "a"}, []source.Record{{ID: "x", Raw: make([]byte, 3<<10)}, {ID: "y", Raw: make([]byte, 3<<10)}})
	commits, err := p.Slices(ctx)
	require.NoError(t, err)
	require.Len(t, commits[0].Runs, 2)
	first := func() (err error) {
		for _, e := range s.Records(ctx, commits) {
			err = errors.Join(err, e)
		}
		return err
	}
	require.NoError(t, first())
	for range s.Records(ctx, commits) {
		break // stopping early closes the runs
	}
	require.NoError(t, st.Delete(ctx, commits[0].Runs[1].Key))
	require.True(t, fault.Is(first(), fault.NotFound), "%v", first())
	_, err = st.Put(ctx, commits[0].Runs[1].Key, strings.NewReader("TPB1 nonsense"))
	require.NoError(t, err)
	require.True(t, fault.Is(first(), fault.Corrupt), "%v", first())
}

const recordBytes = 15_000

// conversation is a record of source JSON's shape and repetitiveness: names recur, ids,
// times and words do not.
func conversation(r *rand.Rand, i int) source.Record {
	words := strings.Fields("hello order refund please wait agent thank you number delivery tomorrow account help issue card")
	var b strings.Builder
	fmt.Fprintf(&b, `{"info":{"conversationId":"%016x","startTimeL":%d},"messageRecords":[`, r.Uint64(), i)
	for b.Len() < recordBytes-400 {
		fmt.Fprintf(&b, `{"type":"TEXT_PLAIN","messageData":{"msg":{"text":"`)
		for range 12 {
			b.WriteString(words[r.IntN(len(words))] + " ")
		}
		fmt.Fprintf(&b, `"}},"messageId":"ms::dialog:%x::msg:%d","seq":%d,"dialogId":"%016x","participantId":"%016x","source":"APP","time":"%d","sentBy":"Consumer"},`,
			r.Uint64(), r.IntN(1000), r.IntN(100), r.Uint64(), r.Uint64(), r.Int64())
	}
	b.WriteString(`{}]}`)
	return source.Record{Order: int64(i / 3), ID: fmt.Sprintf("%016x", r.Uint64()), Raw: []byte(b.String()), FetchedAt: 1}
}

// BenchmarkPages stages and reads 100,000 records of 15 KB, 2,000 a slice, in MB/s of
// source JSON.
func BenchmarkPages(b *testing.B) {
	const records, perSlice, distinct = 100_000, 2_000, 500
	ctx := context.Background()
	r := rand.New(rand.NewPCG(1, 1))
	pool := make([]source.Record, distinct)
	for i := range pool {
		pool[i] = conversation(r, i)
	}
	stage := func(b *testing.B, p *staging.Pages) (bytes int64) {
		for i := 0; i < records; i += perSlice {
			w, err := p.Begin(ctx, source.Slice{Key: fmt.Sprintf("%08d", i)})
			require.NoError(b, err)
			for j := i; j < i+perSlice; j++ {
				record := pool[j*7919%distinct]
				record.ID = fmt.Sprintf("%s-%d", record.ID, j)
				bytes += int64(len(record.Raw))
				require.NoError(b, w.Add(ctx, record))
			}
			require.NoError(b, w.Commit(ctx, source.Counts{}))
		}
		return bytes
	}
	b.Run("stage", func(b *testing.B) {
		for n := range b.N {
			s, _ := newStage(b)
			b.SetBytes(stage(b, s.Pages(fmt.Sprint(n), nil)))
		}
	})
	b.Run("read", func(b *testing.B) {
		s, _ := newStage(b)
		p := s.Pages("pages", nil)
		b.SetBytes(stage(b, p))
		commits, err := p.Slices(ctx)
		require.NoError(b, err)
		b.ResetTimer()
		for range b.N {
			count := 0
			for _, err := range s.Records(ctx, commits) {
				require.NoError(b, err)
				count++
			}
			require.Equal(b, records, count)
		}
	})
}
