package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSendersHaveConversationsOfTheirOwn(t *testing.T) {
	l := load{senders: 5, conversations: talks("c", 20)}
	owner := map[string]int{}
	for s := range l.senders {
		for turn := range 50 {
			id := l.pick(s, turn).id
			if had, ok := owner[id]; ok {
				require.Equal(t, had, s, id)
			}
			owner[id] = s
		}
	}
	require.Len(t, owner, 20, "each is used")
}

func TestEveryNumberIsSentOnce(t *testing.T) {
	l := load{senders: 20, conversations: talks("c", 3), shared: true}
	var mu sync.Mutex
	seen := map[string]bool{}
	p, err := l.run(t.Context(), 50*time.Millisecond, func(_ context.Context, id string, sequence int) (bool, error) {
		mu.Lock()
		defer mu.Unlock()
		key := fmt.Sprint(id, "/", sequence)
		if taken, again := seen[key]; taken {
			return false, errors.New(key + " twice")
		} else if !again && sequence%7 == 0 { // it is to come again
			seen[key] = false
			return false, nil
		}
		seen[key] = true
		return true, nil
	})
	require.NoError(t, err)
	require.Len(t, seen, p.count)
	require.Len(t, p.took, p.count+p.givenBack)
	require.Positive(t, p.givenBack)
	require.Positive(t, p.rate)
	_, err = l.run(t.Context(), time.Minute, func(context.Context, string, int) (bool, error) { return false, errors.New("refused") })
	require.EqualError(t, err, "refused")
}

func TestQuantile(t *testing.T) {
	took := make([]time.Duration, 1000)
	for i := range took {
		took[i] = time.Duration(i+1) * time.Millisecond
	}
	require.Equal(t, 501*time.Millisecond, quantile(took, 0.5))
	require.Equal(t, time.Second, quantile(took, 0.999))
	require.Zero(t, quantile(nil, 0.5))
}
