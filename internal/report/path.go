package report

import (
	"fmt"
	"strconv"
	"strings"
)

// Step kinds of a path.
const (
	StepKey   = iota // .name: the member of an object
	StepAny          // .*: every member of an object
	StepAll          // []: every element of an array
	StepIndex        // [n]: one element of an array
	StepWhere        // [key=value]: the elements whose member equals a text or another path
)

// Step is one step of a path.
type Step struct {
	Kind  int
	Name  string // StepKey, StepWhere: the member
	Index int    // StepIndex
	Value string // StepWhere: the text to compare with, unless Ref is set
	Ref   *Path  // StepWhere: the path whose text is compared with
}

// Path points at values of a source record. It starts at "$", the record, "@", the row's
// element, or "@name", an object around that element which derived rows name, and goes
// on with .name, .*, [], [n], [name=text] or [name=@.path].
// Where it leads to several values, a list or count takes all, anything else the first
// that is not null.
type Path struct {
	Text  string
	Row   bool   // starts at the row
	Part  string // of the row: "" is its element, else one of the rows' `with`
	Steps []Step
}

// ParsePath reads the written form; the error says where it is wrong.
func ParsePath(s string) (*Path, error) {
	p := &Path{Text: s}
	switch {
	case strings.HasPrefix(s, "$"):
	case strings.HasPrefix(s, "@"):
		p.Row = true
	default:
		return nil, fmt.Errorf("path %q must start with $ (the record) or @ (the row)", s)
	}
	rest := s[1:]
	if p.Row {
		end := strings.IndexAny(rest+".", ".[")
		if p.Part, rest = rest[:end], rest[end:]; p.Part != "" && !isName(p.Part) {
			return nil, fmt.Errorf("path %q: %q is no name", s, p.Part)
		}
	}
	for rest != "" {
		step, tail, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("path %q at %q: %w", s, rest, err)
		}
		p.Steps = append(p.Steps, step)
		rest = tail
	}
	return p, nil
}

func parseStep(s string) (Step, string, error) {
	if s[0] == '.' {
		end := strings.IndexAny(s[1:], ".[")
		if end < 0 {
			end = len(s) - 1
		}
		name, tail := s[1:1+end], s[1+end:]
		switch {
		case name == "*":
			return Step{Kind: StepAny}, tail, nil
		case !isName(name):
			return Step{}, "", fmt.Errorf("%q is no member name", name)
		}
		return Step{Kind: StepKey, Name: name}, tail, nil
	}
	end := strings.IndexByte(s, ']')
	if s[0] != '[' || end < 0 {
		return Step{}, "", fmt.Errorf("want .name or [ … ]")
	}
	step, err := parseBrackets(s[1:end])
	return step, s[end+1:], err
}

func parseBrackets(in string) (Step, error) {
	if in == "" {
		return Step{Kind: StepAll}, nil
	}
	if n, err := strconv.Atoi(in); err == nil && n >= 0 {
		return Step{Kind: StepIndex, Index: n}, nil
	}
	name, value, ok := strings.Cut(in, "=")
	if !ok || !isName(name) {
		return Step{}, fmt.Errorf("want [], [n] or [name=value], not [%s]", in)
	}
	step := Step{Kind: StepWhere, Name: name, Value: value}
	if strings.HasPrefix(value, "@") {
		ref, err := ParsePath(value)
		if err != nil {
			return Step{}, err
		}
		step.Ref = ref
	}
	return step, nil
}

func isName(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != ""
}
