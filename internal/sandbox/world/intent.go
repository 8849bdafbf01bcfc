package world

import "strconv"

var intents = []string{"order status", "ask about fees", "ask about discount or promotion", "cancel – subscription", "change address", "report a problem"}

func intentOf(seed uint64) int { return int(seed >> 8 % uint64(len(intents))) }

// intentEvery is how many of the consumer's messages carry an intent: one in that many.
const intentEvery = 3

func (m *message) intentful() bool {
	return m.from == byConsumer && !m.survey && m.form == plain && m.seed%intentEvery == 0
}

// firstIntent is the id and label of the first intentful message.
func (s *story) firstIntent(a *Account) (id [16]byte, label string, ok bool) {
	for i := range s.messages {
		if m := &s.messages[i]; m.intentful() {
			k := intentOf(m.seed)
			return a.intentID(k), intents[k], true
		}
	}
	return id, "", false
}

func (a *Account) intentID(i int) [16]byte { return a.uuid(sessionID, int64(i)) }

func (e *encoder) classification(i int, score int64) {
	e.raw(`{"intentName":"`)
	e.b = appendUUID(e.b, e.a.intentID(i))
	e.text(`","intentLabel":"`, intents[i])
	e.raw(`,"confidenceScore":0.`)
	e.b = strconv.AppendInt(e.b, score, 10)
	e.raw(`,"versions":[{"modelName":"sic","modelVersion":"1.0"}]}`)
}

func (e *encoder) intents() {
	n := 0
	for i := range e.s.messages {
		m := &e.s.messages[i]
		if !m.intentful() {
			continue
		}
		if n == 0 {
			e.raw(`,"intents":[`)
		}
		e.next(n)
		n++
		k := intentOf(m.seed)
		e.raw(`{"selectedClassification":`)
		e.classification(k, 908)
		e.raw(`,"allClassifications":[`)
		e.classification(k, 908)
		e.raw(`,`)
		e.classification((k+1)%len(intents), 265)
		e.messageID(`],"messageId":"`, m)
		e.raw(`}`)
	}
	if n > 0 {
		e.raw(`]`)
	}
}

func (e *encoder) uniqueIntents() {
	var seen [16]bool
	n := 0
	for i := range e.s.messages {
		m := &e.s.messages[i]
		k := intentOf(m.seed)
		if !m.intentful() || seen[k] {
			continue
		}
		seen[k] = true
		if n == 0 {
			e.raw(`,"uniqueIntents":[`)
		}
		e.next(n)
		n++
		e.raw(`{"intentName":"`)
		e.b = appendUUID(e.b, e.a.intentID(k))
		e.text(`","intentLabel":"`, intents[k])
		e.raw(`}`)
	}
	if n > 0 {
		e.raw(`]`)
	}
}
