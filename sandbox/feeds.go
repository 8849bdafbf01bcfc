package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/pflag"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/exporter"
	"transporter/internal/sandbox/feeds"
	"transporter/internal/sandbox/feeds/s3bucket"
)

// feedOptions are the flags of feeds: what is exported to a bucket, and the File Exporter API.
type feedOptions struct {
	bucket    s3bucket.Config
	reader    feeds.Credential
	company   string
	keyFile   string
	days      int
	rows      int
	again     int
	tables    []string
	scenarios []string
	exporter  exporter.Config
}

func (o *feedOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.bucket.Endpoint, "feeds-s3-endpoint", "", "S3 server that feeds are exported to, like http://127.0.0.1:7070; empty for none")
	f.StringVar(&o.bucket.Region, "feeds-region", "us-east-1", "its region")
	f.StringVar(&o.bucket.Bucket, "feeds-bucket", "asapp-prod-acme-exports-us-east-1", "the bucket, which is made if it is not there")
	f.StringVar(&o.bucket.Key, "feeds-access-key", "", "access key id that may write")
	f.StringVar(&o.bucket.Secret, "feeds-secret-key", "", "its secret")
	f.StringVar(&o.bucket.Dir, "feeds-dir", "", "folder in which that server keeps buckets, so that objects can be as old as scenarios want (default: objects are new)")
	f.StringVar(&o.reader.ID, "feeds-reader-key", "", "access key id in the credentials that are issued (default: the one that may write)")
	f.StringVar(&o.reader.Secret, "feeds-reader-secret", "", "its secret")
	f.StringVar(&o.company, "feeds-company", "acme", "company whose rows are exported")
	f.StringVar(&o.keyFile, "feeds-key-file", "", "armored public key that encrypted feeds are encrypted to")
	f.IntVar(&o.days, "feeds-days", 0, "days up to now that are exported at the start, and from then on as time goes by; 0 for none")
	f.IntVar(&o.rows, "feeds-rows", 0, "rows of a leaf, about (default 40)")
	f.IntVar(&o.again, "feeds-again", 0, "of a hundred leaves, how many are exported a second time")
	f.StringSliceVar(&o.tables, "feeds-table", nil, "table that is exported; may be repeated (default: all)")
	f.StringSliceVar(&o.scenarios, "feeds-scenario", nil, "scenario that is played at the start, in a sub-folder of its name; may be repeated")
	f.StringVar(&o.exporter.ID, "exporter-id", "exporter-id-0001", "asapp-api-id of the File Exporter API")
	f.StringVar(&o.exporter.Secret, "exporter-secret", "exporter-secret-0001", "its asapp-api-secret")
	f.BoolVar(&o.exporter.Named, "exporter-named", false, "lists of the File Exporter API say version=1 in place of 1")
	f.IntVar(&o.exporter.PerDay, "exporter-per-day", 0, "calls of a day before 429; 0 means no limit")
}

// configure adds what the flags say to the sandbox's configuration.
func (o *feedOptions) configure(c *sandbox.Config) error {
	c.Exporter = o.exporter
	c.Exporter.Company, c.Exporter.Rows = o.company, o.rows
	if o.bucket.Endpoint == "" {
		if o.days > 0 || len(o.scenarios) > 0 {
			return fmt.Errorf("--feeds-s3-endpoint: is needed with --feeds-days and --feeds-scenario")
		}
		return nil
	}
	of := feeds.Config{Seed: c.Seed, Company: o.company, Rows: o.rows, Now: c.Now}
	if o.keyFile != "" {
		key, err := os.ReadFile(o.keyFile)
		if err != nil {
			return fmt.Errorf("--feeds-key-file: %w", err)
		}
		of.Key = string(key)
	}
	c.Feeds = feeds.NewPlayer(s3bucket.New(o.bucket), of)
	c.Reader = o.reader
	if c.Reader.ID == "" {
		c.Reader = feeds.Credential{ID: o.bucket.Key, Secret: o.bucket.Secret}
	}
	c.Reader.Bucket = o.bucket.Bucket
	return nil
}

// exportEvery is how often it is looked whether a leaf has ended: the shortest lasts 15 minutes.
const exportEvery = time.Minute

// begin plays the scenarios and exports the days of the flags, and returns what exports from then on; nil
// if nothing does.
func (o *feedOptions) begin(ctx context.Context, c sandbox.Config, out io.Writer) (*server, error) {
	if c.Feeds == nil {
		return nil, nil
	}
	if err := s3bucket.New(o.bucket).Make(ctx); err != nil {
		return nil, fmt.Errorf("--feeds-bucket: %w", err)
	}
	for _, name := range o.scenarios {
		scene, err := c.Feeds.Run(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("--feeds-scenario: %w", err)
		}
		say(out, "feeds       scenario %q in s3://%s/%s", scene.Name, o.bucket.Bucket, scene.Folder)
	}
	if o.days == 0 {
		return nil, nil
	}
	f := feeds.Filling{Tables: o.tables, From: c.Now().UTC().Truncate(feeds.Day).AddDate(0, 0, -o.days), Again: o.again}
	fill := func(ctx context.Context) error {
		f.Through = c.Now()
		return c.Feeds.Fill(ctx, f)
	}
	if err := fill(ctx); err != nil {
		return nil, fmt.Errorf("--feeds-days: %w", err)
	}
	say(out, "feeds       s3://%s at %s, %d days", o.bucket.Bucket, o.bucket.Endpoint, o.days)
	going, stop := context.WithCancel(context.WithoutCancel(ctx))
	return &server{func() error {
		tick := time.NewTicker(exportEvery)
		defer tick.Stop()
		for {
			select {
			case <-going.Done():
				return nil
			case <-tick.C:
				if err := fill(going); err != nil && going.Err() == nil {
					slog.Warn("feeds are not exported; trying again", "error", err)
				}
			}
		}
	}, func(context.Context) error { stop(); return nil }}, nil
}
