// Package listing is the account configuration: users, skills, agent groups, profiles,
// lines of business and status reasons as lists of entities.
package listing

import "strings"

// The lists, by the last part of their path.
const (
	Users       = "users"
	Skills      = "skills"
	AgentGroups = "agentGroups"
	Profiles    = "profiles"
	LOBs        = "lobs"

	StatusReasons = "status-reasons"
)

// Names are all lists.
var Names = []string{Users, Skills, AgentGroups, Profiles, LOBs, StatusReasons}

// Field is one attribute; Raw is its JSON.
type Field struct {
	Name string
	Raw  []byte
}

// Entity is one object of a list, its attributes in order.
type Entity struct {
	ID      string
	Deleted bool
	Fields  []Field
}

// Defaults are the attributes that come when nothing is selected: a known extractor got
// no more than these for users, the page says so for skills.
func Defaults(list string) []string {
	if list == Users {
		return []string{"id", "pid", "deleted", "loginName"}
	}
	return []string{"id", "deleted", "name"}
}

// Selection reads a select expression: comma-separated names, `$all` for every one.
// A selector in parentheses behind a name takes the whole attribute.
func Selection(list, expression string) (names map[string]bool, all bool) {
	names = map[string]bool{}
	if expression == "" && list == StatusReasons {
		return names, true // the page names no select
	}
	if expression == "" {
		for _, n := range Defaults(list) {
			names[n] = true
		}
		return names, false
	}
	depth, word := 0, strings.Builder{}
	for _, c := range expression + "," {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth > 0 || c == ' ':
		case c == ',':
			names[word.String()] = true
			word.Reset()
		default:
			word.WriteRune(c)
		}
	}
	return names, names["$all"]
}

// Append writes the entity with the selected attributes.
func (e *Entity) Append(dst []byte, names map[string]bool, all bool) []byte {
	dst = append(dst, '{')
	n := 0
	for _, f := range e.Fields {
		if !all && !names[f.Name] {
			continue
		}
		if n > 0 {
			dst = append(dst, ',')
		}
		n++
		dst = append(append(append(append(dst, '"'), f.Name...), `":`...), f.Raw...)
	}
	return append(dst, '}')
}
