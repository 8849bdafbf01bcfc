package liveperson

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"transporter/internal/fault"
	"transporter/internal/source"
)

// NetHandleTime is the resource of handle times by skill and interval.
const NetHandleTime = "net_handle_time"

var netHandleTimeAPI = api{
	service: messagingOperationsAPI.service, title: "Net Handle Time API",
	permission: "category Data, Workforce Management; the account manager enables it", blank: true,
}

const (
	// netHandleVersion is the version that pages.
	netHandleVersion = "2"
	// mostSkills is the longest page.
	mostSkills = 10
	// netHandleInterval is the default length of an interval, in minutes.
	netHandleInterval = 60
)

// netHandleTime reads intervals that begin in the window (Net Handle Time API, Get Net Handle
// Time by Skill). All of a query is one slice, because its records are in the order of skills.
var netHandleTime = resource{
	api: netHandleTimeAPI,
	begin: func(c *Client, q source.Query) (reading, error) {
		w, err := newLiveWindow(c, q, minuteMillis)
		if err != nil {
			return reading{}, err
		}
		a := netHandleTimes(&w)
		end := ceilTo(w.to, w.length(netHandleInterval))
		if now := w.clock(); end > now {
			return reading{}, fault.New(fault.NotReady, "the last interval of the window ends at %s, which is not over", clockText(end)).
				WithFix("nothing: the run goes on then; a delay of 2 hours avoids it")
		}
		all := source.Slice{Key: "all", From: w.from - w.from%hourMillis, To: end}
		return reading{
			cut: func(context.Context) ([]source.Slice, error) { return []source.Slice{all}, nil },
			read: func(ctx context.Context, sl source.Slice, sink source.Sink) error {
				return c.readPaged(ctx, a, sl, sink)
			},
		}, nil
	},
	probe: func(ctx context.Context, c *Client) error {
		return netHandleTimes(&liveWindow{}).resource().probe(ctx, c)
	},
}

func netHandleTimes(w *liveWindow) paged {
	return paged{
		api: netHandleTimeAPI, path: operationsPath + "nht", array: "skillInfo",
		limit: mostSkills, span: 7 * 24 * time.Hour, counted: true,
		query: func(from, to int64) url.Values {
			q := url.Values{
				"v": {netHandleVersion}, "fromMillis": {strconv.FormatInt(from, 10)}, "toMillis": {strconv.FormatInt(to, 10)},
				"interval": {strconv.FormatInt(w.length(netHandleInterval)/minuteMillis, 10)},
			}
			if len(w.SkillIDs) > 0 {
				q.Set("skillIds", idsOrAll(w.SkillIDs))
			}
			return q
		},
		records: func(raw []byte, give func(source.Record) error) (string, error) {
			return netHandled(raw, w.interval, give)
		},
	}
}

// length is how long the intervals are that were asked for, in milliseconds.
func (f *filters) length(missing int64) int64 {
	if f.Interval > 0 {
		return f.Interval * minuteMillis
	}
	return missing * minuteMillis
}

// netHandled makes a record of each interval that begins in the window: the skill's element as
// it came, with this interval alone.
func netHandled(raw []byte, window interval, give func(source.Record) error) (string, error) {
	var skill struct {
		SkillID json.Number `json:"skillId"`
	}
	if err := json.Unmarshal(raw, &skill); err != nil {
		return "", fault.New(fault.SchemaMismatch, "a skill cannot be read: %w", err)
	}
	id, err := skill.SkillID.Int64()
	if err != nil {
		return "", fault.New(fault.SchemaMismatch, "a skill has no skillId (%q)", skill.SkillID)
	}
	before, intervals, after, err := around(raw, "metricsByIntervals")
	if err != nil {
		return "", fault.New(fault.SchemaMismatch, "skill %d: %w", id, err)
	}
	for _, metrics := range intervals {
		var head struct {
			EpochTimestamp int64 `json:"epochTimestamp"`
		}
		if err := json.Unmarshal(metrics, &head); err != nil || head.EpochTimestamp <= 0 {
			return "", fault.New(fault.SchemaMismatch, "an interval of skill %d has no epochTimestamp", id)
		}
		if !window.has(head.EpochTimestamp) {
			continue
		}
		if err := give(source.Record{
			Order: id, At: head.EpochTimestamp, ID: fmt.Sprintf("%d:%013d", id, head.EpochTimestamp),
			Raw: slices.Concat(before, metrics, after),
		}); err != nil {
			return "", err
		}
	}
	return skill.SkillID.String(), nil
}

// around cuts a JSON object, without its white space, into what stands before the elements of
// the array under the key, the elements, and what stands after them.
func around(object []byte, key string) (before []byte, elements [][]byte, after []byte, err error) {
	var tight bytes.Buffer
	if err := json.Compact(&tight, object); err != nil {
		return nil, nil, nil, err
	}
	s := scanner{b: tight.Bytes()}
	err = s.object(func(name []byte) error {
		switch {
		case string(name) != key:
			return s.skip()
		case before != nil:
			return s.fail(key + " is there twice")
		}
		before = s.b[:s.i+len("[")]
		err := s.array(func() error {
			one, err := s.value()
			elements = append(elements, one)
			return err
		})
		after = s.b[s.i-len("]"):]
		return err
	})
	if err == nil && before == nil {
		err = fmt.Errorf("there is no %s", key)
	}
	return before, elements, after, err
}
