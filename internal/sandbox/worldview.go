package sandbox

import (
	"cmp"
	"fmt"
	"iter"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/recorded"
	"transporter/internal/sandbox/world"
)

// Basis says which moment of a conversation a window is about.
type Basis string

// The bases, named as the reports' parameter time_basis. ByEnd is the conversation's own
// end, which surveys do not move.
const (
	ByStart         Basis = "start"
	ByEnd           Basis = "end"
	ByFullDialogEnd Basis = "full_dialog_end"
)

// Conversation is one that exists, as searches may know it now. Ends that have not come
// are −1.
type Conversation struct {
	ID              string `json:"id"`
	Start           int64  `json:"start"`
	ConversationEnd int64  `json:"conversationEnd"`
	FullDialogEnd   int64  `json:"fullDialogEnd"`
	End             int64  `json:"end"` // the moving one, which the end filter sees
	Status          string `json:"status"`
	Messages        int    `json:"messages"`
}

// Window asks the world for the conversations whose moment lies in [From, To).
type Window struct {
	Basis    Basis
	From, To int64
	Status   string // OPEN, CLOSE or empty for both
	Known    int64  // as searches knew it then; zero: now. Surveys come later than the end.
}

// World is the truth behind the answers: what exists, found by looking at everything,
// without rounding, paging or faults.
type World struct{ server *Server }

// World is the content of all accounts.
func (s *Server) World() *World { return &World{s} }

// Conversations walks an account's conversations of a window, oldest start first. An
// unknown account, basis or status is an error.
func (w *World) Conversations(account string, win Window) (iter.Seq[Conversation], error) {
	t := w.server.tenants[account]
	if t == nil {
		return nil, fmt.Errorf("account: %q is unknown", account)
	}
	moment, ok := map[Basis]func(*history.Facts) int64{
		ByStart:         func(f *history.Facts) int64 { return f.Start },
		ByEnd:           func(f *history.Facts) int64 { return f.ConversationEnd },
		ByFullDialogEnd: func(f *history.Facts) int64 { return f.FullDialogEnd },
	}[win.Basis]
	if !ok {
		return nil, fmt.Errorf("basis: %q must be start, end or full_dialog_end", win.Basis)
	}
	if win.Status != "" && win.Status != "OPEN" && win.Status != "CLOSE" {
		return nil, fmt.Errorf("status: %q must be OPEN, CLOSE or empty", win.Status)
	}
	keep := func(f *history.Facts) bool {
		at := moment(f)
		return at != history.Open && at >= win.From && at < win.To && (win.Status == "" || win.Status == f.Status())
	}
	now := cmp.Or(win.Known, w.server.now())
	if t.world == nil {
		return fromRecords(t.history.(*recorded.Archive), now, keep), nil
	}
	return fromWorld(t.world, now, keep), nil
}

// Totals counts the conversations of a window and their messages.
func (w *World) Totals(account string, win Window) (conversations, messages int, err error) {
	all, err := w.Conversations(account, win)
	if err != nil {
		return 0, 0, err
	}
	for c := range all {
		conversations++
		messages += c.Messages
	}
	return conversations, messages, nil
}

// Engagements walks an account's chat engagements that ended in [from, to), by session; an
// unknown account, or one whose answers are recorded, is an error.
func (w *World) Engagements(account string, from, to int64) (iter.Seq[world.Engagement], error) {
	t := w.server.tenants[account]
	if t == nil || t.world == nil {
		return nil, fmt.Errorf("account: %q is unknown or recorded", account)
	}
	return func(yield func(world.Engagement) bool) {
		for e := range t.world.Engagements(w.server.now()) {
			if e.End >= from && e.End < to && !yield(e) {
				return
			}
		}
	}, nil
}

func fromWorld(a *world.Account, now int64, keep func(*history.Facts) bool) iter.Seq[Conversation] {
	return func(yield func(Conversation) bool) {
		for c := range a.Conversations(now) {
			if keep(&c.Facts) && !yield(conversation(c.ID(), &c.Facts, c.Messages())) {
				return
			}
		}
	}
}

func fromRecords(a *recorded.Archive, now int64, keep func(*history.Facts) bool) iter.Seq[Conversation] {
	return func(yield func(Conversation) bool) {
		for _, c := range a.Conversations(now) {
			if keep(&c.Facts) && !yield(conversation(c.ID, &c.Facts, c.Messages)) {
				return
			}
		}
	}
}

func conversation(id string, f *history.Facts, messages int) Conversation {
	return Conversation{
		ID: id, Start: f.Start, ConversationEnd: f.ConversationEnd, FullDialogEnd: f.FullDialogEnd,
		End: f.End, Status: f.Status(), Messages: messages,
	}
}
