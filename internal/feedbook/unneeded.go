package feedbook

import (
	"context"
	"iter"
	"path"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/store"
)

// Grace is how long rows may wait for the record that names them, and how long those that no record
// names any more are still read by who found them before: no attempt of a step takes as long.
const Grace = 2 * 24 * time.Hour

// Keep says what of an account is needed beside what ledger and states say themselves.
type Keep struct {
	// Fetched are the leaves that windows were read from which are not delivered yet. They are to be
	// found out first: what a run makes of them meanwhile is in a state by the time that is looked at.
	Fetched [][]Leaf
	// Finished reports whether a delivery is through, so that it is rendered no more.
	Finished func(context.Context, contract.Delivery) (bool, error)
	// Over reports whether a task has ended or begun anew, so that nothing goes on from the table.
	Over func(task string, generation int) bool
	// Resumable is how long a table is kept that is over; zero for good.
	Resumable time.Duration
}

// Unneeded yields the rows of an account that nothing will read: of leaves whose reading or merging was
// killed, of exports that gave way to newer ones, of bases that were merged into another. All that a
// state needs which may be rendered or gone on from, a window that is fetched, the newest export of a
// leaf, or a step that goes on, is not among them. It ends at the first error.
func (b *Book) Unneeded(ctx context.Context, account string, k Keep) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		s := &sweep{Book: b, Keep: k, now: b.now().UTC(), named: names{}}
		for _, leaves := range k.Fetched {
			s.named.leaves(leaves...)
		}
		err := s.states(ctx, account)
		for _, unneeded := range []iter.Seq2[store.Info, error]{s.merged(ctx, account), s.read(ctx, account)} {
			if err != nil {
				break
			}
			for info, failed := range unneeded {
				if err = failed; err != nil {
					break
				}
				if !yield(info, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(store.Info{}, err)
		}
	}
}

// sweep is one look at all rows of an account.
type sweep struct {
	*Book
	Keep

	now   time.Time
	named names
}

// names are the last parts of staged objects' keys, which no two objects share.
type names map[string]struct{}

func (n names) add(refs ...contract.Ref) {
	for _, r := range refs {
		n[path.Base(r.Key)] = struct{}{}
	}
}

func (n names) leaves(leaves ...Leaf) {
	for i := range leaves {
		n.add(leaves[i].Rows.Runs...)
		n.add(leaves[i].BadLines...)
	}
}

func (n names) has(key string) bool {
	_, ok := n[path.Base(key)]
	return ok
}

func (s *sweep) young(at time.Time) bool { return at.IsZero() || at.After(s.now.Add(-Grace)) }

// merged yields what merging left that no state needs.
func (s *sweep) merged(ctx context.Context, account string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for info, err := range s.store.List(ctx, mergedFolder+account+"/") {
			if err == nil && (s.young(info.ModTime) || s.named.has(info.Key)) {
				continue
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
	}
}

// read yields what reading leaves left. The ledger of a table is listed before its rows.
func (s *sweep) read(ctx context.Context, account string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		var table, stamp string
		var ledger names   // of this table
		var exports []Leaf // of this stamp
		var keys []string
		for info, err := range s.store.List(ctx, leavesFolder+account+"/") {
			if err != nil {
				yield(info, err)
				return
			}
			of, rest := cutTable(info.Key)
			if of != table {
				table, ledger = of, names{}
			}
			if folder := path.Dir(info.Key); folder != stamp {
				if err := s.superseded(ctx, keys, exports, ledger); err != nil {
					yield(info, err)
					return
				}
				stamp, keys, exports = folder, nil, nil
			}
			switch {
			case strings.HasPrefix(rest, "leaves/"):
				var row Leaf
				if found, err := s.records.Get(ctx, info.Key, &row); err != nil {
					yield(info, err)
					return
				} else if found {
					keys, exports = append(keys, info.Key), append(exports, row)
				}
			case strings.HasPrefix(rest, "rows/") && !s.young(info.ModTime) && !ledger.has(info.Key) && !s.named.has(info.Key):
				if !yield(info, nil) {
					return
				}
			}
		}
	}
}

// superseded names the rows of a leaf's newest export. Older ones are retired first, so that nobody
// finds them any more, and needed for a grace time after that.
func (s *sweep) superseded(ctx context.Context, keys []string, exports []Leaf, ledger names) error {
	for i := range exports {
		row := &exports[i]
		if i < len(exports)-1 && row.Retired.IsZero() {
			row.Retired = s.now
			if err := s.records.Put(ctx, keys[i], row); err != nil {
				return err
			}
		}
		if s.young(row.Retired) {
			ledger.leaves(*row)
		}
	}
	return nil
}

// cutTable parts a key of leaves or rows behind its table.
func cutTable(key string) (table, rest string) {
	const parts = 6 // feeds/{account}/{source}/{report}/{dedupe}/v{version}
	at := 0
	for range parts {
		n := strings.IndexByte(key[at:], '/')
		if n < 0 {
			return key, ""
		}
		at += n + 1
	}
	return key[:at-1], key[at:]
}
