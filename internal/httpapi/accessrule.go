package httpapi

import (
	"maps"
	"slices"
	"strings"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/report"
	"transporter/internal/source/access"
	"transporter/internal/task"
)

// readable refuses a report that reads another kind of source, or an API which takes none of the
// source's credentials.
func readable(def *report.Definition, params report.Params, src account.Source) *fault.Error {
	resources := append([]string{def.Resource}, def.Joins...)
	for i := range def.Also {
		if also := &def.Also[i]; def.Wants(also, params) {
			resources = append(resources, also.Resource)
		}
	}
	for _, resource := range resources {
		if kind := access.SourceKind(resource); kind != src.Kind {
			return fault.New(fault.InvalidSpec, "it reads a source of the kind %s, this one is of the kind %s", kind, src.Kind).
				WithField("kind").WithFix("make a source of the kind %s", kind)
		}
		if src.Kind == account.SourceASAPP {
			return behindDoor(def, src.Feeds)
		}
		if src.Kind == account.SourceConnector {
			continue // there are no credentials
		}
		if err := access.Check(resource, src.Kinds()); err != nil {
			return err
		}
	}
	return nil
}

// behindDoor refuses a report on a table that is not behind the source's door.
func behindDoor(def *report.Definition, feeds *account.Feeds) *fault.Error {
	wanted := []string{feed.DoorS3, feed.DoorSFTP}
	if def.Feed.Door != "" {
		wanted = []string{def.Feed.Door}
	}
	door, _ := feeds.Door()
	if slices.Contains(wanted, door) {
		return nil
	}
	want := strings.Join(wanted, " or ")
	return fault.New(fault.InvalidSpec, "the table %s is behind %s, this source has %s", def.Feed.Table, want, door).
		WithField("feeds").WithFix("make a source of feeds with %s", want)
}

// fitsSource refuses a task whose report the source has no credentials for.
func fitsSource(snap account.Snapshot, spec task.Spec, def *report.Definition) error {
	src, ok := snap.Sources[spec.Source]
	if !ok {
		return nil // said already
	}
	if err := readable(def, spec.Parameters, src); err != nil {
		return fault.New(fault.InvalidSpec, "report %s cannot be read from it: %s", def.ID, err.Message).
			WithField("source").WithFix("%s, or take another source", err.Fix)
	}
	return nil
}

// keepsReadable refuses new credentials with which a task that reads the source could not run.
func keepsReadable(snap account.Snapshot, id string, src account.Source) error {
	for _, t := range slices.Sorted(maps.Keys(snap.Tasks)) {
		spec := snap.Tasks[t].Spec
		if spec.Source != id {
			continue
		}
		def, err := definitionOf(spec)
		if err != nil {
			continue // a report that is not shipped any more reads nothing
		}
		if err := readable(def, spec.Parameters, src); err != nil {
			return fault.New(fault.InvalidSpec, "task %s could not run any more: %s", t, err.Message).
				WithField(err.Field).WithFix("%s, beside the new ones", err.Fix)
		}
	}
	return nil
}
