package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// feed de-duplicates a leaf of a feed, beside DuckDB with the memory that is promised for ours:
// both read the gzip splits from disk, and write the latest row of every key as JSON Lines.
func (b *bench) feed(ctx context.Context) error {
	l, err := makeLeaf(ctx, filepath.Join(b.dir, "leaf"), b.feedMB*1_000_000)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(l.dir) }() // run removes what is left
	b.out.remark("leaf of %d rows, %.0f MB of JSON in %d gzip splits of %.0f MB in all, %d%% of the rows repeat a key",
		l.rows, float64(l.size)/1e6, feedSplits, float64(l.packed)/1e6, feedRepeats)
	d := &dedupe{bench: b, leaf: l, limit: mostMemory}
	c := contest{
		step: "feed, latest row of each key", note: fmt.Sprintf("%.1f GB, %d cores, at most %d MiB", float64(l.size)/1e9, runtime.NumCPU(), mostMemory),
		source: l.size, input: l.size, rounds: b.rounds, ours: d.ours, name: "DuckDB: not installed (DUCKDB)",
	}
	if d.duckdb = tool("DUCKDB", "duckdb"); d.duckdb != "" {
		c.rival = d.rival
		c.name = "DuckDB"
	}
	o, err := c.run(ctx)
	if err != nil {
		return err
	}
	b.out.add(o)
	b.out.remark("feed: ours held %d MiB and used %.0f s of the cores; DuckDB held %d MiB under a memory_limit of %d MiB and used %.0f s",
		d.used.peak>>10, d.used.processor.Seconds(), d.rivalUsed.peak>>10, d.limit, d.rivalUsed.processor.Seconds())
	if d.used.peak>>10 > mostMemory {
		return fmt.Errorf("the process held %d MiB, promised are at most %d", d.used.peak>>10, mostMemory)
	}
	return nil
}

// tool returns the path of a program: what the variable says, or the one on the path; "" for none.
func tool(variable, name string) string {
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, _ := exec.LookPath(name) // nothing is an answer
	return path
}

// dedupe is the contest's state.
type dedupe struct {
	*bench
	leaf   leaf
	duckdb string

	limit           int // MiB that DuckDB is given
	used, rivalUsed usage
	want            content // of ours
}

// ours runs this program's child and checks what it wrote.
func (d *dedupe) ours(ctx context.Context) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	out, st := filepath.Join(d.dir, "ours"), filepath.Join(d.dir, "feedstore")
	defer func() { _ = errors.Join(os.RemoveAll(out), os.RemoveAll(st)) }() // run removes what is left
	took, used, err := watched(ctx, "", self, dedupeCommand, d.leaf.dir, st, out)
	if err != nil {
		return 0, err
	}
	d.used = d.used.most(used)
	d.want, err = contentOf(filepath.Join(out, "*"))
	if err == nil && d.want.rows != d.leaf.unique {
		err = fmt.Errorf("ours wrote %d rows of %d", d.want.rows, d.leaf.unique)
	}
	return took, err
}

// rival runs DuckDB with the limit; where that is not enough for it, with twice as much.
func (d *dedupe) rival(ctx context.Context) (time.Duration, error) {
	const most = 16 << 10 // MiB
	out, temp := filepath.Join(d.dir, "duckdb.jsonl"), filepath.Join(d.dir, "duckdb")
	defer func() { _ = errors.Join(os.Remove(out), os.RemoveAll(temp)) }() // run removes what is left
	for {
		took, used, err := watched(ctx, d.query(temp, out), d.duckdb)
		if err != nil && strings.Contains(err.Error(), "Out of Memory") && d.limit < most {
			d.out.remark("DuckDB with memory_limit %d MiB: out of memory", d.limit)
			d.limit *= 2
			continue
		}
		if err != nil {
			return 0, err
		}
		d.rivalUsed = d.rivalUsed.most(used)
		got, err := contentOf(out)
		if err == nil && got != d.want {
			err = fmt.Errorf("it wrote other rows: %d with sum %x, ours %d with sum %x", got.rows, got.sum, d.want.rows, d.want.sum)
		}
		return took, err
	}
}

// query is the rule of the table's documentation with settings that DuckDB's guide gives for data
// larger than memory (duckdb.org/docs/stable/guides/performance/how_to_tune_workloads).
func (d *dedupe) query(temp, out string) string {
	var columns []string
	for _, c := range convosMetrics {
		columns = append(columns, fmt.Sprintf("%s: '%s'", c.name, c.sql))
	}
	return fmt.Sprintf(`SET memory_limit = '%dMiB'; SET threads = %d; SET temp_directory = '%s'; SET preserve_insertion_order = false;
COPY (SELECT * FROM read_json('%s', format = 'newline_delimited', columns = {%s})
QUALIFY row_number() OVER (PARTITION BY issue_id ORDER BY first_utterance_ts DESC NULLS LAST) = 1) TO '%s' (FORMAT json);
`, d.limit, runtime.NumCPU(), temp, filepath.Join(d.leaf.dir, "*.gz"), strings.Join(columns, ", "), out)
}
