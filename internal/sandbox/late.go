package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"transporter/internal/sandbox/history"
)

// Late is a change that the platform makes to a record whose story seemed to be over. It
// shows from the moment it is switched on (SetLate, PUT /_admin/late), in searches of
// conversations and of chats alike; what a search filters by stays as the world has it.
type Late struct {
	Kind string `json:"kind"` // one of LateKinds
	ID   string `json:"id"`   // of the conversation or engagement; of an agent for AgentRenamed
}

// Kinds of late changes. Hidden and Unenriched are how a record is before it changes: what
// appears late is hidden first.
const (
	Hidden         = "hidden"          // the source does not have it: not yet, or not any more
	SurveyAnswered = "survey_answered" // the consumer fills in a survey
	ClosedLater    = "closed_later"    // the end moves a minute on
	Resumed        = "resumed"         // it is open again
	MessageRead    = "message_read"    // the consumer reads the last message
	SDEAdded       = "sde_added"       // the page tells more about the consumer
	AgentRenamed   = "agent_renamed"   // in the records of all of the agent's conversations
	SummaryEdited  = "summary_edited"  // the agent writes another summary
	TransferAdded  = "transfer_added"  // a transfer is recorded that was not
	Unenriched     = "unenriched"      // the attributes of a chat are not final yet
)

const lateMinute = 60_000 // milliseconds

// object is a JSON object whose members are kept as they came unless they are changed.
type object map[string]json.RawMessage

// lateEdits change the record of their kind.
var lateEdits = map[string]func(record object){
	Hidden: func(object) {},
	SurveyAnswered: func(r object) {
		r["conversationSurveys"] = json.RawMessage(`[{"surveyType":"PostSurvey","surveyStatus":"FILLED","dialogId":"late-survey","surveyId":"901",` +
			`"surveyData":[{"question":"How satisfied are you?","questionId":"csat-1","answer":"5","answerId":"5",` +
			`"questionType":"csat","questionFormat":"single","answerSeq":1,"isValidAnswer":true}]}]`)
	},
	ClosedLater: func(r object) {
		for _, name := range append([]string{"duration"}, lateEnds...) {
			r.info(name, func(old int64) any { return old + lateMinute })
		}
	},
	Resumed: func(r object) {
		for _, name := range []string{"status", "fullDialogStatus"} {
			r.info(name, func(int64) any { return "OPEN" })
		}
		for _, name := range lateEnds {
			r.info(name, func(int64) any { return history.Open })
		}
	},
	MessageRead: func(r object) {
		r.add("messageStatuses", `{"messageId":"late-message","seq":1,"timeL":`+r.at("startTimeL")+`,"participantId":"late-reader",`+
			`"participantType":"Consumer","messageDeliveryStatus":"READ","dialogId":"late-dialog"}`)
	},
	SDEAdded: func(r object) {
		sdes := object{}
		r.get("sdes", &sdes)
		sdes.add("events", `{"sdeType":"CUSTOMER_INFO","serverTimeStamp":`+r.at("startTimeL")+`,"customerInfo":{"customerInfo":{"customerId":"late-customer"}}}`)
		r.set("sdes", sdes)
	},
	AgentRenamed: func(r object) { r.info("latestAgentFullName", func(int64) any { return "Renamed later" }) },
	SummaryEdited: func(r object) {
		r["summary"] = json.RawMessage(`{"text":"Edited later","lastUpdatedTime":` + r.at("startTimeL") + `}`)
	},
	TransferAdded: func(r object) {
		r.add("transfers", `{"timeL":`+r.at("conversationEndTimeL")+`,"reason":"Skill","sourceSkillId":-1,"targetSkillId":-1,"by":"late-agent","dialogId":"late-dialog"}`)
	},
	Unenriched: func(r object) { r.info("chatDataEnriched", func(int64) any { return false }) },
}

// lateEnds are the ends in info.
var lateEnds = []string{"conversationEndTimeL", "fullDialogEndTimeL", "endTimeL"}

