package world

import "strconv"

// sde writes one engagement attribute event. In v=1 every value is a string, in v=2 it
// has its type; time stamps are strings of milliseconds in both.
type sde struct {
	e  *encoder
	at int64
}

func (d sde) stamp(key string) {
	d.e.int(key, d.at)
	d.e.raw(`"`)
}

// number writes a value that is a number only in v=2.
func (d sde) number(key, value string) {
	if d.e.v.Typed {
		d.e.raw(key + value)
		return
	}
	d.e.raw(key + `"` + value + `"`)
}

func (d sde) open(kind string) {
	d.stamp(`{"` + kind + `":{"serverTimeStamp":"`)
	d.stamp(`,"originalTimeStamp":"`)
}

func (d sde) close(kind string) {
	d.e.raw(`},"sdeType":"` + kind + `"`)
	d.stamp(`,"serverTimeStamp":"`)
	d.e.raw(`}`)
}

// sdeOneIn conversations have authenticated attributes.
const sdeOneIn = 2

// sdes writes the authenticated events.
func (e *encoder) sdes() {
	h := mix(uint64(e.a.consumer(e.s.n)) ^ e.a.seed<<1)
	if h%sdeOneIn != 0 {
		return
	}
	d := sde{e, e.s.times.start + 50}
	e.raw(`,"sdes":{"events":[`)
	if e.v.Whole { // searches give the latest event alone
		e.personal(d, h)
		e.raw(`,`)
	}
	e.customer(d, h)
	e.raw(`]}`)
}

func (e *encoder) customer(d sde, h uint64) {
	d.open("customerInfo")
	d.number(`,"customerInfo":{"customerStatus":"gold – plus","balance":`, "-"+strconv.Itoa(int(h>>8%900))+".25")
	e.int(`,"currency":"EUR","customerId":"`, int64(h>>20%100_000_000))
	d.number(`","companySize":`, strconv.Itoa(int(h>>30%5000)))
	e.raw(`,"lastPaymentDate":{`)
	d.number(`"year":`, "2024")
	d.number(`,"month":`, "2")
	d.number(`,"day":`, "29")
	e.raw(`}}`)
	d.close("CUSTOMER_INFO")
}

func (e *encoder) personal(d sde, h uint64) {
	d.open("personalInfo")
	e.int(`,"personalInfo":{"name":"Visitor","surname":"`, int64(h>>8%100_000))
	d.number(`","customerAge":{"customerAgeInYears":`, strconv.Itoa(18+int(h>>40%70)))
	e.int(`},"contacts":[{"personalContact":{"email":"visitor`, int64(h>>8%100_000))
	e.int(`@mail.example","phone":"00`, int64(h>>24%10_000_000))
	e.raw(`"}}]}`)
	d.close("PERSONAL_INFO")
}

// unauthSDEs writes what the page said about the visitor; only v=2 has them.
func (e *encoder) unauthSDEs() {
	if !e.v.Typed || !e.s.traits.unauth {
		return
	}
	h := mix(uint64(e.s.n) ^ e.a.seed<<2)
	d := sde{e, e.s.times.start + 90}
	e.raw(`,"unAuthSdes":{"events":[`)
	d.open("cartStatus")
	d.number(`,"total":`, strconv.Itoa(int(h%500))+".99")
	d.number(`,"currency":"USD","numItems":`, "1")
	e.raw(`,"products":[{"quantity":1,"product":{"name":"Café crème – “L”","category":"drinks","sku":"000123","price":4.5}}]`)
	d.close("CART_STATUS")
	e.raw(`]}`)
}
