package report

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Schema is the part of JSON Schema (2020-12) that parameters need; any other keyword
// in a data file is refused at load.
type Schema struct {
	Type        string   `json:"type,omitempty"` // string, boolean, integer, array
	Enum        []any    `json:"enum,omitempty"`
	Pattern     string   `json:"pattern,omitempty"`
	Format      string   `json:"format,omitempty"` // date-time
	Minimum     *int64   `json:"minimum,omitempty"`
	Maximum     *int64   `json:"maximum,omitempty"`
	MultipleOf  int64    `json:"multipleOf,omitempty"`
	Items       *Schema  `json:"items,omitempty"`
	MinItems    int      `json:"minItems,omitempty"`
	MaxItems    int      `json:"maxItems,omitempty"`
	UniqueItems bool     `json:"uniqueItems,omitempty"`
	OneOf       []Schema `json:"oneOf,omitempty"`
}

// check returns an error that says what would be right. Numbers are json.Number.
func (s *Schema) check(v any) error {
	if len(s.OneOf) > 0 {
		return s.checkOneOf(v)
	}
	if len(s.Enum) > 0 && !s.enumerated(v) {
		return fmt.Errorf("%s is not one of %s", show(v), showAll(s.Enum))
	}
	switch s.Type {
	case "":
		return nil
	case "string":
		return s.checkString(v)
	case "boolean":
		if _, ok := v.(bool); !ok {
			return fmt.Errorf("%s is not true or false", show(v))
		}
		return nil
	case "integer":
		return s.checkInteger(v)
	case "array":
		return s.checkArray(v)
	}
	return fmt.Errorf("schema type %q is not supported", s.Type)
}

func (s *Schema) checkOneOf(v any) error {
	var why []string
	for i := range s.OneOf {
		err := s.OneOf[i].check(v)
		if err == nil {
			return nil
		}
		why = append(why, err.Error())
	}
	return fmt.Errorf("no choice fits: %s", strings.Join(why, "; or "))
}

func (s *Schema) enumerated(v any) bool {
	for _, e := range s.Enum {
		if fmt.Sprint(e) == fmt.Sprint(v) {
			return true
		}
	}
	return false
}

func (s *Schema) checkString(v any) error {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%s is not a text", show(v))
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) { // compiled once at load to check it
		return fmt.Errorf("%s does not match %s", show(v), s.Pattern)
	}
	if _, err := time.Parse(time.RFC3339, text); s.Format == formatTime && err != nil {
		return fmt.Errorf("%s is not a moment such as 2026-11-20T00:00:00Z", show(v))
	}
	return nil
}

// formatTime is a moment with its offset (RFC 3339, section 5.6).
const formatTime = "date-time"

func (s *Schema) checkInteger(v any) error {
	number, ok := v.(json.Number)
	if !ok {
		return fmt.Errorf("%s is not a whole number", show(v))
	}
	n, err := number.Int64()
	if err != nil {
		return fmt.Errorf("%s is not a whole number", number)
	}
	if s.Minimum != nil && n < *s.Minimum || s.Maximum != nil && n > *s.Maximum {
		return fmt.Errorf("%d is outside of %s", n, s.bounds())
	}
	if s.MultipleOf > 0 && n%s.MultipleOf != 0 {
		return fmt.Errorf("%d is no multiple of %d", n, s.MultipleOf)
	}
	return nil
}

func (s *Schema) bounds() string {
	low, high := "…", "…"
	if s.Minimum != nil {
		low = fmt.Sprint(*s.Minimum)
	}
	if s.Maximum != nil {
		high = fmt.Sprint(*s.Maximum)
	}
	return low + " to " + high
}

func (s *Schema) checkArray(v any) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%s is not a list", show(v))
	}
	if len(list) < s.MinItems || s.MaxItems > 0 && len(list) > s.MaxItems {
		return fmt.Errorf("a list of %d is too short or too long: want %d to %d", len(list), s.MinItems, s.MaxItems)
	}
	seen := map[string]bool{}
	for i, e := range list {
		if s.Items != nil {
			if err := s.Items.check(e); err != nil {
				return fmt.Errorf("element %d: %w", i+1, err)
			}
		}
		if s.UniqueItems && seen[fmt.Sprint(e)] {
			return fmt.Errorf("element %d: %s is there twice", i+1, show(e))
		}
		seen[fmt.Sprint(e)] = true
	}
	return nil
}

// valid refuses a schema that check could not work with; run once at load.
func (s *Schema) valid() error {
	if _, err := regexp.Compile(s.Pattern); err != nil {
		return err
	}
	if s.Format != "" && s.Format != formatTime {
		return fmt.Errorf("schema format %q is not supported", s.Format)
	}
	switch s.Type {
	case "", "string", "boolean", "integer", "array":
	default:
		return fmt.Errorf("schema type %q is not supported", s.Type)
	}
	if s.Items != nil {
		if err := s.Items.valid(); err != nil {
			return err
		}
	}
	for i := range s.OneOf {
		if err := s.OneOf[i].valid(); err != nil {
			return err
		}
	}
	return nil
}

// showLimit keeps a mistaken value from filling the error text.
const showLimit = 60

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	text := []rune(string(b))
	if len(text) > showLimit {
		return string(text[:showLimit]) + "…"
	}
	return string(text)
}

func showAll(vs []any) string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = fmt.Sprint(v)
	}
	return strings.Join(out, ", ")
}