// get decodes a member into v, if it is there. What the sandbox wrote can be read.
func (o object) get(name string, v any) {
	if raw, ok := o[name]; ok {
		_ = json.Unmarshal(raw, v)
	}
}

// set writes a member.
func (o object) set(name string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("a record of the sandbox cannot be written: " + err.Error())
	}
	o[name] = raw
}

// add puts an element at the end of a list.
func (o object) add(list, element string) {
	var all []json.RawMessage
	o.get(list, &all)
	o.set(list, append(all, json.RawMessage(element)))
}

// info changes a member of info, which every record has.
func (o object) info(name string, change func(old int64) any) {
	info, old := object{}, int64(0)
	o.get("info", &info)
	info.get(name, &old)
	info.set(name, change(old))
	o.set("info", info)
}

// at is a time of info, as JSON.
func (o object) at(name string) string {
	info := object{}
	o.get("info", &info)
	return string(info[name])
}

// LateKinds are the kinds that there are, sorted.
func LateKinds() []string {
	var all []string
	for kind := range lateEdits {
		all = append(all, kind)
	}
	slices.Sort(all)
	return all
}

// lateChanges are those that are switched on.
type lateChanges struct {
	mu   sync.RWMutex
	list []Late
}

// SetLate replaces the late changes that are switched on; none are the world as it is.
func (s *Server) SetLate(list ...Late) error {
	for i, l := range list {
		if lateEdits[l.Kind] == nil {
			return fmt.Errorf("late[%d].kind: %q must be one of %s", i, l.Kind, strings.Join(LateKinds(), ", "))
		}
		if l.ID == "" {
			return fmt.Errorf("late[%d].id: is required", i)
		}
	}
	s.late.mu.Lock()
	defer s.late.mu.Unlock()
	s.late.list = slices.Clone(list)
	return nil
}

func (s *Server) adminSetLate(w http.ResponseWriter, r *http.Request) {
	var list []Late
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, largestAdmin)).Decode(&list)
	if err == nil {
		err = s.SetLate(list...)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// over returns the hits as they are with the late changes.
func (c *lateChanges) over(hits history.Hits) history.Hits {
	c.mu.RLock()
	list := slices.Clone(c.list)
	c.mu.RUnlock()
	if len(list) == 0 {
		return hits
	}
	h := &lateHits{hits: hits, late: list}
	for i := range hits.Len() {
		if !slices.ContainsFunc(h.of(hits.Append(nil, i, history.View{})), func(l Late) bool { return l.Kind == Hidden }) {
			h.there = append(h.there, i)
		}
	}
	return h
}

// lateHits are hits whose records have changed late.
type lateHits struct {
	hits  history.Hits
	late  []Late
	there []int
}

// Len implements history.Hits.
func (h *lateHits) Len() int { return len(h.there) }

// Append implements history.Hits.
func (h *lateHits) Append(dst []byte, i int, v history.View) []byte {
	from := len(dst)
	dst = h.hits.Append(dst, h.there[i], v)
	changes := h.of(dst[from:])
	if len(changes) == 0 {
		return dst
	}
	record := object{}
	if err := json.Unmarshal(dst[from:], &record); err != nil {
		panic("a record of the sandbox is no JSON: " + err.Error())
	}
	for _, l := range changes {
		lateEdits[l.Kind](record)
	}
	out := bytes.NewBuffer(dst[:from])
	text := json.NewEncoder(out)
	text.SetEscapeHTML(false)
	if err := text.Encode(record); err != nil {
		panic("a record of the sandbox cannot be written: " + err.Error())
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// of returns the changes of a record.
func (h *lateHits) of(record []byte) (all []Late) {
	for _, l := range h.late {
		names := []string{"conversationId", "engagementId"}
		if l.Kind == AgentRenamed {
			names = []string{"latestAgentId"}
		}
		for _, name := range names {
			if bytes.Contains(record, fmt.Appendf(nil, "%q:%q", name, l.ID)) {
				all = append(all, l)
				break
			}
		}
	}
	return all
}
