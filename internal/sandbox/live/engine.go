package live

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Config says what an engine goes by.
type Config struct {
	Seed   int64            // what ids and the automatic agents' choices follow from
	Now    func() time.Time // the clock of everything that happens
	Notify Notify           // who is told; nil for nobody
}

// Engine holds every account's conversations in memory. It is safe for concurrent use; what is
// asked of it at the same time happens one after the other, and is told in that order.
type Engine struct {
	config Config

	mu            sync.Mutex
	random        *rand.ChaCha8
	conversations map[string]*conversation // by id
	order         []*conversation          // by start
	profiles      map[profileKey]json.RawMessage
	files         map[string]*file // by relative path
	agenda        agenda
	agents        Agents
}

// New returns an engine without conversations.
func New(c Config) *Engine {
	var seed [32]byte
	for i := range 8 {
		seed[i] = byte(c.Seed >> (8 * i))
	}
	return &Engine{
		config: c, random: rand.NewChaCha8(seed), conversations: map[string]*conversation{},
		profiles: map[profileKey]json.RawMessage{}, files: map[string]*file{}, agents: Agents{Speed: 1},
	}
}

// now is the time in epoch milliseconds.
func (e *Engine) now() int64 { return e.config.Now().UnixMilli() }

// newID draws a version 4 UUID.
func (e *Engine) newID() string {
	return uuid.Must(uuid.NewRandomFromReader(e.random)).String() // the reader never fails
}

// ParticipantID is the id of an account's agent or bot of that name: a version 5 UUID, as the
// published samples have them.
func ParticipantID(account, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("transporter-sandbox:"+account+":"+name)).String()
}

func (e *Engine) notify(c *conversation, kind string, change json.RawMessage) {
	if e.config.Notify != nil {
		e.config.Notify(Notification{Account: c.account, App: c.app, Conversation: c.id, Type: kind, Change: change})
	}
}

// encode is v as JSON, with texts as they are.
func encode(v any) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err)) // every v is ours or was decoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
