package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/docs"
	"transporter/internal/feedschema"
)

// FeedSchemas reads what platforms say of their feeds, and releases feeds that are held; it is a
// feedschema.Book.
type FeedSchemas interface {
	Schema(ctx context.Context, account, source, feed, version string) (feedschema.Schema, error)
	Release(ctx context.Context, account, source, feed, version, change string, r feedschema.Release) (feedschema.Hold, error)
	Cadence(ctx context.Context, account, source, name, version string) (feed.Cadence, bool, error)
	Key(ctx context.Context, account, source, name, version string) (feed.Key, error)
}

// InFeed names a feed of a source.
type InFeed struct {
	InAccount
	Feed    string `path:"feed" maxLength:"80" pattern:"^[A-Za-z0-9_\\-]+$" patternDescription:"a feed's name, such as convos_metrics" doc:"The feed's name." example:"convos_metrics"`
	Source  string `query:"source" required:"true" maxLength:"64" doc:"Id of the source whose feed it is." example:"01JD3ZF2V7W8X9Y0Z1A2B3C4D5"`
	Version string `query:"version" default:"1" maxLength:"16" pattern:"^[A-Za-z0-9._\\-]+$" doc:"Version of the feed; absent: 1."`
}

// States of a feed.
const (
	feedOK   = "ok"
	feedHeld = "held"
)

// FeedSchema is what is known of a feed.
type FeedSchema struct {
	Source   string            `json:"source"`
	Feed     string            `json:"feed"`
	Version  string            `json:"version"`
	State    string            `json:"state" enum:"ok,held" doc:"held: runs wait until an operator releases what holds it."`
	Looked   *time.Time        `json:"looked,omitempty" doc:"When the platform's description was looked at last; absent: never."`
	Document string            `json:"document,omitempty" doc:"Key of the newest description." example:"export_docs/version=1/format=yaml/dt=2026-11-20/export_docs.yaml"`
	Warnings []string          `json:"warnings,omitempty" doc:"What is odd about the newest description, or why the one before stays in force."`
	Table    *docs.Table       `json:"table,omitempty" doc:"The description in force; absent: the feed is not described."`
	Key      []string          `json:"key,omitempty" doc:"Columns that tell rows apart, since a change of the primary key was released; absent: those of the report." example:"issue_id,queue_id"`
	Order    []string          `json:"order,omitempty" doc:"Columns that rank rows of one key, since a change of the ordering key was released; absent: those of the report." example:"end_ts"`
	Versions []string          `json:"versions,omitempty" doc:"Versions that are exported, as far as tasks read the feed."`
	Data     []string          `json:"data,omitempty" doc:"How the columns of the data differ from those described."`
	Holds    []feedschema.Hold `json:"holds" nullable:"false" doc:"Changes that hold the feed or did, oldest first."`
	Changes  []FeedChange      `json:"changes" nullable:"false" doc:"What changed, newest first."`
}

// FeedChange is one change with when it was noticed.
type FeedChange struct {
	At   time.Time `json:"at"`
	Text string    `json:"text" doc:"The change in a line." example:"convos_metrics.platform: type varchar(191) → varchar(255) (widening: taken as it is)"`
	docs.Change
}

// InFeedRelease releases a change.
type InFeedRelease struct {
	InFeed
	Body FeedRelease
}

// FeedRelease names the change that an operator lets pass.
type FeedRelease struct {
	Change string `json:"change" minLength:"1" maxLength:"32" doc:"Its id, among the holds of the feed's schema." example:"3f1c9a0b7d2e4658"`
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Who decided, and why rows are still read right; it stays on record." example:"WFM: the column is not used"`

	Key   []string `json:"key,omitempty" maxItems:"64" doc:"Of a change of the primary key: the columns that tell rows apart from then on, or catalog alone for those of the report; absent: the ones that the platform describes." example:"issue_id,queue_id"`
	Order []string `json:"order,omitempty" maxItems:"16" doc:"Of a change of the ordering key: the times that rank rows of one key from then on, the most telling first, or catalog alone for those of the report; absent: the ones that the platform describes." example:"end_ts"`
}

