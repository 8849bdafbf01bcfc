package world

import (
	"bytes"
	_ "embed"
	"strconv"
	"strings"
)

//go:embed corpus.txt
var corpusText string

// A phrase is one utterance, escaped for JSON, in the pieces around its numbers.
type phrase [][]byte

// tongue is what is said in one language, by side.
type tongue struct {
	name            string
	consumer, brand []phrase
}

var (
	corpus                  []tongue // the languages; English first
	odd, notes, systemLines tongue   // cells that break careless readers; private notes; system lines
)

func init() {
	for line := range strings.Lines(corpusText) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		side, text, _ := strings.Cut(rest, "\t")
		t := tongueNamed(name)
		// The file writes control characters as JSON does and quotes as they are.
		p := bytes.Split([]byte(strings.ReplaceAll(text, `"`, `\"`)), []byte("{n}"))
		if side == "C" {
			t.consumer = append(t.consumer, p)
		} else {
			t.brand = append(t.brand, p)
		}
	}
}

func tongueNamed(name string) *tongue {
	switch name {
	case "odd":
		return &odd
	case "note":
		return &notes
	case "system":
		return &systemLines
	}
	for i := range corpus {
		if corpus[i].name == name {
			return &corpus[i]
		}
	}
	corpus = append(corpus, tongue{name: name})
	return &corpus[len(corpus)-1]
}

// append writes the phrase with a number in its gaps.
func (p phrase) append(dst []byte, n int64) []byte {
	for i, piece := range p {
		if i > 0 {
			dst = strconv.AppendInt(dst, n, 10)
		}
		dst = append(dst, piece...)
	}
	return dst
}

// appendText writes what a message says, escaped for JSON: one to four phrases.
func (s *story) appendText(dst []byte, m *message) []byte {
	return appendSaid(dst, s.traits.language, m)
}

// appendSaid writes what a message says in a language.
func appendSaid(dst []byte, language int, m *message) []byte {
	r := random(m.seed)
	list := phrases(language, m, &r)
	count := 1
	if m.from != bySystem {
		count += r.below(3) * r.below(3)
	}
	for i := range count {
		if i > 0 {
			dst = append(dst, joints[r.below(len(joints))]...)
		}
		dst = list[r.below(len(list))].append(dst, int64(r.below(1_000_000)))
	}
	return dst
}

var joints = []string{" ", " ", " ", `\n`, `\r\n`, ` – `}

func phrases(language int, m *message, r *random) []phrase {
	t := &corpus[language]
	switch {
	case m.note:
		return notes.brand
	case m.from == bySystem:
		return systemLines.brand
	case r.chance(40):
		if m.from == byConsumer {
			return odd.consumer
		}
		return odd.brand
	case m.from == byConsumer:
		return t.consumer
	}
	return t.brand
}
