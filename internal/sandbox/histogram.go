package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// parseHistogram reads GET sla.
func parseHistogram(req *http.Request, now int64) (liveRequest, error) {
	r, err := parseRounded(req, now)
	if err != nil {
		return r, err
	}
	_, err = bucketsOf(r.query.Get("histogram"))
	return r, err
}

// bucketsOf are the lower edges in seconds; 0 is always one of them.
func bucketsOf(text string) ([]int64, error) {
	if text == "" {
		text = "0,15,30,45,60,90,120"
	}
	edges := []int64{0}
	for one := range strings.SplitSeq(text, ",") {
		edge, err := strconv.ParseInt(one, 10, 64)
		if err != nil || edge < 0 || edge%5 != 0 {
			return nil, fmt.Errorf("histogram: %q must be a multiple of 5 seconds", one)
		}
		edges = append(edges, edge)
	}
	slices.Sort(edges)
	return slices.Compact(edges), nil
}

// answerHistogram is sla: chats answered, by how long they waited. Shares are fractions.
func answerHistogram(t *tenant, r liveRequest) map[string]any {
	edges, _ := bucketsOf(r.query.Get("histogram")) // checked before
	counts, total := make([]int64, len(edges)), int64(0)
	for _, c := range t.world.LiveChats(r.whole.from, r.now) {
		if c.Answered < 0 || !r.whole.holds(c.Answered) || !r.skills.has(c.Skill) {
			continue
		}
		at, found := slices.BinarySearch(edges, (c.Answered-c.Entered)/1000)
		if !found {
			at--
		}
		counts[at]++
		total++
	}
	ranges, sum := metrics{}, int64(0)
	for i, edge := range edges {
		sum += counts[i]
		ranges[formatID(edge)] = metrics{"chats": counts[i], "percentageFromTotal": orZero(counts[i], total), "accumulated": orZero(sum, total)}
	}
	return metrics{"slaDataRange": ranges}
}
