package installs

import (
	"fmt"
	"slices"
)

// Engagement says what an app wants of campaigns. All members are required.
type Engagement struct {
	Design    *bool    `json:"design_engagement"`
	Window    *bool    `json:"design_window"`
	Language  *bool    `json:"language_selection"`
	Entry     []string `json:"entry_point"`
	Behaviour []string `json:"visitor_behavior"`
	Audience  []string `json:"target_audience"`
	Goal      []string `json:"goal"`
	Identity  []string `json:"consumer_identity"`
}

func (e *Engagement) check() error {
	if e == nil {
		return nil
	}
	const member = "capabilities.engagement."
	for name, value := range map[string]*bool{"design_engagement": e.Design, "design_window": e.Window, "language_selection": e.Language} {
		if value == nil {
			return fmt.Errorf("%s%s: is required, true or false", member, name)
		}
	}
	// The limits are those that the platform's own form for apps keeps to.
	for _, l := range []struct {
		name        string
		values      []string
		least, most int
		allowed     []string // nil: any
	}{
		{"entry_point", e.Entry, 1, 10, []string{"section", "url"}},
		{"visitor_behavior", e.Behaviour, 0, 10, nil},
		{"target_audience", e.Audience, 0, 20, nil},
		{"goal", e.Goal, 0, 10, nil},
		{"consumer_identity", e.Identity, 1, 5, []string{"auth", "unauth"}},
	} {
		if l.values == nil || len(l.values) < l.least || len(l.values) > l.most {
			return fmt.Errorf("%s%s: is required, with %d to %d values", member, l.name, l.least, l.most)
		}
		sorted := slices.Sorted(slices.Values(l.values))
		if len(slices.Compact(sorted)) < len(l.values) {
			return fmt.Errorf("%s%s: a value is there twice", member, l.name)
		}
		if l.allowed != nil {
			if err := oneOf(member+l.name, l.values, l.allowed); err != nil {
				return err
			}
		}
	}
	return nil
}
