// Package storetest is the contract suite that every store driver runs.
package storetest

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/store"
)

// Run runs the suite. open returns an empty store, a new one at each call.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store){
		"put and read back":          testPut,
		"put replaces":               testReplace,
		"put if absent never":        testPutIfAbsent,
		"put if absent one winner":   testOneWinner,
		"failing reader":             testFailingReader,
		"cancelled":                  testCancelled,
		"readers see whole objects":  testWholeObjects,
		"open at an offset":          testOffset,
		"missing":                    testMissing,
		"list":                       testList,
		"bad keys":                   testBadKeys,
		"as a map":                   testModel,
		"delete makes way":           testDeleteMakesWay,
		"long keys":                  testLongKeys,
		"large objects stay in line": testLarge,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func put(t require.TestingT, s store.Store, key, text string) {
	info, err := s.Put(context.Background(), key, bytes.NewReader([]byte(text)))
	require.NoError(t, err)
	require.Equal(t, key, info.Key)
	require.EqualValues(t, len(text), info.Size)
}

func read(t require.TestingT, s store.Store, key string) string {
	r, err := s.Open(context.Background(), key, 0)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(text)
}

func keys(t require.TestingT, s store.Store, prefix string) []string {
	found := []string{}
	for info, err := range s.List(context.Background(), prefix) {
		require.NoError(t, err)
		found = append(found, info.Key)
	}
	return found
}
