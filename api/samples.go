package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/listing"
	"transporter/internal/sandbox/world"
	"transporter/internal/source"
	"transporter/internal/task"
	"transporter/internal/transform"
)

const (
	sampleSeed    = 1 // the same sample for everybody
	sampleAccount = "12345678"
	// sampleWorld is about how many conversations the invented account has in 13 months: a
	// few in an hour, so that a sample is a page.
	sampleWorld = 20_000
)

// sampleTo ends the hour that samples are about. It is a date of this program's making: a
// sample must not change from day to day.
var sampleTo = time.Date(2026, time.October, 6, 15, 0, 0, 0, time.UTC)

// samples renders reports over invented records with the code that runs use.
type samples struct{}

// Sample writes the one file that the sample hour gives.
func (samples) Sample(ctx context.Context, def *report.Definition, format string, dst io.Writer) error {
	zone, err := task.Zone("UTC")
	if err != nil {
		return err
	}
	var part samplePart
	job := transform.Job{
		Report: def, Format: format, AccountID: sampleAccount, Zone: zone,
		From: sampleTo.Add(-time.Hour).UnixMilli(), To: sampleTo.UnixMilli(),
	}
	if _, err := transform.Render(ctx, job, invented{}, &part); err != nil {
		return err
	}
	_, err = dst.Write(append(transform.Head(format, task.Formatting{}, nil), part.Bytes()...))
	return err
}

// samplePart takes the only part.
type samplePart struct{ bytes.Buffer }

// Create returns the part itself.
func (p *samplePart) Create(_ context.Context, part int) (transform.PartWriter, error) {
	if part > 1 {
		return nil, fmt.Errorf("render sample: it does not fit in one file")
	}
	return p, nil
}

// Commit keeps what was written.
func (*samplePart) Commit(context.Context, transform.PartInfo) error { return nil }

// Abort drops what was written.
func (p *samplePart) Abort() { p.Reset() }

// invented gives the records of the invented account.
type invented struct{}

// lists names the configuration lists by resource.
var lists = map[string]string{
	"users": listing.Users, "skills": listing.Skills, "agent_groups": listing.AgentGroups, "profiles": listing.Profiles,
}

// Records yields the resource in canonical order.
func (invented) Records(_ context.Context, resource string) iter.Seq2[source.Record, error] {
	account := world.NewAccount(sampleSeed, sampleAccount, sampleWorld)
	now := sampleTo.Add(24 * time.Hour).UnixMilli()
	var records []source.Record
	var err error
	if list, ok := lists[resource]; ok {
		records = listed(account, list, now)
	} else if records, err = conversations(account, now); err == nil && resource != "messaging_interactions" {
		err = fault.New(fault.NotFound, "there is no sample of %s", resource)
	}
	slices.SortFunc(records, func(a, b source.Record) int {
		return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
	})
	return func(yield func(source.Record, error) bool) {
		if err != nil {
			yield(source.Record{}, err)
			return
		}
		for _, r := range records {
			r.FetchedAt = now
			if !yield(r, nil) {
				return
			}
		}
	}
}

func listed(account *world.Account, list string, now int64) []source.Record {
	entities, _, _ := account.List(list, now)
	records := make([]source.Record, 0, len(entities))
	for _, e := range entities {
		records = append(records, source.Record{ID: e.ID, Raw: e.Append(nil, nil, true)})
	}
	return records
}

func conversations(account *world.Account, now int64) ([]source.Record, error) {
	query := history.Query{
		End:  history.Range{From: sampleTo.Add(-time.Hour).UnixMilli(), To: sampleTo.UnixMilli() - 1, Set: true},
		Sort: history.StartAsc,
	}
	hits := account.Search(&query, now)
	records := make([]source.Record, 0, hits.Len())
	for i := range hits.Len() {
		raw := hits.Append(nil, i, history.View{Sections: history.Default})
		var head struct {
			Info struct {
				ConversationID string `json:"conversationId"`
				StartTimeL     int64  `json:"startTimeL"`
			} `json:"info"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			return nil, fmt.Errorf("read invented record: %w", err)
		}
		records = append(records, source.Record{Order: head.Info.StartTimeL, ID: head.Info.ConversationID, Raw: raw})
	}
	return records, nil
}
