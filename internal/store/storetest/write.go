package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"transporter/internal/store"
)

func testPut(t *testing.T, s store.Store) {
	for name, text := range map[string]string{
		"empty": "", "one": "x", "binary": "\x00\xff\r\n", "chunk": strings.Repeat("0123456789abcdef", 5000),
	} {
		key := "put/" + name
		put(t, s, key, text)
		require.Equal(t, text, read(t, s, key), name)
		info, err := s.Stat(context.Background(), key)
		require.NoError(t, err)
		require.EqualValues(t, len(text), info.Size)
		require.Equal(t, key, info.Key)
		require.False(t, info.ModTime.IsZero())
	}
}

func testReplace(t *testing.T, s store.Store) {
	put(t, s, "a", "first and longer")
	put(t, s, "a", "second")
	put(t, s, "a", "second")
	require.Equal(t, "second", read(t, s, "a"))
	require.Equal(t, []string{"a"}, keys(t, s, ""))
}

func testPutIfAbsent(t *testing.T, s store.Store) {
	ctx := context.Background()
	info, err := s.PutIfAbsent(ctx, "k/once", strings.NewReader("mine"))
	require.NoError(t, err)
	require.EqualValues(t, 4, info.Size)
	_, err = s.PutIfAbsent(ctx, "k/once", strings.NewReader("yours"))
	require.ErrorIs(t, err, store.ErrExists)
	_, err = s.PutIfAbsent(ctx, "k/once", strings.NewReader("mine"))
	require.ErrorIs(t, err, store.ErrExists, "also for equal bytes")
	require.Equal(t, "mine", read(t, s, "k/once"))
	put(t, s, "k/put", "plain")
	_, err = s.PutIfAbsent(ctx, "k/put", strings.NewReader("late"))
	require.ErrorIs(t, err, store.ErrExists)
	require.NoError(t, s.Delete(ctx, "k/once"))
	_, err = s.PutIfAbsent(ctx, "k/once", strings.NewReader("again"))
	require.NoError(t, err)
	require.Equal(t, "again", read(t, s, "k/once"))
}

func testOneWinner(t *testing.T, s store.Store) {
	const racers, rounds = 8, 6
	for round := range rounds {
		key := fmt.Sprintf("race/%d", round)
		won := make([]bool, racers)
		errs := make([]error, racers)
		start := make(chan struct{})
		var all sync.WaitGroup
		for i := range racers {
			all.Go(func() {
				<-start
				_, errs[i] = s.PutIfAbsent(context.Background(), key, strings.NewReader(fmt.Sprint(i)))
				won[i] = errs[i] == nil
			})
		}
		close(start)
		all.Wait()
		winners := 0
		for i := range racers {
			if won[i] {
				winners++
				require.Equal(t, fmt.Sprint(i), read(t, s, key))
				continue
			}
			require.ErrorIs(t, errs[i], store.ErrExists)
		}
		require.Equal(t, 1, winners)
	}
}

var errReader = errors.New("the reader broke")

func testFailingReader(t *testing.T, s store.Store) {
	put(t, s, "kept", "old")
	for name, write := range writes(s) {
		for _, before := range []int{0, 1, 100_000} {
			broken := io.MultiReader(bytes.NewReader(make([]byte, before)), iotest.ErrReader(errReader))
			key := fmt.Sprintf("broken/%d", before)
			_, err := write(context.Background(), key, broken)
			require.ErrorIs(t, err, errReader, name)
			_, err = s.Stat(context.Background(), key)
			require.ErrorIs(t, err, store.ErrNotExist, name)
		}
	}
	_, err := s.Put(context.Background(), "kept", io.MultiReader(strings.NewReader("new"), iotest.ErrReader(errReader)))
	require.ErrorIs(t, err, errReader)
	require.Equal(t, "old", read(t, s, "kept"))
	require.Equal(t, []string{"kept"}, keys(t, s, ""))
}

func testCancelled(t *testing.T, s store.Store) {
	put(t, s, "kept", "old")
	for name, write := range writes(s) {
		ctx, cancel := context.WithCancel(context.Background())
		half := io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) {
			cancel()
			return 0, io.EOF
		}))
		_, err := write(ctx, "kept", half)
		require.Error(t, err, name)
		_, err = write(ctx, "fresh", strings.NewReader("text"))
		require.ErrorIs(t, err, context.Canceled, name)
	}
	require.Equal(t, "old", read(t, s, "kept"))
	require.Equal(t, []string{"kept"}, keys(t, s, ""))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func writes(s store.Store) map[string]func(context.Context, string, io.Reader) (store.Info, error) {
	return map[string]func(context.Context, string, io.Reader) (store.Info, error){
		"put": s.Put, "put if absent": s.PutIfAbsent,
	}
}

// testWholeObjects reads and replaces at once: what is read is always one writer's.
func testWholeObjects(t *testing.T, s store.Store) {
	const writers, puts, reads = 3, 8, 40
	object := func(n int) []byte {
		body := bytes.Repeat([]byte{byte('a' + n%26)}, 1+n*78_919%300_000)
		sum := sha256.Sum256(body)
		return append(sum[:], body...)
	}
	put(t, s, "busy", string(object(0)))
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for n := range puts {
				_, err := s.Put(context.Background(), "busy", bytes.NewReader(object(i*puts+n)))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range reads {
		text := read(t, s, "busy")
		sum := sha256.Sum256([]byte(text[sha256.Size:]))
		require.Equal(t, string(sum[:]), text[:sha256.Size])
	}
	all.Wait()
}

// testLarge crosses the part sizes that services split uploads at.
func testLarge(t *testing.T, s store.Store) {
	const size = 33<<20 + 7
	pattern := func() io.Reader {
		return io.LimitReader(rand.NewChaCha8([32]byte{1}), size)
	}
	hash := sha256.New()
	_, err := io.Copy(hash, pattern())
	require.NoError(t, err)
	for name, write := range writes(s) {
		key := strings.ReplaceAll(name, " ", "-")
		info, err := write(context.Background(), key, pattern())
		require.NoError(t, err)
		require.EqualValues(t, size, info.Size)
		r, err := s.Open(context.Background(), key, 0)
		require.NoError(t, err)
		got := sha256.New()
		_, err = io.Copy(got, r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, hash.Sum(nil), got.Sum(nil), name)
	}
	_, err = s.PutIfAbsent(context.Background(), "put", pattern())
	require.ErrorIs(t, err, store.ErrExists, "a large object asks before it replaces too")
	broken := io.MultiReader(pattern(), iotest.ErrReader(errReader))
	_, err = s.Put(context.Background(), "broken", broken)
	require.ErrorIs(t, err, errReader)
	require.Equal(t, []string{"put", "put-if-absent"}, keys(t, s, ""))
}
