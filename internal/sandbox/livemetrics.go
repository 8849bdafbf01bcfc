package sandbox

import (
	"maps"
	"slices"
	"strconv"
)

// noData is what the live APIs write for a number they do not have.
const noData = -1

// metrics is one object of numbers, as an answer holds it.
type metrics = map[string]any

// tallies keeps one T for each id, and one of everything.
type tallies[T any] struct {
	byID  map[int64]*T
	total T
}

// of returns the tallies that something of the id counts in.
func (t *tallies[T]) of(id int64) []*T {
	if t.byID == nil {
		t.byID = map[int64]*T{}
	}
	one := t.byID[id]
	if one == nil {
		one = new(T)
		t.byID[id] = one
	}
	return []*T{one, &t.total}
}

// metricsOf writes the tallies of the wanted ids.
func metricsOf[T any](m map[int64]*T, want idSet, write func(*T) metrics) metrics {
	out := metrics{}
	for id, one := range m {
		if want.has(id) {
			out[formatID(id)] = write(one)
		}
	}
	return out
}

// mean is the average, noData when there is nothing to average.
func mean(list []int64) any {
	if len(list) == 0 {
		return noData
	}
	sum := int64(0)
	for _, v := range list {
		sum += v
	}
	return ratio(sum, int64(len(list)))
}

func ratio(a, b int64) any {
	if b == 0 {
		return noData
	}
	return float64(a) / float64(b)
}

// most is the greatest, noData of nothing.
func most(list []int64) int64 {
	if len(list) == 0 {
		return noData
	}
	return slices.Max(list)
}

// percentile is the smallest value that p of a hundred do not exceed, noData of nothing.
func percentile(list []int64, p int) int64 {
	if len(list) == 0 {
		return noData
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[(len(sorted)*p+99)/100-1]
}

// byInterval writes an answer with interval: the intervals newest first, as they came in the
// published samples, then the numbers of the whole.
func byInterval(r liveRequest, stamp func(stretch) int64, part func(stretch) metrics) metrics {
	list := []metrics{}
	for _, p := range slices.Backward(r.parts) {
		one := part(p)
		one["timestamp"] = stamp(p)
		list = append(list, one)
	}
	return metrics{"metricsByIntervals": list}
}

func intervalStart(s stretch) int64 { return s.from }
func intervalEnd(s stretch) int64   { return s.to }

// with adds members to an answer.
func with(answer, more metrics) metrics {
	maps.Copy(answer, more)
	return answer
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
