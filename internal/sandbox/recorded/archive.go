// Package recorded serves answers that were recorded from the real platform, with the
// same filters, order and paging as a made-up world. The bytes of a record's sections are
// served as they were, but compact.
package recorded

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/listing"
)

// Archive holds the recorded conversations, chats and lists in memory. It is immutable.
type Archive struct {
	records []record // by start, then id
	chats   []chat
	lists   map[string][]listing.Entity
}

var _ history.Archive = (*Archive)(nil)

// Load reads every .json file under dir: those with a conversationHistoryRecords
// array, those with an interactionHistoryRecords array, and those named users…, skills…, agentgroups…, profiles… and lobs… with an entity or a
// list of them. Requests (….request.json) and other files are skipped. A folder without
// any conversation is an error.
func Load(dir string) (*Archive, error) {
	a := &Archive{lists: map[string][]listing.Entity{}}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it was only read
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".request.json") {
			return err
		}
		b, err := fs.ReadFile(root.FS(), path)
		if err != nil {
			return err
		}
		if err := a.add(filepath.Base(path), b); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(a.records) == 0 {
		return nil, errors.New("no file has a conversationHistoryRecords array")
	}
	slices.SortFunc(a.records, func(x, y record) int {
		return cmp.Or(cmp.Compare(x.facts.Start, y.facts.Start), cmp.Compare(x.id, y.id))
	})
	return a, nil
}

func (a *Archive) add(name string, b []byte) error {
	if bytes.Contains(b, []byte(`"conversationHistoryRecords"`)) {
		return a.addRecords(b)
	}
	if bytes.Contains(b, []byte(`"interactionHistoryRecords"`)) {
		return a.addChats(b)
	}
	for _, list := range listing.Names {
		if strings.HasPrefix(strings.ToLower(name), strings.ToLower(list)) {
			return a.addEntities(list, b)
		}
	}
	return nil
}

func (a *Archive) addRecords(b []byte) error {
	var file struct {
		Records []json.RawMessage `json:"conversationHistoryRecords"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return err
	}
	for i, raw := range file.Records {
		r, err := parse(raw)
		if err != nil {
			return fmt.Errorf("conversationHistoryRecords[%d]: %w", i, err)
		}
		a.records = append(a.records, r)
	}
	return nil
}

// Search finds the matching records.
func (a *Archive) Search(q *history.Query, now int64) history.Hits {
	oldest := history.Oldest(now)
	return a.where(q.Sort, func(r *record) bool {
		return r.facts.Start >= oldest && r.facts.Start <= now && q.Match(&r.facts)
	})
}

// Conversation finds the records with that id.
func (a *Archive) Conversation(id string, now int64) history.Hits {
	return a.where(history.StartAsc, func(r *record) bool {
		return r.id == id && r.facts.Start >= history.Oldest(now) && r.facts.Start <= now
	})
}

// Consumer finds the records of a consumer, newest first.
func (a *Archive) Consumer(id string, status []string, now int64) history.Hits {
	return a.where(history.Unsorted, func(r *record) bool {
		return slices.Contains(r.consumers, id) && r.facts.Start >= history.Oldest(now) && r.facts.Start <= now &&
			(len(status) == 0 || slices.Contains(status, r.facts.Status()))
	})
}

func (a *Archive) where(sort history.Sort, keep func(*record) bool) hits {
	var h hits
	for i := range a.records {
		if keep(&a.records[i]) {
			h = append(h, &a.records[i])
		}
	}
	byEnd := func(x, y *record) int { return cmp.Compare(x.facts.End, y.facts.End) }
	switch sort {
	case history.EndAsc:
		slices.SortStableFunc(h, byEnd)
	case history.EndDesc:
		slices.SortStableFunc(h, func(x, y *record) int { return byEnd(y, x) })
	case history.Unsorted, history.StartDesc:
		slices.Reverse(h)
	}
	return h
}

// Conversations lists what is kept and visible at now, oldest first.
func (a *Archive) Conversations(now int64) []Conversation {
	var list []Conversation
	for _, r := range a.records {
		if r.facts.Start >= history.Oldest(now) && r.facts.Start <= now {
			list = append(list, Conversation{ID: r.id, Facts: r.facts, Messages: r.messages})
		}
	}
	return list
}

// Conversation is one recorded conversation's facts and number of messages.
type Conversation struct {
	ID       string
	Facts    history.Facts
	Messages int
}

type hits []*record

// Len implements history.Hits.
func (h hits) Len() int { return len(h) }

// Append implements history.Hits.
func (h hits) Append(dst []byte, i int, v history.View) []byte { return h[i].append(dst, v) }
