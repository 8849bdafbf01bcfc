package world

import (
	"encoding/base64"
	"strconv"
)

// data writes the inside of messageData. The keys of links and secure forms are not
// published with samples; "link" and "secureForm" hold what the field table lists.
func (e *encoder) data(m *message) {
	number := int64(m.seed >> 12 % 1_000_000)
	switch m.form {
	case richContent:
		e.rich(number)
	case hostedFile:
		e.file(m, number)
	case link:
		e.int(`"link":{"externalFileLink":"https://help.example/articles/`, number)
		e.raw(`?lang=`)
		e.raw(corpus[e.s.traits.language].name)
		e.raw(`&ref=chat","fileType":"HTML","caption":"Help – article"}`)
	case formInvitation:
		e.int(`"secureForm":{"formId":"`, number%1000)
		e.text(`","formName":"Identity & address","invitationId":"`, string(e.s.id[:8]))
		e.raw(`}`)
	case formSubmit:
		e.int(`"secureForm":{"formId":"`, number%1000)
		e.int(`","formName":"Identity & address","submissionId":"`, number)
		e.text(`","invitationId":"`, string(e.s.id[:8]))
		e.raw(`}`)
	default:
		e.said(m)
	}
}

func (e *encoder) said(m *message) {
	e.raw(`"msg":{"text":"`)
	switch {
	case m.survey:
		e.surveyLine(m)
	case m.form == html:
		e.raw(`<div style=\"color:#0363AD\"><b>`)
		e.b = e.s.appendText(e.b, m)
		e.raw(`</b><br/></div>`)
	default:
		e.b = e.s.appendText(e.b, m)
	}
	e.raw(`"}`)
	if m.form == quickReplies {
		e.raw(`,` + quickReplyContent)
	}
}

const quickReplyContent = `"quickReplies":{"content":"{\"type\":\"quickReplies\",\"itemsPerRow\":8,\"replies\":[` +
	`{\"type\":\"button\",\"tooltip\":\"Yes\",\"title\":\"Yes ✓\",\"click\":{\"actions\":[{\"type\":\"publishText\",\"text\":\"Yes\"}]}},` +
	`{\"type\":\"button\",\"tooltip\":\"No\",\"title\":\"No ✗\",\"click\":{\"actions\":[{\"type\":\"publishText\",\"text\":\"No\"}]}}]}"}`

func (e *encoder) rich(number int64) {
	e.raw(`"richContent":{"content":"{\"type\":\"vertical\",\"elements\":[{\"type\":\"image\",\"url\":\"https://img.example/p/`)
	e.b = strconv.AppendInt(e.b, number, 10)
	e.raw(`.png\",\"tooltip\":\"product\"},{\"type\":\"text\",\"text\":\"Now on sale – 30% off “everything”\"},` +
		`{\"type\":\"button\",\"title\":\"Buy\",\"click\":{\"metadata\":[{\"type\":\"ExternalId\",\"id\":\"`)
	e.b = strconv.AppendInt(e.b, number, 10)
	e.raw(`\"}],\"actions\":[{\"type\":\"publishText\",\"text\":\"buy\"}]}}]}"}`)
}

var fileTypes = []string{"JPG", "PNG", "PDF", "TXT", "GIF"}

// previewBytes is the size of a file's preview before base64.
const previewBytes = 384

// file writes a hosted file; its preview comes only when asked by conversation id.
func (e *encoder) file(m *message, number int64) {
	kind := fileTypes[number%int64(len(fileTypes))]
	e.int(`"file":{"relativePath":"/v1/AUTH_async-images/`, number)
	e.text(`_photo.`, kind)
	e.text(`,"fileType":"`, kind)
	e.raw(`,"caption":"`)
	if number%3 == 0 {
		e.b = e.s.appendText(e.b, m)
	}
	e.raw(`"`)
	if e.v.Whole {
		var preview [previewBytes]byte
		r := random(m.seed)
		for i := range preview {
			preview[i] = byte(r.next())
		}
		e.raw(`,"preview":"`)
		e.b = base64.StdEncoding.AppendEncode(e.b, preview[:])
		e.raw(`"`)
	}
	e.raw(`}`)
}
