package receipt

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// Look says that a delivered window was looked at again for what the source has changed, as
// of a moment. Looks are the names of empty objects, as Done is:
//
//	looks/{account}/{task}/{month of the end}/{from-to}~g{n}~{moment, Unix seconds}
type Look struct {
	Delivery contract.Delivery // of the whole run; its revision is not kept
	At       time.Time
}

const lookFields = 3

// PutLook adds the line. Idempotent.
func (b *Book) PutLook(ctx context.Context, l Look) error {
	v := l.Delivery
	key := fmt.Sprintf("%s%s~g%d~%d", looksPrefix(v.Account, v.Task, time.UnixMilli(v.Span.To)), v.Span, v.Generation, l.At.Unix())
	_, err := b.store.Put(ctx, key, bytes.NewReader(nil))
	return err
}

// Looks returns the lines of windows that end in [from, to), in order of windows.
func (b *Book) Looks(ctx context.Context, account, task string, from, to time.Time) iter.Seq2[Look, error] {
	return lines(ctx, b, looksPrefix, account, task, from, to, func(name string) (Look, contract.Span, error) {
		l, err := parseLook(account, task, name)
		return l, l.Delivery.Span, err
	})
}

func looksPrefix(account, task string, end time.Time) string {
	return "looks/" + account + "/" + task + "/" + end.UTC().Format(monthLayout) + "/"
}

func parseLook(account, task, name string) (Look, error) {
	bad := fault.New(fault.Corrupt, "list looks: %q is not an index key", name)
	f := strings.Split(name, "~")
	if len(f) != lookFields {
		return Look{}, bad
	}
	span, err := contract.ParseSpan(f[0])
	generation, badGeneration := strconv.Atoi(strings.TrimPrefix(f[1], "g"))
	at, badTime := strconv.ParseInt(f[2], 10, 64)
	if err != nil || badGeneration != nil || badTime != nil {
		return Look{}, bad
	}
	return Look{
		Delivery: contract.Delivery{Account: account, Task: task, Generation: generation, Span: span}, At: time.Unix(at, 0).UTC(),
	}, nil
}
