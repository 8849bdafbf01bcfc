package interval

// noReason is the index of no text.
const noReason = 0

// texts gives texts numbers, from 1.
type texts struct {
	all   []string
	known map[string]int32
}

func (t *texts) index(text string) int32 {
	n, known := t.known[text]
	if !known {
		if t.known == nil {
			t.known = map[string]int32{}
		}
		t.all = append(t.all, text)
		n = int32(len(t.all))
		t.known[text] = n
	}
	return n
}

// text returns the text of a number; nil of noReason.
func (t *texts) text(n int32) []byte {
	if n == noReason {
		return nil
	}
	return []byte(t.all[n-1])
}
