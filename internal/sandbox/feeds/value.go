package feeds

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// drawn is a value that was made up, not yet written.
type drawn struct {
	kind   Kind
	text   string
	at     time.Time
	number int64 // of a decimal in thousandths
}

// value makes up a value of a column; moments lie in the hour that follows at.
func value(r *rand.Rand, c *Column, at time.Time) drawn {
	v := drawn{kind: c.Kind}
	switch c.Kind {
	case Moment:
		v.at = within(r, at, time.Hour)
	case Int:
		v.number = r.Int64N(50)
	case Decimal:
		v.number = r.Int64N(900_000)
	case Flag:
		v.number = r.Int64N(2)
	case Counts:
		v.text = fmt.Sprintf(`{"30":%d,"60":%d,"120":%d}`, r.IntN(9), r.IntN(9), r.IntN(9))
	case List:
		v.text = fmt.Sprintf(`["%d"]`, r.IntN(900))
	case Date:
		v.text = at.Format(time.DateOnly)
	case ID:
		v.text = identifier(r)
	case UUID:
		v.text = fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), r.IntN(1<<12), r.Int64N(1<<48))
	default:
		v.text = text(r, c)
	}
	return v
}

// identifier makes up an id; some are beyond what a float holds, some are no number.
func identifier(r *rand.Rand) string {
	switch n := r.IntN(20); {
	case n == 0:
		return strconv.FormatInt(1<<53+1+r.Int64N(1000), 10)
	case n < 3:
		return fmt.Sprintf("ext-%04x", r.IntN(1<<16))
	}
	return strconv.FormatInt(20_000_000+r.Int64N(1_000_000), 10)
}

// words are what people write: several scripts, and what a careless reader splits lines at.
var words = []string{
	"order", "refund", "thanks", "please", "password", "invoice", "Größe", "señor", "заказ", "こんにちは", "您好", "👍🏽",
	"\"quoted\"", "back\\slash", "line\nbreak", "tab\t", "sep\u2028arator", "next\u0085line", "<b>&amp;</b>",
}

// text makes up a text: one of the values that were seen, a list of segments, or words.
func text(r *rand.Rand, c *Column) string {
	switch {
	case len(c.Values) > 1 || len(c.Values) == 1 && chance(r, 50):
		return pick(r, c.Values)
	case c.Name == "company_segments":
		return pick(r, []string{"marketing", "marketing,promotions", "[marketing, promotions]", "[]"})
	case c.Name == "params":
		return fmt.Sprintf(`{"Key1":"Value%d"; "Key2":"Value2"}`, r.IntN(9))
	}
	list := make([]string, 1+r.IntN(4))
	for i := range list {
		list[i] = pick(r, words)
	}
	return strings.Join(list, " ")
}

// write writes the value in one of the forms that exports have.
func (v drawn) write(r *rand.Rand) []byte {
	switch v.kind {
	case Moment:
		return written(stampedAnyhow(r, v.at))
	case Int:
		return []byte(strconv.FormatInt(v.number, 10) + pick(r, []string{"", "", ".0"}))
	case Decimal:
		return []byte(strconv.FormatFloat(float64(v.number)/1000, 'f', -1, 64))
	case Flag:
		return []byte(pick(r, [][]string{{"0", "false", `"0"`, `"false"`}, {"1", "true", `"1"`, `"true"`}}[v.number]))
	case Counts, List:
		return []byte(v.text)
	case ID:
		if _, err := strconv.ParseInt(v.text, 10, 64); err == nil && chance(r, 50) {
			return written(json.Number(v.text))
		}
	}
	return written(v.text)
}
