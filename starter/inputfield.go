package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// misfit says what keeps JSON from being a value of the type, by the line or the field: the library names the
// fields of Go, and those whose type reads itself not at all.
func misfit(raw []byte, t reflect.Type, err error) error {
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(raw, new(any)), &syntax) {
		line := 1 + bytes.Count(raw[:min(int(syntax.Offset), len(raw))], []byte("\n"))
		return fmt.Errorf("line %d is no JSON: %w", line, err)
	}
	return cmp.Or(within(raw, t, ""), err)
}

var readsItself = reflect.TypeFor[json.Unmarshaler]()

// within finds the field, at or below a place, whose value does not fit; nil: all do.
func within(raw json.RawMessage, t reflect.Type, at string) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err := dec.Decode(reflect.New(t).Interface())
	if err == nil {
		return nil
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if !reflect.PointerTo(t).Implements(readsItself) {
		if below := parts(raw, t, at); below != nil {
			return below
		}
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		err = fmt.Errorf("it must be %s, not %s", kindWord(wrong.Type), wrong.Value)
	}
	return fmt.Errorf("%s%w", strings.TrimPrefix(at+": ", ": "), err)
}

// parts looks within what a value consists of.
func parts(raw json.RawMessage, t reflect.Type, at string) error {
	var items []json.RawMessage
	var members map[string]json.RawMessage
	switch {
	case t.Kind() == reflect.Slice && json.Unmarshal(raw, &items) == nil:
		for i, item := range items {
			if err := within(item, t.Elem(), fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	case (t.Kind() == reflect.Struct || t.Kind() == reflect.Map) && json.Unmarshal(raw, &members) == nil:
		for _, name := range slices.Sorted(maps.Keys(members)) {
			place := strings.TrimPrefix(at+"."+name, ".")
			of, known := memberType(t, name)
			if !known {
				return fmt.Errorf("%s: unknown field: take it away, or correct its name", place)
			}
			if err := within(members[name], of, place); err != nil {
				return err
			}
		}
	}
	return nil
}

// memberType is the type of a member of that name.
func memberType(t reflect.Type, name string) (reflect.Type, bool) {
	if t.Kind() == reflect.Map {
		return t.Elem(), true
	}
	for _, f := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && tag != "-" && strings.EqualFold(cmp.Or(tag, f.Name), name) {
			return f.Type, true
		}
	}
	return nil, false
}

// kindWord is what people call a value of the type.
func kindWord(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text in quotes"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
