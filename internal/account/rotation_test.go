package account

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKeysInForce(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, time.November, n, 0, 0, 0, 0, time.UTC) }
	s := Snapshot{Keys: map[string]Key{
		"old":   {Successor: &Successor{Key: "new", From: day(10), Switch: day(20)}},
		"new":   {Successor: &Successor{Key: "newer", From: day(25), Switch: day(28)}},
		"newer": {},
		"ring":  {Successor: &Successor{Key: "round", From: day(1), Switch: day(2)}},
		"round": {Successor: &Successor{Key: "ring", From: day(1), Switch: day(2)}},
		"quick": {Successor: &Successor{Key: "new", From: day(10), Switch: day(10)}},
	}}
	for name, c := range map[string]struct {
		ids  []string
		at   time.Time
		want []string
	}{
		"before":                          {[]string{"old"}, day(9), []string{"old"}},
		"the overlap begins":              {[]string{"old"}, day(10), []string{"old", "new"}},
		"just before the switch":          {[]string{"old"}, day(20).Add(-time.Nanosecond), []string{"old", "new"}},
		"switched":                        {[]string{"old"}, day(20), []string{"new"}},
		"the next overlap":                {[]string{"old"}, day(26), []string{"new", "newer"}},
		"at the end of the chain":         {[]string{"old"}, day(28), []string{"newer"}},
		"each once":                       {[]string{"old", "new", "quick"}, day(12), []string{"old", "new"}},
		"without an overlap":              {[]string{"quick"}, day(10), []string{"new"}},
		"a key that the account has not":  {[]string{"gone"}, day(12), []string{"gone"}},
		"a circle before it closes":       {[]string{"ring"}, day(1), []string{"ring", "round"}},
		"a circle leaves nobody in force": {[]string{"ring"}, day(3), nil},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, s.KeysInForce(c.ids, c.at)) })
	}
	require.True(t, s.Circular("newer", "old"))
	require.True(t, s.Circular("newer", "newer"))
	require.False(t, s.Circular("old", "newer"))
	require.True(t, s.Circular("other", "ring"), "a circle that is there leads nowhere")
}
