package httpapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"path"
	"time"

	"transporter/internal/report"
	"transporter/internal/task"
)

// previewedWindows is how many windows a preview of names shows: two, so that what sets them
// apart is seen.
const previewedWindows = 2

// What stands for ids that a task which is still being written does not have.
const (
	namedTask    = "TASK"
	namedAccount = "ACCOUNT"
)

// InFileNames is a task that is still being written.
type InFileNames struct {
	InAccount
	Body task.Spec
}

// FileNames is how the files of a task would be called.
type FileNames struct {
	Legs []LegNames `json:"legs" nullable:"false" doc:"In the order of the task's destinations."`
}

// LegNames is how the files of one leg would be called, with their folders.
type LegNames struct {
	Template string        `json:"template,omitempty" doc:"Flat layout: the template in force, also where elements were chosen or nothing." example:"{report}_{from}_{to}{part}{revision}.{ext}"`
	Windows  []WindowNames `json:"windows" nullable:"false" doc:"The next two windows, fewer when the task ends; of one that is over its first."`
}

// WindowNames is how the files of one window would be called.
type WindowNames struct {
	WindowView
	File     string   `json:"file" doc:"Of a window with one file." example:"msg.messages_20261119T000000Z_20261120T000000Z.csv.pgp"`
	Parts    []string `json:"parts" nullable:"false" doc:"Of a window with two."`
	Beside   []string `json:"beside,omitempty" doc:"Second files that the report has, of a window with one file of each."`
	Revision string   `json:"revision" doc:"Of a window that is run again. Partitions have their earlier files replaced."`
	Manifest string   `json:"manifest"`
	Marker   string   `json:"marker,omitempty" doc:"Partitioned layout: the empty file that comes last."`
}

func (s *Server) fileNames() {
	route(s, operation{
		Method: http.MethodPost, Path: "/v1/accounts/{a}/file-names", ID: "preview-file-names", Tag: tasks.many,
		Summary: "Show how the files of a task would be called",
		Doc: "For a task that is still being written: nothing is kept. Of the body only what names are made of is looked at: report, vendor, format, " +
			"frequency, zone (absent: the account's), start, end, delay, description, and of every destination its path, layout, fileName, fileNameElements, feed and encryption. " +
			"Refused with 422, as the task would be, where two windows, parts or revisions could get one name. " +
			"{task} is written as TASK, and {account} as ACCOUNT until a source is chosen.",
		Errors: []int{404, 413, 422},
	}, s.previewNames)
}

func (s *Server) previewNames(ctx context.Context, in *InFileNames) (*struct{ Body FileNames }, error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	spec := in.Body
	spec.Zone = cmp.Or(spec.Zone, snap.Settings.Zone)
	if spec, err = report.Fill(spec); err != nil {
		return nil, err
	}
	rules := rulesOf(snap, spec, s.cfg.Now())
	if err := spec.ValidateNames(rules); err != nil {
		return nil, err
	}
	if err := errors.Join(fitsDestinations(snap, spec)...); err != nil {
		return nil, err
	}
	def, err := definitionOf(spec)
	if err != nil {
		return nil, err
	}
	cal, err := calendarOf(spec, def, rules.Now)
	if err != nil {
		return nil, err
	}
	account := cmp.Or(snap.Sources[spec.Source].PlatformAccount, namedAccount)
	out := FileNames{Legs: []LegNames{}}
	for _, leg := range spec.Destinations {
		names, err := namesOfLeg(leg, spec, def, cal, account, rules.Now)
		if err != nil {
			return nil, err
		}
		out.Legs = append(out.Legs, names)
	}
	return &struct{ Body FileNames }{out}, nil
}

func namesOfLeg(leg task.Leg, spec task.Spec, def *report.Definition, cal *task.Calendar, account string, now time.Time) (LegNames, error) {
	names, err := leg.Names()
	if err != nil {
		return LegNames{}, err
	}
	out := LegNames{Template: names.Template(), Windows: []WindowNames{}}
	under := func(name string) string {
		if name == "" {
			return ""
		}
		return path.Join(leg.Path, name)
	}
	for _, w := range windowsToName(cal, now) {
		named := func(part, parts, revision int) string {
			data := nameData(namedTask, account, spec, def, cal, w)
			data.Part, data.Parts, data.Revision = part, parts, revision
			name, _ := names.Data(data)
			return under(name)
		}
		data := nameData(namedTask, account, spec, def, cal, w)
		var beside []string
		for _, kind := range def.Files()[1:] {
			second := data
			second.Of = kind
			name, _ := names.Data(second)
			beside = append(beside, under(name))
		}
		out.Windows = append(out.Windows, WindowNames{
			WindowView: WindowView{From: w.From.UTC(), To: w.To.UTC()},
			File:       named(1, 1, 0), Parts: []string{named(1, 2, 0), named(2, 2, 0)}, Beside: beside, Revision: named(1, 1, 1),
			Manifest: under(names.Manifest(data)), Marker: under(names.Marker(data)),
		})
	}
	return out, nil
}

// windowsToName are the next windows; of a task that is over its first.
func windowsToName(cal *task.Calendar, now time.Time) (windows []task.Window) {
	for _, run := range task.NextRuns(cal, now, previewedWindows) {
		windows = append(windows, run.Window)
	}
	if first, ok := cal.WindowOf(cal.First()); ok && len(windows) == 0 {
		windows = append(windows, first)
	}
	return windows
}

// nameData is what names of a window's only file are made of.
func nameData(id, account string, spec task.Spec, def *report.Definition, cal *task.Calendar, w task.Window) task.NameData {
	data := cal.NameData(w)
	data.Report, data.Version, data.Task, data.Description, data.Account = def.ID, def.Version, id, spec.Description, account
	data.Format, data.Part, data.Parts = spec.Format, 1, 1
	return data
}
