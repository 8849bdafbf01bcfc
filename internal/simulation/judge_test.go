package simulation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/coverage"
	"transporter/internal/incident"
	"transporter/internal/ledger"
	"transporter/internal/receipt"
	"transporter/internal/report"
	"transporter/internal/timeline"
)

// verdict is what is found of one task.
type verdict struct {
	*world
	task    string
	entries []ledger.Entry
	windows *timeline.Timeline
	lines   []coverage.Line
	dones   []receipt.Done
}

// judge holds the coverage of all time and what lies at the destination against what was
// asked for; it returns how many windows there are.
func (w *world) judge() (n int) {
	ctx := context.Background()
	for _, id := range sorted(w.account.Tasks) {
		v := verdict{world: w, task: id}
		var err error
		v.entries, v.windows, err = coverage.Load(ctx, w.ledger, acme, id)
		require.NoError(w.t, err)
		v.lines, err = coverage.Read(ctx, w.book, coverage.Query{
			Account: acme, Task: id, To: w.now, Now: w.now, Timeline: v.windows, Reach: coverage.ReachAt(w.now),
		})
		require.NoError(w.t, err)
		for d, err := range w.book.Dones(ctx, acme, id, begin.AddDate(-1, 0, 0), w.now.AddDate(1, 0, 0)) {
			require.NoError(w.t, err)
			v.dones = append(v.dones, d)
		}
		problems := slices.Concat(v.accounted(), v.tile(), v.once(), v.known(), v.delivered())
		shown := strings.Join(problems[:min(len(problems), 12)], "\n")
		require.Empty(w.t, shown, "task %s: %d problems; ledger: %s", id, len(problems), v.ledgerText())
		w.t.Logf("%s: %v", id, coverage.Summarise(v.lines).Counts)
		n += len(v.lines)
	}
	return n
}

