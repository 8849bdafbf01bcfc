package task

import "time"

// PreviewRun is one run to come.
type PreviewRun struct {
	Fire   time.Time `json:"fire"`
	Window Window    `json:"window"`
}

// NextRuns returns the next n runs that fire after the given time, fewer when the task
// ends. It is the arithmetic that runs themselves use.
func NextRuns(c *Calendar, after time.Time, n int) []PreviewRun {
	var runs []PreviewRun
	for b, ok := c.Next(after); ok && len(runs) < n; b, ok = c.Next(after) {
		w, _ := c.WindowOf(b)
		after = c.Fire(b)
		runs = append(runs, PreviewRun{Fire: after, Window: w})
	}
	return runs
}
