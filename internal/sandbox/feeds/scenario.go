package feeds

import (
	"context"
	"fmt"
)

// Scenario is something that happens to a feed, in steps: between two of them a test can look at what
// a reader makes of it.
type Scenario struct {
	Name  string   // "same-partition re-export"
	Feeds []string // the tables that it writes
	Steps []Step
}

// Step is what the platform does at one go. Steps are applied once each, in their order.
type Step struct {
	Name  string
	Apply func(ctx context.Context, b Bucket) error
}

// scenarios are all of them, by the words of whoever describes such feeds.
var scenarios = []struct {
	name  string
	write func(*World) Scenario
}{
	{"plain hour", (*World).plainHour},
	{"empty hour", (*World).emptyHour},
	{"slow upload", (*World).slowUpload},
	{"split", (*World).split},
	{"growing conversation", (*World).growing},
	{"same-partition re-export", (*World).reExport},
	{"late re-export", (*World).lateReExport},
	{"restated window", (*World).restated},
	{"open status", (*World).openStatus},
	{"null keys", (*World).nullKeys},
	{"type drift", (*World).typeDrift},
	{"new column at 14:00", (*World).newColumn},
	{"version 2", (*World).twoVersions},
	{"encrypted", (*World).encryptedHour},
	{"WFM", (*World).wfm},
	{"bad lines", (*World).badLines},
	{"counts", (*World).rowCounts},
	{"row gone in the re-export", (*World).rowGone},
	{"later run, older logical time", (*World).olderLogicalTime},
	{"missing _SUCCESS for ever", (*World).noFlag},
	{"_SUCCESS not empty, or _success, or _SUCCESS.gz", (*World).spellings},
	{"gap in splits", (*World).gap},
	{"split plus unsplit file together", (*World).bothKinds},
	{"leftover high split", (*World).leftover},
	{"object changes during download", (*World).changing},
	{"truncated gzip", (*World).truncated},
	{".enc and plain twins", (*World).twins},
	{"day edge", (*World).dayEdge},
	{"dt in the future", (*World).future},
	{"deep partition list", (*World).deep},
	{"snapshot with a row gone", (*World).snapshot},
	{"vanished after import", (*World).vanished},
	{"partition shape changes", (*World).twoShapes},
	{"pairs of the path in another order", (*World).otherPairs},
	{"feed in the name differs from the folder", (*World).otherName},
	{"export_docs.yaml", (*World).docsDiff},
	{"broken docs", (*World).brokenDocs},
	{"primary key changes", (*World).keyChanges},
	{"ordering key changes", (*World).orderChanges},
}

// ScenarioNames lists the scenarios.
func ScenarioNames() []string {
	names := make([]string, len(scenarios))
	for i, s := range scenarios {
		names[i] = s.name
	}
	return names
}

// Scenario returns the one of a name, or of the name as a folder ("plain-hour"), to be played in this
// world. Two that write the same table write the same leaves: give each a world, and a folder, of its own.
func (w *World) Scenario(name string) (Scenario, error) {
	for _, s := range scenarios {
		if folderName(s.name) == folderName(name) {
			made := s.write(w)
			made.Name = s.name
			return made, nil
		}
	}
	return Scenario{}, fmt.Errorf("scenario: %q is unknown", name)
}

// Play applies all its steps.
func (s Scenario) Play(ctx context.Context, b Bucket) error {
	for _, step := range s.Steps {
		if err := step.Apply(ctx, b); err != nil {
			return fmt.Errorf("%s: %s: %w", s.Name, step.Name, err)
		}
	}
	return nil
}

// scenario makes one of a single table.
func scenario(table string, steps ...Step) Scenario {
	return Scenario{Feeds: []string{table}, Steps: steps}
}

// step is the writing of one export.
func (w *World) step(name string, e export) Step {
	return Step{name, func(ctx context.Context, b Bucket) error { return w.write(ctx, b, e) }}
}