func (v *verdict) ledgerText() (text string) {
	for _, e := range v.entries {
		text += fmt.Sprintf("\n%d from %s g%d %s %s%s reset=%t %s %s +%v %s (%s)", e.Seq, stamp(e.EffectiveFrom), e.Generation, e.State, e.Backlog, e.CatchUp, e.Reset,
			e.Spec.Frequency.Kind, e.Spec.Frequency.At+e.Spec.Frequency.Every.String(), e.Spec.Delay, e.Spec.Zone, e.Note)
	}
	return text
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

func text(l coverage.Line) string {
	return fmt.Sprintf("%s to %s, fire %s, g%d of entry %d, run %s: %s", stamp(l.From), stamp(l.To), stamp(l.Fire), l.Generation, l.Seq, l.Run, l.Status)
}

// why is what the record of the window's last run says.
func (v *verdict) why(l coverage.Line) string {
	r, err := v.book.Run(context.Background(), acme, v.task, l.Run)
	if err != nil || r == nil {
		return "it is not finished"
	}
	return "it is not finished: " + r.Error
}

// accounted: every window is delivered or empty, given up by somebody's choice, or lost to
// the reach of its report and told.
func (v *verdict) accounted() (problems []string) {
	wrong := func(l coverage.Line, why string) { problems = append(problems, text(l)+": "+why) }
	lost := false
	for _, l := range v.lines {
		switch l.Status {
		case coverage.Delivered, coverage.Empty, coverage.NotDue:
		case coverage.Skipped:
			if !slices.ContainsFunc(v.people.pauses, func(p pause) bool { return v.skips(p, l) }) {
				wrong(l, "nobody chose that")
			}
		case coverage.Dropped:
			if !slices.ContainsFunc(v.people.drops, func(d drop) bool { return d.task == v.task && l.Fire.Before(d.at.Add(patience)) }) {
				wrong(l, "nobody chose that")
			}
		case coverage.Lost:
			lost = true
			def, err := report.Get(v.windows.Entry(l.Seq).Spec.Report, "1.0")
			require.NoError(v.t, err)
			if since, bounded := def.Reach.Since(v.now); bounded && !l.From.Before(since) {
				wrong(l, "the source still has it")
			}
		default:
			wrong(l, v.why(l))
		}
	}
	if lost {
		open, err := v.incident.All(context.Background(), acme)
		require.NoError(v.t, err)
		if !slices.ContainsFunc(open, func(i incident.Incident) bool { return i.Kind == incident.WindowLost && i.Task == v.task }) {
			problems = append(problems, "windows are lost and nobody was told")
		}
	}
	return problems
}

// patience is how long a write may take to get through.
const patience = 8 * time.Hour

func (v *verdict) skips(p pause, l coverage.Line) bool {
	due := l.Fire
	if since := v.windows.Entry(l.Seq).EffectiveFrom; due.Before(since) {
		due = since // a boundary that the grid before had not reached falls due when the grid is edited
	}
	return p.task == v.task && p.catchUp != ledger.CatchUpAll && !due.Before(p.from) && due.Before(p.to.Add(patience))
}

// epoch counts the resets up to an entry.
func (v *verdict) epoch(seq int) (n int) {
	for _, e := range v.entries[:seq] {
		if e.Reset {
			n++
		}
	}
	return n
}

// tile: a window begins where the one before ends, but for resets, which begin anew.
func (v *verdict) tile() (problems []string) {
	for i := 1; i < len(v.lines); i++ {
		a, b := v.lines[i-1], v.lines[i]
		if !a.To.Equal(b.From) && v.epoch(a.Seq) == v.epoch(b.Seq) {
			problems = append(problems, fmt.Sprintf("%s does not follow %s", text(b), text(a)))
		}
	}
	return problems
}

// once: no time was delivered twice, but for resets, and nothing as a revision.
func (v *verdict) once() (problems []string) {
	byEpoch := map[int][]receipt.Done{}
	for _, d := range v.dones {
		i := slices.IndexFunc(v.entries, func(e ledger.Entry) bool { return e.Generation == d.Delivery.Generation })
		n := v.epoch(i + 1)
		byEpoch[n] = append(byEpoch[n], d)
		if d.Delivery.Revision != 0 {
			problems = append(problems, d.Delivery.Key()+" is a revision")
		}
	}
	for _, all := range byEpoch {
		slices.SortFunc(all, func(a, b receipt.Done) int { return int(a.Delivery.Span.From - b.Delivery.Span.From) })
		for i := 1; i < len(all); i++ {
			if a, b := all[i-1].Delivery, all[i].Delivery; b.Span.From < a.Span.To {
				problems = append(problems, fmt.Sprintf("%s and %s deliver the same time", a.Key(), b.Key()))
			}
		}
	}
	return problems
}

// known: what was delivered is a window of the ledger, unless a reset has replaced it.
func (v *verdict) known() (problems []string) {
	lines := map[string]coverage.Line{}
	for _, l := range v.lines {
		from, to := l.Span()
		lines[contract.Delivery{Account: acme, Task: v.task, Generation: l.Generation, Span: contract.Span{From: from, To: to}}.Key()] = l
	}
	last := v.epoch(len(v.entries))
	for _, d := range v.dones {
		i := slices.IndexFunc(v.entries, func(e ledger.Entry) bool { return e.Generation == d.Delivery.Generation })
		if l, ok := lines[d.Delivery.Key()]; v.epoch(i+1) == last && (!ok || l.Status != coverage.Delivered && l.Status != coverage.Empty) {
			problems = append(problems, d.Delivery.Key()+" was delivered and is no window")
		}
	}
	return problems
}

// delivered: the destination holds one file and one manifest of each window of the last
// epoch that was delivered.
func (v *verdict) delivered() (problems []string) {
	files := map[string]int{}
	for info, err := range v.store.List(context.Background(), shelf+"/files/"+v.task+"/") {
		require.NoError(v.t, err)
		files[info.Key]++
	}
	last := v.epoch(len(v.entries))
	for _, l := range v.lines {
		if v.epoch(l.Seq) != last || l.Status != coverage.Delivered && l.Status != coverage.Empty {
			continue
		}
		span := l.From.Format("20060102T150405Z") + "_" + l.To.Format("20060102T150405Z")
		var data, manifests int
		for name := range files {
			switch {
			case !strings.Contains(name, span):
			case strings.HasSuffix(name, ".manifest.json"): // of an empty window it is all
				manifests++
			default:
				data++
			}
		}
		if manifests != 1 || data > 1 || data == 0 && l.Status == coverage.Delivered {
			problems = append(problems, fmt.Sprintf("%s: %d files and %d manifests", text(l), data, manifests))
		}
	}
	return problems
}
