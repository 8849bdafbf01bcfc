package httpapi

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"transporter/internal/account"
	"transporter/internal/feed"
	"transporter/internal/feedbook"
	"transporter/internal/report"
	"transporter/internal/task"
)

// FeedLeaves tells what was read of feeds; it is a feedbook.Ledger.
type FeedLeaves interface {
	Leaves(ctx context.Context, t feedbook.Table, from, to string) ([]feedbook.Leaf, error)
}

// feedDays is how far back the list of feeds looks: as far as leaves are looked at again.
const feedDays = 35

// InFeedLeaves asks for the leaves of a feed.
type InFeedLeaves struct {
	InFeed
	Dedupe string `query:"dedupe" default:"reference" enum:"reference,repaired" doc:"How its rows are ranked."`
	From   string `query:"from" pattern:"^(\\d{4}-\\d{2}-\\d{2})?$" patternDescription:"a date such as 2026-11-20" doc:"First day (dt); absent: 35 days ago."`
	To     string `query:"to" pattern:"^(\\d{4}-\\d{2}-\\d{2})?$" patternDescription:"a date such as 2026-11-20" doc:"Last day; absent: today."`
}

// Feed is a table that tasks of the account read.
type Feed struct {
	Source   string   `json:"source"`
	Feed     string   `json:"feed" example:"convos_metrics"`
	Report   string   `json:"report" example:"asapp.convos_metrics"`
	Version  string   `json:"version" example:"1"`
	Dedupe   string   `json:"dedupe" enum:"reference,repaired"`
	Tasks    []string `json:"tasks" nullable:"false" doc:"Tasks that read it."`
	Newest   string   `json:"newest,omitempty" doc:"The newest leaf that was read; absent: none in the last 35 days." example:"dt=2026-11-20/hr=05"`
	Hole     string   `json:"hole,omitempty" doc:"The oldest leaf between the first and the newest that was not read." example:"dt=2026-11-20/hr=03"`
	Lateness string   `json:"lateness" enum:"on time,due,late,missing" doc:"How late the leaf after the newest is."`
	Leaves   int      `json:"leaves" doc:"Read in the last 35 days."`
	LeafRows
}

// LeafRows counts what was read.
type LeafRows struct {
	Lines    int64 `json:"lines" doc:"Rows and bad lines, as exported."`
	Kept     int64 `json:"kept" doc:"The latest row of each key within its leaf."`
	Repeated int64 `json:"repeated" doc:"Rows that gave way to another of their key in their leaf."`
	Bad      int64 `json:"bad" doc:"Lines that cannot be read, held until somebody accepts to go without them."`
}

// FeedLeaf is a leaf as it was read last.
type FeedLeaf struct {
	Leaf       string     `json:"leaf" example:"dt=2026-11-20/hr=05"`
	Generation int        `json:"generation" doc:"Rises with each export that was read, from 1."`
	Files      int        `json:"files"`
	Bytes      int64      `json:"bytes" doc:"Downloaded."`
	Success    *time.Time `json:"success,omitempty" doc:"When _SUCCESS was written, by the storage's clock."`
	Read       time.Time  `json:"read"`
	Notes      []string   `json:"notes,omitempty" doc:"What was odd about it and did not matter: objects that are no part of it, with the reason, and the like." example:"convos_metrics/version=1/format=jsonl/dt=2026-11-20/hr=05/notes.txt: its name is neither a data file's nor _SUCCESS"`
	LeafRows
}

func (s *Server) feeds() {
	const tag = "feeds"
	route(s, operation{
		Method: http.MethodGet, Path: "/v1/accounts/{a}/feeds", ID: "list-feeds", Tag: tag, Summary: "List the feeds that tasks read",
		Doc: "How far each is: its newest leaf, the oldest hole, how late it is, and what was read in the last 35 days.", Errors: []int{404},
	}, s.listFeeds)
	route(s, operation{
		Method: http.MethodGet, Path: "/v1/accounts/{a}/feeds/{feed}/leaves", ID: "list-leaves", Tag: tag, Summary: "List the leaves of a feed that were read",
		Doc: "The ledger: each leaf as it was exported when it was read last.", Errors: []int{404, 422},
	}, s.listLeaves)
}

// tableOf is the table that a task reads; false for tasks that read no feed.
func tableOf(accountID string, spec task.Spec) (feedbook.Table, *report.Definition, bool) {
	def, err := report.Get(spec.Report, spec.Version)
	if err != nil || def.Feed == nil {
		return feedbook.Table{}, nil, false
	}
	return feedbook.Table{
		Account: accountID, Source: spec.Source, Report: def.ID,
		Dedupe: def.FeedDedupe(spec.Parameters), Version: def.FeedVersion(spec.Parameters),
	}, def, true
}

