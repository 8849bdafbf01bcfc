package world

import "strconv"

// chatSurvey is one kind of survey around a chat, as the record's member names it.
type chatSurvey struct {
	member, source, name string
	id                   int64
	held                 func(*chatEncoder) bool
	at                   func(*chatEncoder) int64
}

var chatSurveys = []chatSurvey{
	{
		"preChat", "Pre-Chat", "Before – chat", 1_759_631_410, func(e *chatEncoder) bool { return e.i == 0 && e.surveyDraw()%3 == 0 },
		func(e *chatEncoder) int64 { return e.g.requested },
	},
	{
		"postChat", "Exit", "After the chat", 1_759_631_510, func(e *chatEncoder) bool { return e.last() && e.surveyDraw()>>8%3 == 0 },
		func(e *chatEncoder) int64 { return e.g.end },
	},
	{
		"operator", "Operator", "Wrap-up", 1_759_631_610, func(e *chatEncoder) bool { return e.surveyDraw()>>16%9 == 0 },
		func(e *chatEncoder) int64 { return e.g.end },
	},
}

func (e *chatEncoder) last() bool { return e.i == e.c.n-1 }

func (e *chatEncoder) surveyDraw() uint64 { return mix(uint64(e.c.number)*5 ^ e.a.seed) }

// surveysHeld writes the three marks of info.
func (e *chatEncoder) surveysHeld() {
	e.bool(`,"isPreChatSurvey":`, chatSurveys[0].held(e))
	e.bool(`,"isPostChatSurvey":`, chatSurveys[1].held(e))
	e.bool(`,"isAgentSurvey":`, chatSurveys[2].held(e))
}

// surveys writes the answers: one that was chosen, one free text, and now and then one
// that is invalid.
func (e *chatEncoder) surveys() {
	e.raw(`,"surveys":{`)
	n := 0
	for i := range chatSurveys {
		s := &chatSurveys[i]
		if !s.held(e) {
			continue
		}
		e.next(n)
		n++
		e.raw(`"` + s.member + `":[`)
		h := e.surveyDraw() >> 24
		e.answer(s, 1, "How satisfied were you with this chat?", strconv.Itoa(1+int(h%5)), 10+int64(h%5))
		e.raw(`,`)
		said := message{seed: h, from: byConsumer}
		free := string(appendSaid(nil, e.c.language, &said))
		id := int64(-1)
		if h>>8%7 == 0 {
			id = -2
		}
		e.answer(s, 2, "What can we do better – “anything”?", free, id)
		e.raw(`]`)
	}
	e.raw(`}`)
}

// answer takes escaped text.
func (e *chatEncoder) answer(s *chatSurvey, question int64, asked, said string, id int64) {
	e.text(`{"scope":"Session","source":"`, s.source)
	e.text(`,"displayName":"`, asked)
	e.text(`,"value":"`, said)
	e.text(`,"values":["`, said)
	e.number(`],"answersId":["`, id)
	e.text(`],"name":"`, s.name)
	e.time(`,"time`, s.at(e))
	e.number(`,"questionID":"`, s.id+question)
	e.number(`,"surveyID":"`, s.id)
	e.raw(`}`)
}

// sdes writes the attributes: until the final pass none but what the page sent, then what
// the visitor's customer record says, in both spellings of the source. Values are texts.
func (e *chatEncoder) sdes() {
	h := mix(uint64(e.c.consumer) ^ e.a.seed<<1) // the draw of the visitor's conversations
	at := e.g.start + 50
	stamp := func(key string) { e.number(key, at) }
	e.raw(`,"sdes":{"events":[{"viewProduct":{`)
	stamp(`"serverTimeStamp":"`)
	stamp(`,"originalTimeStamp":"`)
	e.raw(`,"products":[{"quantity":null,"product":{"name":"Café crème – “L”","category":"drinks","sku":"000123","price":"4.5"}}]}}`)
	if !e.enriched() || h%sdeOneIn != 0 {
		e.raw(`]}`)
		return
	}
	stamp(`,{"customerInfo":{"serverTimeStamp":"`)
	stamp(`,"originalTimeStamp":"`)
	e.raw(`,"customerInfo":{"customerStatus":"gold – plus"`)
	e.text(`,"balance":"`, "-"+strconv.Itoa(int(h>>8%900))+".25")
	e.number(`,"customerId":"`, int64(h>>20%100_000_000))
	e.raw(`,"lastPaymentDate":{"year":"2024","month":"2","day":"29"}}},"sdeType":"CUSTOMER_INFO","isAuthenticated":true`)
	stamp(`,"serverTimeStamp":"`)
	stamp(`},{"formFillingError":{"serverTimeStamp":"`)
	stamp(`,"originalTimeStamp":"`)
	e.raw(`,"visitorError":{"contextId":"context.id","message":{"string":"Expiration date missing"},` +
		`"code":{"string":"er100004"},"level":"2","resolved":"true"}}},{"personalInfo":{`)
	stamp(`"serverTimeStamp":"`)
	stamp(`,"originalTimeStamp":"`)
	e.number(`,"name":"Visitor","surname":"`, int64(h>>8%100_000))
	e.number(`,"customerAge":{"customerAgeInYears":"`, 18+int64(h>>40%70))
	e.int(`},"contacts":[{"personalContact":{"email":"visitor`, int64(h>>8%100_000))
	e.number(`@mail.example","phone":"00`, int64(h>>24%10_000_000))
	e.raw(`}}]}}]}`)
}