func (s *Server) feedSchemas() {
	const path, tag = "/v1/accounts/{a}/feeds/{feed}/schema", "feeds"
	route(s, operation{
		Method: http.MethodGet, Path: path, ID: "get-feed-schema", Tag: tag, Summary: "Show what a platform says of a feed, and what changed",
		Doc: "The platform describes its feeds once a day. Each description is compared with the one before; a change that may make wrong what is read holds the feed. " +
			"What was described before stays in force when today's description is missing or unreadable.",
		Errors: []int{404, 422},
	}, s.getFeedSchema)
	route(s, operation{
		Method: http.MethodPost, Path: path + "/release", ID: "release-feed", Tag: tag, Summary: "Release a feed that is held",
		Doc: "Lets one change pass, and that one alone; runs that wait go on by themselves. A repeat does nothing: who was first stays on record. " +
			"A released primary key tells the feed's rows apart from then on, a released ordering key ranks them: the next delivery of each table makes it anew. One that names no column of the feed is refused.",
		Errors: []int{404, 422},
	}, s.releaseFeed)
}

// sourceOf refuses a source that the account has not.
func (s *Server) sourceOf(ctx context.Context, in InFeed) error {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return err
	}
	if _, ok := snap.Sources[in.Source]; !ok {
		return fault.New(fault.NotFound, "there is no source %q", in.Source).WithField("query.source")
	}
	return nil
}

func (s *Server) getFeedSchema(ctx context.Context, in *InFeed) (*Item[FeedSchema], error) {
	if err := s.sourceOf(ctx, *in); err != nil {
		return nil, err
	}
	schema, err := s.cfg.FeedSchemas.Schema(ctx, in.Account, in.Source, in.Feed, in.Version)
	if err != nil {
		return nil, err
	}
	if schema.Looked != nil && schema.Table == nil && len(schema.Versions)+len(schema.History) == 0 {
		return nil, notFound("feed", "feed", in.Feed)
	}
	return &Item[FeedSchema]{Body: viewSchema(*in, schema)}, nil
}

func viewSchema(in InFeed, s feedschema.Schema) FeedSchema {
	v := FeedSchema{
		Source: in.Source, Feed: in.Feed, Version: in.Version, State: feedOK, Table: s.Table, Key: s.Key.Columns(), Order: s.Key.Order(), Versions: s.Versions,
		Data: docs.Lines(s.Data), Holds: append([]feedschema.Hold{}, s.Holds...), Changes: []FeedChange{},
	}
	if s.Looked != nil {
		v.Looked, v.Warnings = &s.Looked.At, s.Looked.Warnings
		if s.Looked.Object != nil {
			v.Document = s.Looked.Object.Key
		}
	}
	for _, h := range s.Holds {
		if h.Released == nil {
			v.State = feedHeld
		}
	}
	for _, d := range s.History {
		v.Changes = append(v.Changes, FeedChange{At: d.At, Text: d.Change.String(), Change: d.Change})
	}
	return v
}

func (s *Server) releaseFeed(ctx context.Context, in *InFeedRelease) (*Item[feedschema.Hold], error) {
	if err := s.sourceOf(ctx, in.InFeed); err != nil {
		return nil, err
	}
	hold, err := s.cfg.FeedSchemas.Release(ctx, in.Account, in.Source, in.Feed, in.Version, in.Body.Change,
		feedschema.Release{Reason: in.Body.Reason, At: s.cfg.Now().UTC(), Key: feed.KeyOf(in.Body.Key...), Order: in.Body.Order})
	if err != nil {
		return nil, err
	}
	return &Item[feedschema.Hold]{Body: hold}, nil
}
