package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/pgp"
)

// A key takes over from another by a plan in which somebody can read the files at every
// moment; any other plan is refused, and what it needs is not deleted.
func testRotation(t *testing.T, s *stack, _ furnished) {
	f := s.furnish(t)
	now := time.Now().UTC().Truncate(time.Second)
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	add := func(expires time.Time, changes map[string]any) string {
		pair, err := pgp.GenerateKey(pgp.Options{Name: "Vendor", Passphrase: "ten characters or more", Algorithm: "ed25519", Now: now.Add(-time.Hour), Expires: expires})
		require.NoError(t, err)
		body := map[string]any{"description": "Vendor", "armored": pair.Public}
		for k, v := range changes {
			body[k] = v
		}
		return s.make(t, f.at+"/keys", jsonOf(t, body))
	}
	next, short, later := add(time.Time{}, nil), add(day(5), nil), add(time.Time{}, map[string]any{"notBefore": day(3)})
	var old httpapi.KeyView
	s.call(t, "GET", f.at+"/keys/"+f.key, "").into(t, &old)
	put := func(id string, v httpapi.KeyView, successor any) answer {
		return s.call(t, "PUT", f.at+"/keys/"+id, jsonOf(t, map[string]any{"description": v.Description, "armored": v.Armored, "successor": successor}))
	}
	plan := func(key string, from, to any) map[string]any {
		p := map[string]any{"key": key, "switch": to}
		if from != nil {
			p["from"] = from
		}
		return p
	}
	for name, c := range map[string]struct {
		successor map[string]any
		field     string
		rule      string
	}{
		"a key that is not there":           {plan("01JD41M2N3P4Q5R6S7T8V9W0X1", nil, day(7)), "key", "no key"},
		"itself":                            {plan(f.key, nil, day(7)), "key", "succeed itself"},
		"a switch before the overlap":       {plan(next, day(7), day(6)), "switch", "before from"},
		"a key that ends before the switch": {plan(short, nil, day(7)), "key", "before it would be the only one"},
		"a key that begins too late":        {plan(later, day(1), day(7)), "from", "begins later"},
	} {
		t.Run(name, func(t *testing.T) {
			a := put(f.key, old, c.successor)
			require.Equal(t, 422, a.status, string(a.body))
			require.Contains(t, string(a.body), c.rule)
			require.Contains(t, string(a.body), "successor."+c.field)
		})
	}
	require.Equal(t, 200, put(f.key, old, plan(next, day(1), day(7))).status)
	var seen httpapi.KeyView
	s.call(t, "GET", f.at+"/keys/"+f.key, "").into(t, &seen)
	require.Equal(t, &httpapi.Successor{Key: next, From: &[]time.Time{day(1)}[0], Switch: day(7)}, seen.Successor)

	var following httpapi.KeyView
	s.call(t, "GET", f.at+"/keys/"+next, "").into(t, &following)
	a := put(next, following, plan(f.key, nil, day(9)))
	require.Equal(t, 422, a.status, "a circle: "+string(a.body))
	a = s.call(t, "DELETE", f.at+"/keys/"+next, "")
	require.Equal(t, http.StatusConflict, a.status, string(a.body))
	require.Contains(t, string(a.body), "starter key rotate "+f.key+" --cancel")
	require.Equal(t, 200, put(f.key, old, nil).status)
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/keys/"+next, "").status)
}

// The key that signs is made once or anew; its private half is in no answer.
func testSigner(t *testing.T, s *stack, _ furnished) {
	f := s.furnish(t)
	at := f.at + "/signer"
	a := s.call(t, "GET", at, "")
	require.Equal(t, 404, a.status)
	require.Contains(t, a.problem(t).Detail, "no key to sign with")
	var first, again, second httpapi.Signer
	s.call(t, "POST", at, "", "Idempotency-Key", "once").into(t, &first)
	s.call(t, "POST", at, "", "Idempotency-Key", "once").into(t, &again)
	require.Equal(t, first, again, "a repeat makes no other key")
	key, err := pgp.ParseKey(first.Armored)
	require.NoError(t, err)
	require.Equal(t, first.Fingerprint, key.Fingerprint())
	require.Equal(t, "Support", key.UserID())
	require.Error(t, key.Fitness(time.Now()), "it only signs")
	s.call(t, "POST", at, "").into(t, &second)
	require.NotEqual(t, first.Fingerprint, second.Fingerprint)
	require.Equal(t, 2, second.Version)
	signs := map[string]any{"destinations": []any{map[string]any{
		"destination": f.store, "encryption": map[string]any{"mode": "pgp", "keys": []any{f.key}, "sign": true},
	}}}
	require.Equal(t, 204, s.call(t, "DELETE", f.at+"/tasks/"+s.make(t, f.at+"/tasks", f.taskBody(t, signs)), "").status)
}
