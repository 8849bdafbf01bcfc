package kind

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"transporter/internal/fault"
)

// Parse reads the fields of a request, as encoding/json decodes them, into the form that an
// account keeps. Null and empty values count as absent. Everything that is wrong is
// reported at once, each as fault.InvalidSpec that names the field: unknown and missing
// fields, wrong types, values out of bounds; where there is none of these, what Check finds.
func (k Kind) Parse(fields map[string]any, given Given) (Values, error) {
	v, wrong := Values{}, k.unknown(fields, given)
	for _, f := range k.Fields {
		text, err := f.parse(fields[f.Name])
		if text == "" && err == nil {
			text = f.Default
		}
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case text != "":
			v[f.Name] = text
		case f.Required:
			wrong = append(wrong, fault.New(fault.InvalidSpec, "a destination of kind %s needs it", k.Name).WithField(f.Name))
		}
	}
	if len(wrong) == 0 && k.Check != nil {
		return v, k.Check(v, given)
	}
	return v, errors.Join(wrong...)
}

// unknown refuses fields and credentials that belong to another kind, or to none.
func (k Kind) unknown(fields map[string]any, given Given) []error {
	refuse := func(prefix, what string, have []string, own []Field) (wrong []error) {
		names := make([]string, len(own))
		for i, f := range own {
			names[i] = f.Name
		}
		fix := "take it away; there are " + strings.Join(names, ", ")
		if len(names) == 0 {
			fix = "take it away; there are none"
		}
		for _, name := range have {
			if !slices.Contains(names, name) {
				wrong = append(wrong, fault.New(fault.InvalidSpec, "a destination of kind %s has no such %s", k.Name, what).
					WithField(prefix+name).WithFix("%s", fix))
			}
		}
		return wrong
	}
	return append(refuse("", "field", slices.Sorted(maps.Keys(fields)), k.Fields),
		refuse("credentials.", "credential", slices.Sorted(maps.Keys(given)), k.Secrets)...)
}

func (f Field) parse(value any) (string, error) {
	switch f.Type {
	case Integer:
		return f.integer(f.Name, value)
	case Boolean:
		return f.boolean(value)
	case List, Integers:
		return f.list(value)
	case Map:
		return f.object(value)
	default:
		return f.text(f.Name, value)
	}
}

func (f Field) text(at string, value any) (string, error) {
	if value == nil {
		return "", nil
	}
	text, ok := value.(string)
	switch {
	case !ok:
		return "", f.wrong(at, "it must be a string")
	case utf8.RuneCountInString(text) > f.Longest():
		return "", f.wrong(at, "it is longer than %d characters", f.Longest())
	case text != "" && len(f.Enum) > 0 && !slices.Contains(f.Enum, text):
		return "", f.wrong(at, "it must be one of %s", strings.Join(f.Enum, ", "))
	}
	return text, nil
}

func (f Field) integer(at string, value any) (string, error) {
	if value == nil {
		return "", nil
	}
	n, ok := value.(float64)
	switch {
	case !ok || n != math.Trunc(n):
		return "", f.wrong(at, "it must be a whole number")
	case f.Bounded() && (n < float64(f.Min) || n > float64(f.Max)):
		return "", f.wrong(at, "it must be between %d and %d", f.Min, f.Max)
	}
	return strconv.FormatFloat(n, 'f', 0, 64), nil
}

func (f Field) boolean(value any) (string, error) {
	if value == nil {
		return "", nil
	}
	yes, ok := value.(bool)
	if !ok {
		return "", f.wrong(f.Name, "it must be true or false")
	}
	return strconv.FormatBool(yes), nil
}

func (f Field) list(value any) (string, error) {
	if value == nil {
		return "", nil
	}
	entries, ok := value.([]any)
	if !ok {
		return "", f.wrong(f.Name, "it must be a list")
	}
	if len(entries) > f.Most() {
		return "", f.wrong(f.Name, "it has more than %d entries", f.Most())
	}
	one := f.text
	if f.Type == Integers {
		one = f.integer
	}
	lines, wrong := make([]string, len(entries)), make([]error, len(entries))
	for i, entry := range entries {
		at := fmt.Sprintf("%s[%d]", f.Name, i)
		lines[i], wrong[i] = one(at, entry)
		if wrong[i] == nil && (lines[i] == "" || strings.ContainsAny(lines[i], "\r\n")) {
			wrong[i] = f.wrong(at, "it must be one line that is not empty")
		}
	}
	return strings.Join(lines, "\n"), errors.Join(wrong...)
}

func (f Field) object(value any) (string, error) {
	if value == nil {
		return "", nil
	}
	entries, ok := value.(map[string]any)
	if !ok {
		return "", f.wrong(f.Name, "it must be an object of strings")
	}
	if len(entries) > f.Most() {
		return "", f.wrong(f.Name, "it has more than %d entries", f.Most())
	}
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if _, err := f.text(f.Name+"."+name, entries[name]); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(entries) == 0 || len(wrong) > 0 {
		return "", errors.Join(wrong...)
	}
	text, err := json.Marshal(entries)
	return string(text), err
}

// Longest returns how many characters a text, or each of several, may have.
func (f Field) Longest() int { return cmp.Or(f.MaxLength, maxText) }

// Most returns how many entries a list or map may have.
func (f Field) Most() int { return cmp.Or(f.MaxItems, maxItems) }

// Bounded reports whether numbers are bounded by Min and Max.
func (f Field) Bounded() bool { return f.Min != 0 || f.Max != 0 }

func (f Field) wrong(at, format string, args ...any) *fault.Error {
	err := fault.New(fault.InvalidSpec, format, args...).WithField(at)
	if f.Example != nil && f.Type != Map {
		if text, e := json.Marshal(f.Example); e == nil && len(text) < 100 {
			err.WithFix("such as %s", text)
		}
	}
	return err
}
