package world

import (
	"transporter/internal/sandbox/history"
)

// encoder appends the JSON of one story. It writes by hand, without reflection, because
// benchmarks read from the sandbox on the machine they measure.
type encoder struct {
	pen
	a *Account
	s *story
	v history.View
}

// appendRecord appends conversation n as searches at now see it.
func (a *Account) appendRecord(dst []byte, n, now int64, v history.View) []byte {
	s := stories.Get().(*story)
	defer stories.Put(s)
	a.tell(n, a.asOf(n, now), s)
	e := encoder{pen{dst}, a, s, v}
	e.record()
	return e.b
}

func (e *encoder) uuid(key string, kind idKind, n int64) {
	e.b = append(appendUUID(append(e.b, key...), e.a.uuid(kind, n)), '"')
}

// ending is time for an end that may not have come.
func (e *encoder) ending(key string, ms int64) {
	if ms != history.Open {
		e.time(key, ms)
		return
	}
	e.b = append(append(append(append(e.b, key...), `":"undefined",`...), key[1:]...), `L":-1`...)
}
