package httpapi

import (
	"maps"
	"slices"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/source/access"
	"transporter/internal/task"
)

// readable refuses a report that reads an API which takes none of the source's credentials.
func readable(def *report.Definition, src account.Source) *fault.Error {
	resources := append([]string{def.Resource}, def.Joins...)
	for _, also := range def.Also {
		resources = append(resources, also.Resource)
	}
	for _, resource := range resources {
		if err := access.Check(resource, src.Kinds()); err != nil {
			return err
		}
	}
	return nil
}

// fitsSource refuses a task whose report the source has no credentials for.
func fitsSource(snap account.Snapshot, spec task.Spec, def *report.Definition) error {
	src, ok := snap.Sources[spec.Source]
	if !ok {
		return nil // said already
	}
	if err := readable(def, src); err != nil {
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
		if err := readable(def, src); err != nil {
			return fault.New(fault.InvalidSpec, "task %s could not run any more: %s", t, err.Message).
				WithField(err.Field).WithFix("%s, beside the new ones", err.Fix)
		}
	}
	return nil
}
