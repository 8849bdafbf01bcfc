package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"transporter/internal/devstack"
	"transporter/internal/guard"
	"transporter/internal/report"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/liveperson"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// fetch reads the window from a sandbox process on this machine into sealed pages on
// disk, with the real source and the real staging, and makes the other steps' data of
// what it staged last.
func (b *bench) fetch(ctx context.Context) (err error) {
	def, err := report.Get(reportID, "")
	if err != nil {
		return err
	}
	l := newLogin()
	c, err := b.stackConfig("fetch", l)
	if err != nil {
		return err
	}
	cloud := &devstack.Stack{Config: c}
	if err := cloud.StartSandbox(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()
	src, err := b.openSource(ctx, cloud, l)
	if err != nil {
		return err
	}
	stage, err := newStage(ctx, cloud.Store())
	if err != nil {
		return err
	}
	f := &fetcher{src: src, stage: stage}
	o, err := contest{
		step: "fetch", note: "TLS, sandbox on the same cores", rounds: b.rounds,
		ours: func(ctx context.Context) (time.Duration, error) { return f.round(ctx, query(def)) },
	}.run(ctx)
	if err != nil {
		return err
	}
	if err := b.keepData(ctx, f); err != nil {
		return err
	}
	if err := b.hold(ctx, f); err != nil {
		return err
	}
	o.source, o.input = b.data.source, b.data.source
	b.out.add(o)
	return nil
}

func (b *bench) openSource(ctx context.Context, cloud *devstack.Stack, l login) (source.Source, error) {
	ca, err := certificate(ctx, cloud)
	if err != nil {
		return nil, err
	}
	roots, err := guard.Roots(ca)
	if err != nil {
		return nil, err
	}
	allow := []string{devstack.Local(cloud.Ports.Sandbox), devstack.Local(cloud.Ports.Domain)}
	return liveperson.New(liveperson.Config{
		PlatformAccount: platformAccount, DomainURL: cloud.DomainURL(), Credentials: l.credentials(),
		HTTP: guard.New(guard.Config{Allow: allow}).Client(roots), Limits: liveperson.Limits{PerSecond: requestsPerSecond},
	})
}

func newStage(ctx context.Context, url string) (*staging.Stage, error) {
	st, err := store.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	ring, err := seal.GenerateRing("bench")
	if err != nil {
		return nil, err
	}
	return staging.New(st, seal.NewBox(ring)), nil
}

// fetcher stages the window again and again; the pages of the last round stay.
type fetcher struct {
	src    source.Source
	stage  *staging.Stage
	pages  *staging.Pages
	rounds int
}

func (f *fetcher) prefix() string { return fmt.Sprintf("pages/%d", f.rounds) }

func (f *fetcher) round(ctx context.Context, q source.Query) (time.Duration, error) {
	if f.rounds > 0 {
		if _, err := f.stage.RemoveAll(ctx, f.prefix()); err != nil {
			return 0, err
		}
	}
	f.rounds++
	f.pages = f.stage.Pages(f.prefix(), nil)
	began := time.Now()
	err := f.src.Fetch(ctx, q, f.pages)
	return time.Since(began), err
}

// keepData writes the staged records, and the skills that the report joins, as files.
func (b *bench) keepData(ctx context.Context, f *fetcher) error {
	commits, err := f.pages.Slices(ctx)
	if err != nil {
		return err
	}
	for _, c := range commits {
		b.data.source += c.Bytes
	}
	b.data.records = filepath.Join(b.dir, "records.jsonl")
	if b.data.conversations, err = keep(ctx, f.stage, commits, b.data.records); err != nil {
		return err
	}
	skills := f.stage.Pages("skills", nil)
	if err := f.src.Fetch(ctx, source.Query{Resource: "skills"}, skills); err != nil {
		return err
	}
	if commits, err = skills.Slices(ctx); err != nil {
		return err
	}
	b.data.skills = filepath.Join(b.dir, "skills.jsonl")
	_, err = keep(ctx, f.stage, commits, b.data.skills)
	b.out.remark("%d conversations, %d MB of source JSON", b.data.conversations, b.data.source/1e6)
	return err
}
