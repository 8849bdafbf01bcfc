package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"time"

	"transporter/internal/sandbox/history"
	"transporter/internal/sandbox/world"
)

// What transactions can be asked for (Outbound Reporting API, limitations; the length of a page
// "is dynamic and varies from 1 to 9999").
const (
	outboundSpan = 24 * time.Hour
	outboundPage = 500
)

// outboundTime is the form of times in the page's sample.
const outboundTime = "2006-01-02T15:04:05.000Z"

// transactions is GET …/app/{app}/transactions/: messages that were attempted in the time asked
// for, page by page. The name and place of the cursor are inferred: page.nextPage, which comes
// back as a parameter. Recorded answers hold none.
func (s *Server) transactions(w http.ResponseWriter, r *http.Request) {
	if !onlyGet(w, r) {
		return
	}
	v, app := r.URL.Query(), r.PathValue("app")
	from, errFrom := strconv.ParseInt(v.Get("attemptedStartTime"), 10, 64)
	to, errTo := strconv.ParseInt(v.Get("attemptedEndTime"), 10, 64)
	offset, errPage := cursorOffset(v.Get("nextPage"))
	switch oldest := s.config.Now().AddDate(0, -history.RetentionMonths, 0).UnixMilli(); {
	case app != world.AppProactive && app != world.AppConnect:
		writeBadRequest(w, "app must be prmsg or c2m")
	case errFrom != nil || errTo != nil:
		writeBadRequest(w, "attemptedStartTime and attemptedEndTime must be epoch milliseconds")
	case to < from || to-from > outboundSpan.Milliseconds():
		writeBadRequest(w, "the time interval must not exceed 24 hours")
	case from < oldest:
		writeBadRequest(w, "data is kept for 13 months")
	case errPage != nil:
		writeBadRequest(w, "nextPage is none that was given")
	default:
		s.writeTransactions(w, r, app, from, to, offset)
	}
}

func (s *Server) writeTransactions(w http.ResponseWriter, r *http.Request, app string, from, to int64, offset int) {
	var list []world.Outbound
	if a := tenantOf(r).world; a != nil {
		list = a.Outbound(app, from, to+1, s.now())
	}
	slices.Reverse(list) // newest first, as in the page's sample
	rows, count, _ := spoilingOf(r).rows(page{offset: offset, limit: outboundPage}, len(list))
	transactions := make([]map[string]any, len(rows))
	for i, row := range rows {
		transactions[i] = transaction(&list[row])
	}
	var next any
	if offset+outboundPage < len(list) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(offset + outboundPage)))
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"requestMetadata": map[string]any{
			"accountId": r.PathValue("account"), "app": app, "attemptedStartTime": from, "attemptedEndTime": to,
		},
		"page":         map[string]any{"count": max(0, min(outboundPage, len(list)-offset)) + count - len(list), "nextPage": next},
		"transactions": transactions,
	})
}

// transaction has the members of the page's sample: those that are not known are null, and
// handOffId is that of campaigns, ivrNumber that of deflected calls.
func transaction(x *world.Outbound) map[string]any {
	moment := func(ms int64) any {
		if ms == 0 {
			return nil
		}
		return time.UnixMilli(ms).UTC().Format(outboundTime)
	}
	text := func(v string) any {
		if v == "" {
			return nil
		}
		return v
	}
	m := map[string]any{
		"transactionId": x.ID, "channel": x.Channel, "skill": x.Skill, "initialChannel": x.Channel, "initialSkill": x.Skill,
		"consumerId": x.Consumer, "conversationId": text(x.Conversation), "proactiveCampaignId": text(x.Campaign),
		"attemptedTime": moment(x.Attempted), "eligibleTime": moment(x.Eligible), "inviteTime": moment(x.Invited),
		"sentTime": moment(x.Sent), "deliveredTime": moment(x.Delivered), "readTime": moment(x.Read),
		"conversationsCreatedTime": moment(x.Created), "conversationsClosedTime": moment(x.Closed),
		"failedTime": moment(x.Failed), "skippedTime": moment(x.Skipped),
		"cancelledTime": nil, "optInsTime": nil, "optOutsTime": nil,
		"errorCode": nil, "errorMessage": nil, "errorSource": nil,
	}
	if x.Failure != nil {
		m["errorSource"], m["errorCode"], m["errorMessage"] = x.Failure.Source, x.Failure.Code, x.Failure.Message
	}
	if x.App == world.AppProactive {
		m["handOffId"] = "H000000000000000"
	} else {
		m["ivrNumber"] = ""
	}
	return m
}

func cursorOffset(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(b))
}

// writeBadRequest is a 400 in the published shape of this API.
func writeBadRequest(w http.ResponseWriter, message string) {
	writeJSON(w, http.StatusBadRequest, map[string]any{"code": 0, "requestTraceId": rand.Text(), "message": message})
}
