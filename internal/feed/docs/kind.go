package docs

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// Kind is what a declared type promises, whatever engine's spelling it has: "character varying(255)"
// and "VARCHAR(255)" are one kind.
type Kind struct {
	Family string // text, integer, decimal, float, timestamp, boolean; of others the type's name; empty: none declared
	Size   int    // text: characters; integer and float: bits; decimal: digits before the point
	Scale  int    // decimal: digits after the point
}

// unbounded is the size of text and decimals without a limit.
const unbounded = 1 << 30

// Digits of the greatest integer of so many bits, to see whether a decimal holds it.
var digits = map[int]int{8: 3, 16: 5, 24: 7, 32: 10, 64: 19}

// How two kinds compare.
const (
	Same     = "same"
	Wider    = "wider"    // everything that was promised still fits
	Narrower = "narrower" // something may not fit
	Other    = "other"    // values of another family
	Unsaid   = "unsaid"   // one of them declares nothing
)

// spelling takes a type apart: words, then numbers in brackets, then more words.
var spelling = regexp.MustCompile(`^([a-z][a-z0-9_ ]*)(?:\( ?(\d{1,9}) ?(?:, ?(\d{1,9}) ?)?\))? ?([a-z ]*)$`)

// simple are the types whose numbers in brackets say nothing about values: bigint(20) is how wide MySQL
// prints it, timestamp(6) how exact it is.
var simple = map[string]Kind{
	"tinyint": {Family: "integer", Size: 8}, "smallint": {Family: "integer", Size: 16}, "int2": {Family: "integer", Size: 16},
	"mediumint": {Family: "integer", Size: 24}, "int": {Family: "integer", Size: 32}, "integer": {Family: "integer", Size: 32}, "int4": {Family: "integer", Size: 32},
	"bigint": {Family: "integer", Size: 64}, "int8": {Family: "integer", Size: 64},
	"real": {Family: "float", Size: 32}, "float4": {Family: "float", Size: 32},
	"float": {Family: "float", Size: 64}, "float8": {Family: "float", Size: 64}, "double": {Family: "float", Size: 64}, "double precision": {Family: "float", Size: 64},
	"boolean": {Family: "boolean"}, "bool": {Family: "boolean"},
	"timestamp": {Family: "timestamp"}, "datetime": {Family: "timestamp"}, "timestamptz": {Family: "timestamp"},
	"timestamp without time zone": {Family: "timestamp"}, "timestamp with time zone": {Family: "timestamp"},
}

// KindOf reads a declared type. What it does not know is a family of its own.
func KindOf(declared string) Kind {
	text := strings.Join(strings.Fields(strings.ToLower(declared)), " ")
	if text == "" {
		return Kind{}
	}
	m := spelling.FindStringSubmatch(text)
	if m == nil {
		return Kind{Family: text}
	}
	word := strings.Join(strings.Fields(m[1]+" "+m[4]), " ")
	if k, ok := simple[word]; ok {
		return k
	}
	switch word {
	case "varchar", "character varying", "nvarchar", "text", "string", "longtext":
		return Kind{Family: "text", Size: number(m[2], unbounded)}
	case "char", "character":
		return Kind{Family: "text", Size: number(m[2], 1)}
	case "numeric", "decimal":
		if m[2] == "" {
			return Kind{Family: "decimal", Size: unbounded, Scale: unbounded}
		}
		scale := number(m[3], 0)
		return Kind{Family: "decimal", Size: number(m[2], 0) - scale, Scale: scale}
	}
	return Kind{Family: text}
}

func number(text string, otherwise int) int {
	if text == "" {
		return otherwise
	}
	n, _ := strconv.Atoi(text) // the pattern lets nine digits through
	return n
}

// Compare says what becomes of values when a column of kind k becomes one of kind to.
func (k Kind) Compare(to Kind) string {
	switch {
	case k == to:
		return Same
	case k.Family == "" || to.Family == "":
		return Unsaid
	case k.Family == "decimal" && to.Family == "decimal":
		return fits(to.Size >= k.Size && to.Scale >= k.Scale)
	case k.Family == to.Family:
		return fits(cmp.Compare(to.Size, k.Size) > 0)
	case k.Family == "integer" && to.Family == "decimal":
		return fits(to.Size >= digits[k.Size])
	case k.Family == "integer" && to.Family == "float":
		return Wider // how decimals are declared mostly
	case k.Family == "float" && to.Family == "decimal":
		return fits(to.Size == unbounded)
	case k.Family == "decimal" && (to.Family == "float" || to.Family == "integer"), k.Family == "float" && to.Family == "integer":
		return Narrower
	}
	return Other
}

func fits(all bool) string {
	if all {
		return Wider
	}
	return Narrower
}