func (s *Server) listFeeds(ctx context.Context, in *InAccount) (*Listing[Feed], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	readers := map[feedbook.Table]*Feed{}
	for _, id := range slices.Sorted(maps.Keys(snap.Tasks)) {
		table, def, ok := tableOf(snap.ID, snap.Tasks[id].Spec)
		if !ok {
			continue
		}
		if table.Key, err = s.cfg.FeedSchemas.Key(ctx, snap.ID, table.Source, def.Feed.Table, table.Version); err != nil {
			return nil, err
		}
		if readers[table] == nil {
			readers[table] = &Feed{Source: table.Source, Feed: def.Feed.Table, Report: def.ID, Version: table.Version, Dedupe: table.Dedupe}
		}
		readers[table].Tasks = append(readers[table].Tasks, id)
	}
	out := &Listing[Feed]{Body: List[Feed]{Items: []Feed{}}}
	for table, f := range readers {
		if err := s.fillFeed(ctx, snap, table, f); err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, *f)
	}
	slices.SortFunc(out.Body.Items, func(a, b Feed) int {
		return cmp.Or(cmp.Compare(a.Feed, b.Feed), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Dedupe, b.Dedupe), cmp.Compare(a.Version, b.Version))
	})
	return out, nil
}

// fillFeed says how far the table is.
func (s *Server) fillFeed(ctx context.Context, snap account.Snapshot, table feedbook.Table, f *Feed) error {
	now := s.cfg.Now().UTC()
	leaves, err := s.cfg.FeedLeaves.Leaves(ctx, table, now.AddDate(0, 0, -feedDays).Format(time.DateOnly), now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	f.Lateness = string(feed.Missing)
	if f.Leaves = len(leaves); f.Leaves == 0 {
		return nil
	}
	for i := range leaves {
		f.add(rowsOf(&leaves[i]))
	}
	newest := leaves[len(leaves)-1].Stamp
	f.Newest = newest.String()
	door := feed.DoorS3
	if src, ok := snap.Sources[table.Source]; ok && src.Feeds != nil {
		door, _ = src.Feeds.Door()
	}
	rules, ok := feed.TableOf(f.Feed, door)
	if !ok {
		return nil
	}
	cadence, said, err := s.cfg.FeedSchemas.Cadence(ctx, table.Account, table.Source, f.Feed, f.Version)
	if err != nil {
		return err
	}
	if !said {
		cadence = rules.Cadence
	}
	next := newest.Time().Add(newest.Shape().Step() + cadence.Shape().Step()) // the end of the leaf after it
	f.Lateness = string(cadence.Limits().At(next, now))
	f.Hole = hole(leaves, cadence, now)
	return nil
}

// hole returns the oldest leaf that is missing before the newest.
func hole(leaves []feedbook.Leaf, cadence feed.Cadence, now time.Time) string {
	seen := make([]feed.Seen, len(leaves))
	for i := range leaves {
		seen[i] = feed.Seen{Stamp: leaves[i].Stamp, State: feed.Complete, Files: leaves[i].Objects}
	}
	window := feed.Window{From: leaves[0].Time(), To: leaves[len(leaves)-1].Time()}
	for _, l := range feed.Expected(window, seen, cadence, now).Leaves {
		if l.State == feed.Absent {
			return l.String()
		}
	}
	return ""
}

func rowsOf(l *feedbook.Leaf) LeafRows {
	return LeafRows{Lines: l.Lines, Kept: l.Rows.Rows, Repeated: l.Repeated(), Bad: l.Bad}
}

func (r *LeafRows) add(o LeafRows) {
	r.Lines, r.Kept, r.Repeated, r.Bad = r.Lines+o.Lines, r.Kept+o.Kept, r.Repeated+o.Repeated, r.Bad+o.Bad
}

func (s *Server) listLeaves(ctx context.Context, in *InFeedLeaves) (*Listing[FeedLeaf], error) {
	if err := s.sourceOf(ctx, in.InFeed); err != nil {
		return nil, err
	}
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now().UTC()
	from, to := cmp.Or(in.From, now.AddDate(0, 0, -feedDays).Format(time.DateOnly)), cmp.Or(in.To, now.Format(time.DateOnly))
	name := reportOfFeed(snap.Sources[in.Source], in.Feed)
	if _, err := report.Get(name, ""); err != nil {
		return nil, notFound("feed", "feed", in.Feed)
	}
	table := feedbook.Table{Account: snap.ID, Source: in.Source, Report: name, Dedupe: in.Dedupe, Version: in.Version}
	if table.Key, err = s.cfg.FeedSchemas.Key(ctx, snap.ID, in.Source, in.Feed, in.Version); err != nil {
		return nil, err
	}
	leaves, err := s.cfg.FeedLeaves.Leaves(ctx, table, from, to)
	if err != nil {
		return nil, err
	}
	out := &Listing[FeedLeaf]{Body: List[FeedLeaf]{Items: []FeedLeaf{}}}
	for i := range leaves {
		out.Body.Items = append(out.Body.Items, viewLeaf(&leaves[i]))
	}
	return out, nil
}

// reportOfFeed names the report on a feed of the source.
func reportOfFeed(src account.Source, name string) string {
	for _, d := range report.Catalog() {
		if d.Feed != nil && d.Feed.Table == name && src.Feeds != nil {
			if door, _ := src.Feeds.Door(); (d.Feed.Door == feed.DoorFileExporter) == (door == feed.DoorFileExporter) {
				return d.ID
			}
		}
	}
	return name
}

func viewLeaf(l *feedbook.Leaf) FeedLeaf {
	v := FeedLeaf{Leaf: l.String(), Generation: l.Generation, Files: l.Objects, Bytes: l.Bytes, Read: l.Read, Notes: l.Notes, LeafRows: rowsOf(l)}
	if !l.Success.IsZero() {
		at := l.Success.UTC()
		v.Success = &at
	}
	return v
}
