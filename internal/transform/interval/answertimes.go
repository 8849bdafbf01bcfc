package interval

import (
	"maps"
	"slices"

	"transporter/internal/source"
	"transporter/internal/transform/jsonrec"
)

// answerEdges are where the ranges of waits begin, in seconds: those of the method sla
// (Operational Realtime API, SLA Histogram) where no others are asked for. The last has no end.
var answerEdges = [...]int64{0, 15, 30, 45, 60, 90, 120}

// answerEnd is where the range ends, and 0 of the last.
func answerEnd(i int) int64 {
	if i+1 == len(answerEdges) {
		return 0
	}
	return answerEdges[i+1]
}

// byWait is a number for each range of waits.
type byWait [len(answerEdges)]int64

// add counts a chat that an agent took after so many milliseconds.
func (b *byWait) add(wait int64) {
	i := len(b) - 1
	for i > 0 && wait < answerEdges[i]*1000 {
		i--
	}
	b[i]++
}

// AnswerTimes gives a row for every interval, skill and range of waits, in that order. Only holds
// the skills that have rows everywhere; any other has them where agents took chats of it.
//
// Chats are counted from the history in the interval in which an agent took them, so that rows of
// all windows add up. What the platform counted live is about no interval, but about a time that
// begins with the window and ends when it was asked: it stands beside the rows of the last one.
type AnswerTimes struct {
	axis   *Axis
	only   []string
	open   map[string]*byWait // of the interval next, by skill
	live   map[string]*liveAnswers
	next   int   // the first interval that is not given yet
	readAt int64 // when the latest record was read
	row    row
	told   func(id string, from ...string) // see Tell
}

// NewAnswerTimes counts on the axis.
func NewAnswerTimes(axis *Axis, only []string) *AnswerTimes {
	first, _ := axis.Bounds(0)
	return &AnswerTimes{axis: axis, only: only, open: map[string]*byWait{}, live: map[string]*liveAnswers{}, readAt: first}
}

// Tell has told called with the id of every row that something is counted in from now on.
func (f *AnswerTimes) Tell(told func(id string, from ...string)) { f.told = told }

// Add implements the fold.
func (f *AnswerTimes) Add(resource string, root jsonrec.Value, rec source.Record, give func(source.Record) error) error {
	f.readAt = max(f.readAt, rec.FetchedAt)
	if resource != chatHistory {
		skill, live, err := liveAnswersOf(root)
		if err == nil {
			f.live[skill] = live
			f.tell(skill, f.axis.Len()-1)
		}
		return err
	}
	c, err := chatOf(root)
	if err != nil {
		return err
	}
	i, ok := f.axis.At(c.start)
	wait, known := c.wait()
	if !ok || !known {
		return nil
	}
	for f.next < i {
		if err := f.give(give); err != nil {
			return err
		}
	}
	f.of(string(c.skill)).add(wait)
	f.tell(string(c.skill), i)
	return nil
}

func (f *AnswerTimes) tell(skill string, i int) {
	if f.told != nil {
		f.told(f.axis.id(skill, i))
	}
}

func (f *AnswerTimes) of(skill string) *byWait {
	if f.open[skill] == nil {
		f.open[skill] = &byWait{}
	}
	return f.open[skill]
}

// End implements the fold.
func (f *AnswerTimes) End(give func(source.Record) error) ([]byte, error) {
	for f.next < f.axis.Len() {
		if err := f.give(give); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// give writes the rows of the next interval, which is counted to the end.
func (f *AnswerTimes) give(give func(source.Record) error) error {
	last := f.next+1 == f.axis.Len()
	for _, skill := range f.only {
		f.of(skill)
	}
	if last {
		for skill := range f.live {
			f.of(skill)
		}
	}
	for _, skill := range slices.Sorted(maps.Keys(f.open)) {
		var live *liveAnswers
		if last {
			live = f.live[skill]
		}
		if err := f.giveSkill(skill, f.open[skill], live, give); err != nil {
			return err
		}
	}
	clear(f.open)
	f.next++
	return nil
}

func (f *AnswerTimes) giveSkill(skill string, chats *byWait, live *liveAnswers, give func(source.Record) error) error {
	from, _ := f.axis.Bounds(f.next)
	all, upTo := int64(0), int64(0)
	for _, n := range chats {
		all += n
	}
	for i, n := range chats {
		upTo += n
		f.row.begin()
		f.row.interval(f.axis, f.next)
		f.row.text("skillId", []byte(skill))
		f.row.count("bucketS", answerEdges[i])
		f.row.known("bucketToS", answerEnd(i), answerEnd(i) > 0)
		f.row.count("chats", n)
		f.row.ratio("pct", n, all)
		f.row.ratio("pctCumulative", upTo, all)
		live.write(&f.row, i)
		if err := give(f.row.record(f.axis.id(skill, f.next), from, f.readAt)); err != nil {
			return err
		}
	}
	return nil
}
