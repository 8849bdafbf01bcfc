package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"transporter/internal/report"
	"transporter/internal/task"
	"transporter/internal/transform"
)

// A family's figure is of the first of its reports here; the others show how much the work
// done a byte differs.
var measured = []string{
	"msg.conversations", "msg.transcripts", "raw.messaging_interactions", "chat.engagements", "chat.lines", "agent.status_changes",
	"agent.status_segments", "agent.handle_time", "cfg.users", "raw.ops.msgqueuehealth", "raw.rt.queuehealth",
}

// leastInput is how many bytes a round renders at least: small data are rendered again.
const leastInput = 64 << 20

// families prints how fast all columns of a report of each family are rendered, on one core.
// Their records were read from the sandbox beside the messages, and lie in memory.
func (b *bench) families(ctx context.Context) error {
	for _, id := range measured {
		def, err := report.Get(id, "")
		if err != nil {
			return err
		}
		job := transform.Job{
			Report: def, Format: def.Formats[0], AccountID: platformAccount, Formatting: task.Formatting{Quotes: "minimal"},
			From: windowFrom.UnixMilli(), To: windowTo.UnixMilli(), Zone: time.UTC, SplitEntries: math.MaxInt,
		}
		if def.Allows(transform.FormatCSV) {
			job.Format = transform.FormatCSV
		}
		in, size := b.data.held, b.data.held.size(def.Resource)
		if size == 0 {
			continue // hold has said why
		}
		again := leastInput/size + 1
		o, err := contest{
			step: id + " to " + job.Format, note: fmt.Sprintf("1 core, processor time, %.0f MB %d times", float64(size)/1e6, again),
			source: size * again, input: size * again, rounds: b.rounds,
			ours: onProcessor(func(ctx context.Context) error {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
				for range again {
					if _, err := transform.Render(ctx, job, in, nowhere{}); err != nil {
						return err
					}
				}
				return nil
			}),
		}.run(ctx)
		if err != nil {
			return err
		}
		b.out.add(o)
	}
	return nil
}

// nowhere takes parts and forgets them.
type nowhere struct{}

// Create implements transform.PartSink.
func (nowhere) Create(context.Context, int) (transform.PartWriter, error) { return nowhere{}, nil }

// Write implements transform.PartWriter.
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

// Commit implements transform.PartWriter.
func (nowhere) Commit(context.Context, transform.PartInfo) error { return nil }

// Abort implements transform.PartWriter.
func (nowhere) Abort() {}
