package sandbox

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"transporter/internal/sandbox/history"
)

// largestBody bounds what a search may send.
const largestBody = 1 << 20

// conversationRecords is the key of a page's records.
const conversationRecords = "conversationHistoryRecords"

// search is POST …/conversations/search. No match is 200 with an empty list.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	body, p, ok := s.historyRequest(w, r, parsePage)
	if !ok {
		return
	}
	q, sections, err := parseSearch(body, s.now())
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	q.Sort = p.sort
	s.writePage(w, r, p, conversationRecords, tenantOf(r).history.Search(q, s.now()), history.View{Sections: sections, Typed: p.typed})
}

// byConversation is POST …/conversations/conversation/search. An id that is unknown, out
// of retention or not yet visible is 204. The record is never cut. With a bearer no source is needed,
// as known clients of the Connector API have none.
func (s *Server) byConversation(w http.ResponseWriter, r *http.Request) {
	parse := parsePage
	if strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		parse = parseAnonymousPage
	}
	body, p, ok := s.historyRequest(w, r, parse)
	if !ok {
		return
	}
	var b struct {
		ConversationID    string    `json:"conversationId"`
		ContentToRetrieve *[]string `json:"contentToRetrieve"`
	}
	err := decodeStrict(body, &b)
	if err == nil && b.ConversationID == "" {
		err = fmt.Errorf("conversationId: is required")
	}
	sections, sectionErr := sectionsOf(b.ContentToRetrieve)
	if err == nil {
		err = sectionErr
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	hits := s.conversationHits(tenantOf(r), b.ConversationID)
	if hits.Len() == 0 {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.writePage(w, r, p, conversationRecords, hits, history.View{Sections: sections, Typed: p.typed, Whole: true})
}

// byConsumer is POST …/conversations/consumer/search. status is documented as required,
// but clients leave it out.
func (s *Server) byConsumer(w http.ResponseWriter, r *http.Request) {
	body, p, ok := s.historyRequest(w, r, parsePage)
	if !ok {
		return
	}
	var b struct {
		Consumer          string    `json:"consumer"`
		Status            []string  `json:"status"`
		ContentToRetrieve *[]string `json:"contentToRetrieve"`
	}
	err := decodeStrict(body, &b)
	if err == nil && b.Consumer == "" {
		err = fmt.Errorf("consumer: is required")
	}
	sections, sectionErr := sectionsOf(b.ContentToRetrieve)
	if err == nil {
		err = sectionErr
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	hits := s.consumerHits(tenantOf(r), b.Consumer, b.Status)
	s.writePage(w, r, p, conversationRecords, hits, history.View{Sections: sections, Typed: p.typed})
}

// historyRequest checks what the calls of both histories share.
func (s *Server) historyRequest(w http.ResponseWriter, r *http.Request, parse func(url.Values) (page, error)) (body []byte, p page, ok bool) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeError(w, http.StatusMethodNotAllowed, "method: must be POST")
		return nil, p, false
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		writeError(w, http.StatusUnsupportedMediaType, "Content-Type: must be application/json")
		return nil, p, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largestBody))
	if err == nil {
		p, err = parse(r.URL.Query())
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return nil, p, false
	}
	return body, p, true
}

// buffers holds page buffers; a page of a hundred records is about 1.5 MB.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// writePage writes one page of records under the key, spoilt by the faults of the request if there are any.
func (s *Server) writePage(w http.ResponseWriter, r *http.Request, p page, key string, hits history.Hits, v history.View) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	f := spoilingOf(r)
	hits = s.late.over(hits)
	rows, count, partial := f.rows(p, hits.Len())
	b := appendMetadata((*buf)[:0], r, p, count, partial)
	b = append(append(append(b, `,"`...), key...), `":[`...)
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		view := v
		view.Cut = f.cutRecord && i == 0
		from := len(b)
		if b = hits.Append(b, row, view); i == 0 {
			b = f.appendHostile(b, from)
		}
	}
	b = append(b, `]}`...)
	*buf = b
	writeBody(w, http.StatusOK, b)
}
