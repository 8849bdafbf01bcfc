package httpapi

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"transporter/internal/account"
	"transporter/internal/destination/kind"
	"transporter/internal/fault"
	"transporter/internal/task"
)

// fitsDestinations refuses legs that a destination cannot take as far as it is known: keys that
// are too long with its prefix, and checks beyond what its last test found.
func fitsDestinations(snap account.Snapshot, spec task.Spec) (wrong []error) {
	for i, leg := range spec.Destinations {
		d := snap.Destinations[leg.Destination]
		at := fmt.Sprintf("destinations[%d].", i)
		if err := fitsKey(d, spec, leg); err != nil {
			wrong = append(wrong, err.WithField(at+err.Field))
		}
		if err := offersCheck(d, leg); err != nil {
			wrong = append(wrong, err.WithField(at+err.Field))
		}
	}
	return wrong
}

// fitsKey names the path, which every leg may have, or what else makes its names.
func fitsKey(d account.Destination, spec task.Spec, leg task.Leg) *fault.Error {
	name, err := spec.LongestName(leg)
	if err == nil {
		err = kind.CheckKey(d.Kind, d.Config, name)
	}
	var f *fault.Error
	errors.As(err, &f)
	return f
}

// offersCheck holds the level that a leg asks for against the destination's last test, which is
// of the destination as it is. One that may fall back to a weaker check takes all.
func offersCheck(d account.Destination, leg task.Leg) *fault.Error {
	switch can := d.Tested; {
	case leg.Verify == nil, can == nil, can.Can == nil, d.Verify == bestEffort:
		return nil
	case *leg.Verify > can.Can.Verify:
		return fault.New(fault.InvalidSpec, "the destination offers level %d at most, by its test on %s", can.Can.Verify, can.At.UTC().Format(time.DateOnly)).
			WithField("verify").WithFix(`ask for at most that, or set verify of the destination to %q; test it again after a change of the server`, bestEffort)
	}
	return nil
}

// bestEffort lets a destination fall back to a weaker check than a leg asks for.
const bestEffort = "best-effort"

// keepsNames refuses a prefix under which keys of tasks that deliver to the destination would be
// too long.
func keepsNames(snap account.Snapshot, id string, d account.Destination) error {
	for _, t := range slices.Sorted(maps.Keys(snap.Tasks)) {
		spec := snap.Tasks[t].Spec
		for _, leg := range spec.Destinations {
			if leg.Destination != id {
				continue
			}
			if err := fitsKey(d, spec, leg); err != nil {
				return fault.New(fault.InvalidSpec, "files of task %s would not fit: %s", t, err.Message).WithField("prefix").WithFix("shorten it")
			}
		}
	}
	return nil
}

// keptLongEnough refuses links that would live longer than the files that they lead to.
func (s *Server) keptLongEnough(d account.Destination) error {
	const day = 24 * time.Hour
	days := kind.LinkDays(d.Kind, d.Config)
	if s.cfg.Kept <= 0 || time.Duration(days)*day <= s.cfg.Kept {
		return nil
	}
	return fault.New(fault.InvalidSpec, "links would live for %d days, but files are kept for %d", days, int(s.cfg.Kept/day)).
		WithField("linkDays").WithFix("give at most %d, or start the workers and the api with a longer --keep-artefacts", int(s.cfg.Kept/day))
}
