package interval

import (
	"maps"
	"slices"
	"time"

	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// The live resources that chats are counted from, beside the history.
const (
	chatQueues = "rt_queuehealth" // what went through the queue of each skill
	chatWork   = "rt_engactivity" // what agents were done with
)

// liveBucket is how long the intervals of the live resources are.
const liveBucket = 5 * time.Minute

// Chats gives a row for every interval and skill: interval by interval, in each skill by skill.
// Skills has those that have a row everywhere; any other has one where something happened.
//
// An interval is live where both live resources were read for all of it. Any other is
// reconstructed from the history, which knows neither who left the queue before an agent came
// nor how long it was. How long visitors waited is from the history always, because the live
// resources give no single waits. Rows are given as soon as the history has passed their
// interval, so that no more is held than is open.
type Chats struct {
	axis      *Axis
	skills    []string
	threshold int64 // seconds
	open      map[int]*chatInterval
	next      int   // the first interval that is not given yet
	readAt    int64 // when the latest record was read
	row       row
	told      func(id string, from ...string) // see Tell
}

// Tell has told called with the id of every row that something is counted in from now on.
func (f *Chats) Tell(told func(id string, from ...string)) { f.told = told }

// chatInterval is one interval on its way: how many live buckets came of each resource, and
// the counts by skill.
type chatInterval struct {
	queues, work int64
	bySkill      map[string]*chatCounts
}

// NewChats counts on the axis. The threshold is the wait in seconds below which a chat was
// answered in time.
func NewChats(axis *Axis, skills []string, threshold int64) *Chats {
	first, _ := axis.Bounds(0)
	slices.Sort(skills)
	return &Chats{axis: axis, skills: skills, threshold: threshold, open: map[int]*chatInterval{}, readAt: first}
}

// Add implements the fold.
func (f *Chats) Add(resource string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error {
	f.readAt = max(f.readAt, rec.FetchedAt)
	if resource == chatHistory {
		return f.engagement(root, give)
	}
	start, err := time.Parse(time.RFC3339, string(root.Get("interval_start").Text()))
	if err != nil {
		return &jsonrec.Defect{Path: "$.interval_start", Reason: "has no time, and must have one"}
	}
	i, ok := f.axis.At(start.UnixMilli())
	if !ok {
		return nil
	}
	data := root.Get("response").Get("metricsData")
	if resource == chatQueues {
		f.interval(i).queues++
		for skill, metrics := range data.Get("skillsMetrics").Members() {
			f.of(i, skill).addQueue(metrics, start.UnixMilli())
		}
		return nil
	}
	f.interval(i).work++
	for skill, metrics := range data.Get("skillsMetricsPerAgent").Get("metricsPerSkill").Members() {
		f.of(i, skill).addWork(metrics.Get("metricsTotals"))
	}
	return nil
}

// engagement counts a chat that has ended where it was answered and where it ended.
func (f *Chats) engagement(root jsonrec.Value, give func(source.Record) error) error {
	c, err := chatOf(root)
	if err != nil {
		return err
	}
	for ; f.next < f.axis.Len(); f.next++ {
		if _, to := f.axis.Bounds(f.next); c.start < to {
			break
		}
		if err := f.give(f.next, give); err != nil {
			return err
		}
	}
	if i, ok := f.axis.At(c.start); ok {
		wait, known := c.wait()
		f.of(i, c.skill).answered(wait, known, f.threshold)
	}
	if i, ok := f.axis.At(c.end); ok {
		f.of(i, c.skill).ended(c.interactive(), c.took())
	}
	return nil
}

// interval returns the open interval.
func (f *Chats) interval(i int) *chatInterval {
	if f.open[i] == nil {
		f.open[i] = &chatInterval{bySkill: map[string]*chatCounts{}}
	}
	return f.open[i]
}

func (f *Chats) of(i int, skill []byte) *chatCounts {
	if f.told != nil {
		f.told(f.axis.id(string(skill), i))
	}
	all := f.interval(i).bySkill
	if all[string(skill)] == nil {
		all[string(skill)] = newChatCounts()
	}
	return all[string(skill)]
}

// End implements the fold.
func (f *Chats) End(give func(source.Record) error) ([]byte, error) {
	for ; f.next < f.axis.Len(); f.next++ {
		if err := f.give(f.next, give); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// give writes the rows of an interval, which is counted to the end.
func (f *Chats) give(i int, give func(source.Record) error) error {
	in := f.interval(i)
	delete(f.open, i)
	for _, skill := range f.skills {
		if in.bySkill[skill] == nil {
			in.bySkill[skill] = newChatCounts()
		}
	}
	from, to := f.axis.Bounds(i)
	whole := (to - from) / liveBucket.Milliseconds()
	live := (to-from)%liveBucket.Milliseconds() == 0 && in.queues == whole && in.work == whole
	skills := slices.Sorted(maps.Keys(in.bySkill))
	for _, skill := range skills {
		c := in.bySkill[skill]
		if !live && !c.seen && !slices.Contains(f.skills, skill) {
			continue // only the live resources, of which the interval has a part, know it
		}
		f.row.begin()
		f.row.interval(f.axis, i)
		f.row.text("skillId", []byte(skill))
		c.write(&f.row, live, f.threshold)
		if err := give(f.row.record(f.axis.id(skill, i), from, f.readAt)); err != nil {
			return err
		}
	}
	return nil
}
