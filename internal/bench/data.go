package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"transporter/internal/report"
	"transporter/internal/source"
	"transporter/internal/staging"
)

// The window: a whole week of an account whose clock stands still, so that every run of
// this program measures the same bytes.
var (
	worldNow   = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	windowFrom = time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC)
	windowTo   = windowFrom.AddDate(0, 0, 7)
)

const (
	// weeks are how many of them the sandbox's 13 months have.
	weeks           = 56.5
	platformAccount = "12345678"
	reportID        = "msg.messages"
)

// data are the files that the steps read, made once.
type data struct {
	records, skills string // JSON Lines, as staged
	csv, encrypted  string // rendered, then packed
	source          int64  // bytes of the records
	conversations   int
	held            held // of a day, for the report families
}

// query is what the fetch step of a run asks for.
func query(def *report.Definition) source.Query {
	return source.Query{
		Resource: def.Resource, From: windowFrom.UnixMilli(), To: windowTo.UnixMilli(),
		Params: def.QueryParams(nil), Now: worldNow.UnixMilli(),
	}
}

// keep writes staged records as JSON Lines.
func keep(ctx context.Context, s *staging.Stage, commits []staging.SliceCommit, path string) (records int, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	for record, err := range s.Records(ctx, commits) {
		if err != nil {
			return records, err
		}
		records++
		if _, err := w.Write(append(record.Raw, '\n')); err != nil {
			return records, err
		}
	}
	return records, w.Flush()
}

// sizeOf returns the size of a file.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// sameFiles is an error unless both files hold the same bytes.
func sameFiles(a, b string) error {
	x, err := hashOf(a)
	if err != nil {
		return err
	}
	y, err := hashOf(b)
	if err == nil && x != y {
		err = fmt.Errorf("%s and %s differ", filepath.Base(a), filepath.Base(b))
	}
	return err
}

func hashOf(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { _ = f.Close() }() // it was only read
	h := sha256.New()
	_, err = io.Copy(h, f)
	return [sha256.Size]byte(h.Sum(nil)), err
}

// get reads a small answer of the sandbox's plain side.
func get(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", url, res.Status)
	}
	return io.ReadAll(res.Body)
}
