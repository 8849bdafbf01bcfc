package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"transporter/internal/pgp"
)

// leastEncrypt is promised over gpg with its default settings.
const leastEncrypt = 3

// encrypt compresses and encrypts the CSV file to a file, beside gpg with its default
// settings, for a key that gpg made with its defaults: first by the clock on all cores, of
// which gpg uses one, then on one core by processor time. On a machine with more work than
// cores, threads that wait for each other lose by the clock: measure on a quiet one. What
// gpg decrypts must be the CSV.
func (b *bench) encrypt(ctx context.Context) error {
	b.data.encrypted = b.data.csv + ".pgp"
	csv, err := sizeOf(b.data.csv)
	if err != nil {
		return err
	}
	g, err := newGnuPG(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	key, err := g.key(ctx)
	if err != nil {
		return err
	}
	ours := func(context.Context) error { return encryptFile(b.data.csv, b.data.encrypted, key) }
	alone := func(ctx context.Context) error {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		return ours(ctx)
	}
	all := contest{
		step: "compress and encrypt", note: fmt.Sprintf("%d cores", runtime.GOMAXPROCS(0)), source: b.data.source, input: csv,
		rounds: b.rounds + 2, ours: onClock(ours), name: missingGnuPG, least: leastEncrypt,
	}
	one := all
	one.rounds, one.note, one.ours, one.least = b.rounds, "1 core, processor time", onProcessor(alone), 0
	if g != nil {
		all.name, one.name = g.version(ctx)+" --encrypt", "the same"
		all.rival = func(ctx context.Context) (time.Duration, error) {
			took, _, err := g.encrypt(ctx, key, b.data.csv, b.data.encrypted+".gpg")
			return took, err
		}
		one.rival = func(ctx context.Context) (time.Duration, error) {
			_, worked, err := g.encrypt(ctx, key, b.data.csv, b.data.encrypted+".gpg")
			return worked, err
		}
	}
	byClock, err := all.run(ctx)
	if err != nil {
		return err
	}
	byWork, err := one.run(ctx)
	if err != nil {
		return err
	}
	b.out.add(byClock)
	b.out.add(byWork)
	packed, err := sizeOf(b.data.encrypted)
	b.out.remark("CSV of %.0f MB, %.0f MB compressed and encrypted", float64(csv)/1e6, float64(packed)/1e6)
	return errors.Join(err, g.reads(ctx, b.data.encrypted, b.data.csv))
}

func encryptFile(from, to string, key *pgp.Key) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // it was only read
	dst, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	w, err := pgp.Encrypt(dst, []*pgp.Key{key}, pgp.Message{Name: filepath.Base(from), Now: time.Now()})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, src); err != nil {
		return err
	}
	return w.Close()
}
