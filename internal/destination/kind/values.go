package kind

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Values are the public fields of a destination as an account keeps them, by name.
type Values map[string]string

// Text returns the value, or the empty text.
func (v Values) Text(name string) string { return v[name] }

// Integer returns the number, or zero where it is absent.
func (v Values) Integer(name string) int {
	n, _ := strconv.Atoi(v[name]) // ours: Parse wrote it
	return n
}

// Boolean reports whether the value is true; absent is false.
func (v Values) Boolean(name string) bool { return v[name] == "true" }

// List returns the entries of a list, or nil.
func (v Values) List(name string) []string {
	if v[name] == "" {
		return nil
	}
	return strings.Split(v[name], "\n")
}

// Integers returns the entries of a list of numbers, or nil.
func (v Values) Integers(name string) []int {
	var out []int
	for _, text := range v.List(name) {
		n, _ := strconv.Atoi(text) // ours: Parse wrote it
		out = append(out, n)
	}
	return out
}

// Map returns the entries of an object, or nil.
func (v Values) Map(name string) map[string]string {
	var out map[string]string
	_ = json.Unmarshal([]byte(v[name]), &out) // ours: Parse wrote it
	return out
}

// Show returns the values as they are in JSON; what is absent is left out.
func (k Kind) Show(v Values) map[string]any {
	out := map[string]any{}
	for _, f := range k.Fields {
		if v[f.Name] != "" {
			out[f.Name] = f.show(v)
		}
	}
	return out
}

func (f Field) show(v Values) any {
	switch f.Type {
	case Integer:
		return v.Integer(f.Name)
	case Boolean:
		return v.Boolean(f.Name)
	case List:
		return v.List(f.Name)
	case Integers:
		return v.Integers(f.Name)
	case Map:
		return v.Map(f.Name)
	default:
		return v.Text(f.Name)
	}
}
