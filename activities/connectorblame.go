package activities

import (
	"errors"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/fault"
)

// blame names the field of a request that the platform refused, if there is one that can be wrong: its words
// name none. That a conversation is closed is the fault of no field.
func blame(err error, field string) error {
	f := (*fault.Error)(nil)
	if field == "" || !errors.As(err, &f) || f.Kind != fault.InvalidSpec || f.Field != "" || strings.Contains(strings.ToLower(f.Error()), "closed") {
		return err
	}
	named := *f
	return named.WithField(field)
}

// onlyRouted is what an opening says that the platform may refuse, empty if that is more than one thing.
func onlyRouted(in contract.OpenIn) (field string) {
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"skill", in.Skill != ""},
		{"urgency", in.Urgency != ""},
		{"campaign", in.Campaign != nil},
		{"context", len(in.Context) > 0},
		{"profile", len(in.Profile) > 0},
	} {
		switch {
		case f.given && field != "":
			return ""
		case f.given:
			field = f.name
		}
	}
	return field
}
