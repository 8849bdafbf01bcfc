package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"transporter/internal/sandbox/history"
)

const (
	// rounding is what time filters are widened to, outwards.
	rounding = 10 * int64(time.Minute/time.Millisecond)
	// capMonths is the longest interval a time filter may span.
	capMonths = 3
)

// number is a number that may come as a string, as in the published samples.
type number int64

// UnmarshalJSON reads both forms.
func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("%s is not a number", b)
	}
	*n = number(v)
	return nil
}

// bounds is a {from, to} object.
type bounds struct {
	From *number `json:"from"`
	To   *number `json:"to"`
}

// searchBody is the body of a search. Documented filters that the sandbox does not
// simulate, and names that are not documented, are refused rather than ignored, so that
// no test passes by a filter that did nothing.
type searchBody struct {
	Start                        *bounds   `json:"start"`
	End                          *bounds   `json:"end"`
	FullDialogEndTime            *bounds   `json:"fullDialogEndTime"`
	LatestUpdateTime             *bounds   `json:"latestUpdateTime"`
	Duration                     *bounds   `json:"duration"`
	MCS                          *bounds   `json:"mcs"`
	CSAT                         *bounds   `json:"csat"`
	Status                       []string  `json:"status"`
	SkillIDs                     []number  `json:"skillIds"`
	LatestSkillIDs               []number  `json:"latestSkillIds"`
	AgentIDs                     []number  `json:"agentIds"`
	LatestAgentIDs               []number  `json:"latestAgentIds"`
	AgentGroupIDs                []number  `json:"agentGroupIds"`
	AlertedMCSValues             []number  `json:"alertedMcsValues"`
	Source                       []string  `json:"source"`
	Device                       []string  `json:"device"`
	LatestConversationQueueState string    `json:"latestConversationQueueState"`
	ContentToRetrieve            *[]string `json:"contentToRetrieve"`
}

// parseSearch reads a body; every error names the field.
func parseSearch(raw []byte, now int64) (*history.Query, history.Section, error) {
	var b searchBody
	if err := decodeStrict(raw, &b); err != nil {
		return nil, 0, err
	}
	if b.Start == nil || b.Start.From == nil || b.Start.To == nil {
		return nil, 0, fmt.Errorf("start: from and to are required")
	}
	q := &history.Query{
		Status: b.Status, Source: b.Source, Device: b.Device, QueueState: b.LatestConversationQueueState,
		Skills: ids(b.SkillIDs), LatestSkills: ids(b.LatestSkillIDs), Agents: ids(b.AgentIDs),
		LatestAgents: ids(b.LatestAgentIDs), Groups: ids(b.AgentGroupIDs), AlertedMCS: ids(b.AlertedMCSValues),
	}
	for _, s := range q.Status {
		if s != "OPEN" && s != "CLOSE" {
			return nil, 0, fmt.Errorf("status: %q is not OPEN or CLOSE", s)
		}
	}
	if err := b.times(q, now); err != nil {
		return nil, 0, err
	}
	q.Duration = b.Duration.span(0, 1<<60)
	q.MCS, q.CSAT = b.MCS.span(0, 100), b.CSAT.span(1, 5)
	sections, err := sectionsOf(b.ContentToRetrieve)
	return q, sections, err
}

// times validates, caps and rounds the time filters.
func (b *searchBody) times(q *history.Query, now int64) error {
	for _, f := range []struct {
		name string
		in   *bounds
		out  *history.Range
	}{{"start", b.Start, &q.Start}, {"end", b.End, &q.End}, {"fullDialogEndTime", b.FullDialogEndTime, &q.FullDialogEnd}} {
		r, err := f.in.interval(now, capMonths)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		*f.out = r
	}
	if u := b.LatestUpdateTime; u != nil {
		if u.From == nil {
			return fmt.Errorf("latestUpdateTime: from is required")
		}
		q.Updated = history.Range{From: floor(int64(*u.From)), To: 1 << 60, Set: true}
	}
	return nil
}

// interval turns {from, to} into an inclusive range rounded outwards to ten minutes. A to
// of −1 is an open end, as one published sample has it.
func (b *bounds) interval(now int64, months int) (history.Range, error) {
	if b == nil {
		return history.Range{}, nil
	}
	if b.From == nil || b.To == nil {
		return history.Range{}, fmt.Errorf("from and to are required")
	}
	from, to := int64(*b.From), int64(*b.To)
	if to == history.Open {
		to = max(now, from)
	}
	if from < 0 || from > to {
		return history.Range{}, fmt.Errorf("from must be between 0 and to")
	}
	if time.UnixMilli(from).UTC().AddDate(0, months, 0).UnixMilli() < to {
		return history.Range{}, fmt.Errorf("the interval must not exceed %d months", months)
	}
	return history.Range{From: floor(from), To: floor(to + rounding - 1), Set: true}, nil
}

func floor(t int64) int64 { return t / rounding * rounding }

// span is a range whose missing bounds are the extremes.
func (b *bounds) span(lowest, highest int64) history.Range {
	if b == nil {
		return history.Range{}
	}
	r := history.Range{From: lowest, To: highest, Set: true}
	if b.From != nil {
		r.From = int64(*b.From)
	}
	if b.To != nil {
		r.To = int64(*b.To)
	}
	return r
}

func ids(list []number) []int64 {
	var out []int64
	for _, n := range list {
		out = append(out, int64(n))
	}
	slices.Sort(out)
	return out
}

// sectionsOf: absent means the defaults; present means exactly what is listed.
func sectionsOf(names *[]string) (history.Section, error) {
	if names == nil {
		return history.Default, nil
	}
	return history.ParseSections(*names)
}

// decodeStrict decodes one JSON object and nothing else.
func decodeStrict(raw []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if d.More() {
		return fmt.Errorf("body: one JSON object is expected")
	}
	return nil
}
