package receipt

import (
	"context"
	"iter"
	"strings"
	"time"

	"transporter/internal/contract"
)

// indexPrefix is where an index keeps the lines of windows that end in the month of a moment.
type indexPrefix func(account, task string, end time.Time) string

// lines yields what parse makes of the names in an index, of windows that end in [from, to), in
// their order.
func lines[T any](ctx context.Context, b *Book, prefix indexPrefix, account, task string, from, to time.Time,
	parse func(name string) (T, contract.Span, error),
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for month := range months(prefix, account, task, from, to) {
			for info, err := range b.store.List(ctx, month) {
				if err != nil {
					yield(*new(T), err)
					return
				}
				line, span, err := parse(strings.TrimPrefix(info.Key, month))
				if err == nil && (span.To < from.UnixMilli() || span.To >= to.UnixMilli()) {
					continue
				}
				if !yield(line, err) || err != nil {
					return
				}
			}
		}
	}
}

// months yields the prefixes of the months of an index that windows ending in [from, to) have.
func months(prefix indexPrefix, account, task string, from, to time.Time) iter.Seq[string] {
	return func(yield func(string) bool) {
		month := time.Date(from.UTC().Year(), from.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
		for ; month.Before(to); month = month.AddDate(0, 1, 0) {
			if !yield(prefix(account, task, month)) {
				return
			}
		}
	}
}
