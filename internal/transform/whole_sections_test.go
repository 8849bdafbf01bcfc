package transform

import "fmt"

// single adds the sections that one report each reads: agent surveys, attributes,
// intents, statuses and co-browse sessions.
func (g varied) single(r object, id string, start int64) {
	g.agentSurveys(r, id, start)
	g.attributes(r, start)
	var sessions []any
	for k := range g.IntN(3) {
		s := object{
			"sessionId": fmt.Sprint(id, ":", k), "agentId": one(g, "101", "NA"), "type": one(g, "inApp", "web"), "startTimeL": g.moment(start),
			"endTimeL": one[any](g, g.moment(start), -1), "endReason": "AGENT", "duration": g.IntN(9000), "capabilities": one(g, []any{"VOICE"}, []any{"coapp_video", "Voice"}, []any{}),
		}
		s[one(g, "interactive", "isInteractive")] = g.chance(50)
		sessions = append(sessions, s)
	}
	r["coBrowseSessions"] = object{"coBrowseSessionsList": sessions}
	for _, i := range each(r["intents"]) {
		class := func() object {
			return object{"intentName": one(g, "i1", "i2", "i3"), "intentLabel": one(g, nastyTexts...), "confidenceScore": one[any](g, 0.25, 1, 0, 0.908)}
		}
		selected := class()
		selected["versions"] = []any{object{"modelName": "sic", "modelVersion": "1.0"}, object{"modelName": "m2", "modelVersion": "7"}}
		i["selectedClassification"], i["allClassifications"] = selected, []any{class(), class(), class()}
		if g.chance(20) {
			i["messageId"] = "not listed"
		}
	}
	for k, s := range each(r["messageStatuses"]) {
		s["seq"], s["dialogId"] = k, g.dialog(id)
		if g.chance(20) {
			r["messageStatuses"] = append(r["messageStatuses"].([]any), s) // reported twice
		}
	}
}

func (g varied) agentSurveys(r object, id string, start int64) {
	survey := func() object {
		var answers []any
		for q := range g.IntN(3) {
			question := object{"questionId": one(g, "q1", "q2"), "questionText": one(g, "Why?", "What?"), "questionDefinition": "REGULAR_QUESTION", "questionCategory": "NUMBER"}
			for a := range g.IntN(3) {
				question["answers"] = append(listOf(question["answers"]), object{"answerId": fmt.Sprint(q, a), "answer": "because"})
			}
			answers = append(answers, question)
		}
		return object{
			"surveyStatus": one(g, "OPEN", "SUBMITTED"), "statusReason": one(g, "timeout", "undefined"), "dialogId": id, "surveyId": one(g, 5, 6), "acSurveyId": "7",
			"acSurveyName": "Wrap-up", "acSurveyRevision": 3, "surveySkillId": one(g, -1, 7), "surveySkillName": "NA", "assignedAgentId": "101", "assignedAgentName": "One",
			"performedByAgentId": one(g, "102", "null"), "lastUpdateTime": g.moment(start), "submittedAnswers": answers,
		}
	}
	if g.chance(50) {
		r["latestAgentSurvey"] = survey()
	}
	var before []any
	for range g.IntN(3) {
		before = append(before, survey())
	}
	if latest, ok := r["latestAgentSurvey"]; ok && g.chance(50) {
		before = append(before, latest) // as the source does once it is submitted
	}
	r["previouslySubmittedAgentSurveys"] = before
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// attributes has every kind of event, typed and as text, nested as the source does.
func (g varied) attributes(r object, start int64) {
	products := []any{object{"quantity": 2, "product": object{"name": one(g, "a", "b"), "price": 12.5}}}
	date := object{"year": one[any](g, 2024, "2023"), "month": one[any](g, 2, "11"), "day": 9}
	kinds := []object{
		{"sdeType": "CUSTOMER_INFO", "customerInfo": object{"customerInfo": object{
			"customerId": "c1", "customerType": "vip", "customerStatus": "ok", "balance": one[any](g, -20.25, 7), "currency": "EUR",
			"socialId": one(g, "NA", "s"), "accountName": "acc", "role": "buyer", "companySize": 5, "companyBranch": "b", "storeNumber": 12, "storeZipCode": "00123", "loginStatus": 1, "lastPaymentDate": date, "registrationDate": object{"year": 2020},
		}}},
		{"sdeType": "PERSONAL_INFO", "personalInfo": object{"personalInfo": object{
			"name": "N", "surname": "S", "gender": "F", "company": "C", "language": "en", "customerAge": object{"customerYearOfBirth": "1980"},
			"contacts": []any{object{"personalContact": object{"email": "a@b.example", "phone": "1"}}, object{"personalContact": object{"email": "c@d.example"}}},
		}}},
		{"sdeType": "CART_STATUS", "cartStatus": object{"total": 10.5, "currency": "USD", "numItems": 2, "products": products}},
		{"sdeType": "PURCHASE", "purchase": object{"total": "99.90", "currency": "EUR", "orderId": "o1", "cart": object{"total": 90, "currency": "EUR", "numItems": "3", "products": products}}},
		{"sdeType": "MARKETING_CAMPAIGN_INFO", "marketingCampaignInfo": object{"marketingCampaignInfo": object{"originatingChannel": 3, "affiliate": "a", "campaignId": 55}}},
		{"sdeType": "SEARCH_CONTENT", "searchContent": object{"keywords": []any{"red", "shoes"}}},
		{"sdeType": "VIEWED_PRODUCT", "viewedProduct": object{"currency": "EUR", "products": products}},
		{"sdeType": "VISITOR_ERROR", "visitorError": object{"visitorError": object{"contextId": "x", "message": "oops", "code": "500", "level": 1, "resolved": one[any](g, true, "false")}}},
		{"sdeType": "LEAD", "lead": object{"lead": object{"topic": "loan", "value": 12.125, "currency": "EUR", "leadId": "l1"}}},
		{"sdeType": "SERVICE_ACTIVITY", "serviceActivity": object{"serviceActivity": object{"topic": "t", "status": 13, "category": "c", "serviceId": "s1"}}},
	}
	for _, list := range []string{"sdes", "unAuthSdes"} {
		var events []any
		for range g.IntN(4) {
			e := one(g, kinds...)
			e["serverTimeStamp"] = fmt.Sprint(g.moment(start))
			for _, v := range e {
				if body, ok := v.(object); ok {
					body["originalTimeStamp"], body["serverTimeStamp"] = one[any](g, start, fmt.Sprint(start)), start
				}
			}
			events = append(events, e) // the same one may come twice
		}
		r[list] = object{"events": events}
	}
}
