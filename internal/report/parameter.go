package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"transporter/internal/fault"
)

// Parameter is one option of a report. Those that several reports share are stated once
// in data/parameters.yaml and named by the report's file.
type Parameter struct {
	Name    string          `json:"name"`
	Doc     string          `json:"doc"`
	Schema  Schema          `json:"schema"`
	Default json.RawMessage `json:"default,omitempty"`
	// DefaultBy overrides Default: parameter name → its value → default of this one.
	DefaultBy map[string]map[string]json.RawMessage `json:"defaultBy,omitempty"`
	// Refused are values that the catalog knows and this version cannot serve, with the
	// reason and what to use instead.
	Refused map[string]string `json:"refused,omitempty"`
	Query   bool              `json:"query,omitempty"` // handed to the source
	// When names values of other parameters with which alone this one is given, and with which
	// it must be.
	When map[string]string `json:"when,omitempty"`
}

// UnmarshalJSON reads a whole parameter, or a name that data/parameters.yaml explains.
func (p *Parameter) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &p.Name) == nil {
		return nil
	}
	type plain Parameter
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(p))
}

func (p *Parameter) describedSchema() map[string]any {
	b, _ := json.Marshal(p.Schema) // a Schema always marshals: it was read from JSON
	m := map[string]any{}
	_ = json.Unmarshal(b, &m)
	m["description"] = p.Doc
	if p.Default != nil {
		m["default"] = p.Default
	}
	return m
}

// Names of parameters that transform itself reads.
const (
	ParamContent       = "content"
	ParamSystemColumns = "system_columns"
	ParamColumnSet     = "column_set"
	ParamMode          = "mode"
	ParamAsOf          = "as_of"
	ParamDelivery      = "delivery"
	ParamDedupe        = "dedupe"
	ParamFeedVersion   = "feed_version"
	paramTimeBasis     = "time_basis"
)

// timeBasisStart is the time_basis of windows that records begin in.
const timeBasisStart = "start"

// CheckParameters returns nil, or all that is wrong joined: each a fault.InvalidSpec
// whose field is "parameters.{name}" and whose text says what would be right.
func (d *Definition) CheckParameters(params Params) error {
	var errs []error
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := d.checkParameter(name, params[name]); err != nil {
			errs = append(errs, err)
		}
	}
	for i := range d.Parameters {
		errs = append(errs, d.checkWhen(&d.Parameters[i], params))
	}
	return errors.Join(errs...)
}

// checkWhen refuses a parameter that goes with a value of another and is given without it, or
// lacks beside it.
func (d *Definition) checkWhen(p *Parameter, params Params) error {
	_, given := params[p.Name]
	for name, value := range p.When {
		other := d.parameter(name)
		var is string
		if other == nil || json.Unmarshal(d.effective(other, params), &is) != nil || (is == value) == given {
			continue
		}
		err := fault.New(fault.InvalidSpec, "%s %s needs it", name, value)
		if given {
			err = fault.New(fault.InvalidSpec, "it goes only with %s %s", name, value)
		}
		return err.WithField("parameters." + p.Name).WithFix("give both, or neither")
	}
	return nil
}

func (d *Definition) checkParameter(name string, raw json.RawMessage) error {
	field := "parameters." + name
	p := d.parameter(name)
	if p == nil {
		return fault.New(fault.InvalidSpec, "%s has no such parameter", d.ID).
			WithField(field).WithFix("it takes %s", strings.Join(d.parameterNames(), ", "))
	}
	var value any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return fault.New(fault.InvalidSpec, "not a JSON value: %w", err).WithField(field)
	}
	if why, refused := p.refusal(value); refused {
		return fault.New(fault.InvalidSpec, "%v is not served by %s", value, d.Ref()).WithField(field).WithFix("%s", why)
	}
	if err := p.Schema.check(value); err != nil {
		return fault.New(fault.InvalidSpec, "%w", err).WithField(field)
	}
	return nil
}

func (p *Parameter) refusal(value any) (string, bool) {
	text, isText := value.(string)
	why, refused := p.Refused[text]
	return why, isText && refused
}

func (d *Definition) parameter(name string) *Parameter {
	for i := range d.Parameters {
		if d.Parameters[i].Name == name {
			return &d.Parameters[i]
		}
	}
	return nil
}

func (d *Definition) parameterNames() []string {
	names := make([]string, len(d.Parameters))
	for i, p := range d.Parameters {
		names[i] = p.Name
	}
	return names
}

// Effective returns every parameter of the report with its value: the given one, else
// the default. Parameters without either are left out.
func (d *Definition) Effective(params Params) Params {
	out := Params{}
	for i := range d.Parameters {
		if v := d.effective(&d.Parameters[i], params); v != nil {
			out[d.Parameters[i].Name] = v
		}
	}
	return out
}

func (d *Definition) effective(p *Parameter, params Params) json.RawMessage {
	if v, given := params[p.Name]; given {
		return v
	}
	for name, byValue := range p.DefaultBy {
		var other string
		if by := d.parameter(name); by != nil && json.Unmarshal(d.effective(by, params), &other) == nil {
			if v, ok := byValue[other]; ok {
				return v
			}
		}
	}
	return p.Default
}

// QueryParams returns what source.Query.Params gets: the effective values of the
// parameters that select source records, and under "content" the content types to
// retrieve. A raw report retrieves exactly the content that the task names; any other
// needs that of its columns and retrieves what the task names beside it.
func (d *Definition) QueryParams(params Params) map[string]json.RawMessage {
	out := maps.Clone(d.Query)
	if out == nil {
		out = Params{}
	}
	for name, v := range d.Effective(params) {
		if p := d.parameter(name); p.Query {
			out[name] = v
		}
	}
	if len(d.Content) > 0 {
		out[ParamContent] = d.content(params[ParamContent])
	}
	return out
}

// Wants reports whether a task with the parameters reads a further resource.
func (d *Definition) Wants(a *Also, params Params) bool {
	return a.If == "" || string(d.Effective(params)[a.If]) == "true"
}

// AlsoParams returns what source.Query.Params gets for a further resource.
func (d *Definition) AlsoParams(a *Also, params Params) map[string]json.RawMessage {
	out := maps.Clone(a.Query)
	if out == nil {
		out = Params{}
	}
	given := d.Effective(params)
	for _, name := range a.Take {
		if v, ok := given[name]; ok {
			out[name] = v
		}
	}
	if len(a.Content) > 0 {
		out[ParamContent] = contentTypes(a.Content)
	}
	return out
}

func (d *Definition) content(asked json.RawMessage) json.RawMessage {
	types := slices.Clone(d.Content)
	var extra []string
	if asked != nil && json.Unmarshal(asked, &extra) == nil {
		if d.IsRaw() {
			types = nil
		}
		types = append(types, extra...)
	}
	return contentTypes(types)
}

func contentTypes(types []string) json.RawMessage {
	types = slices.Sorted(slices.Values(types))
	b, err := json.Marshal(slices.Compact(types))
	if err != nil {
		panic(fmt.Sprintf("marshal content types: %v", err)) // strings always marshal
	}
	return b
}
