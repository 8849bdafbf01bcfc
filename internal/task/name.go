package task

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"transporter/internal/fault"
)

// DefaultName is the template of a leg that names none:
// "msg.messages_20261119T000000Z_20261120T000000Z.csv", with "_p002" and "_r1" before
// the dot where a window has several files or revisions.
const DefaultName = "{report}_{from}_{to}{part}{revision}.{ext}"

// A NameTemplate makes file names of typed fields and literal text. Whatever the fields
// hold, the name passes CheckPart and consists of A–Z a–z 0–9 . _ - only.
//
//	"{report}_{from}_{to}{part}{revision}.{ext}"  msg.messages_20261119T050000Z_20261120T050000Z.csv
//	"{description}-{date}{part}{revision}.{ext}"  Daily-messages-2026-11-19_p002.csv
//	"{account}_{to}{part}{revision}.{ext}"        12345_20261120T050000Z_r1.csv
//
// Fields: {report} id; {task} and {account} id; {description} reduced to ASCII letters,
// digits and hyphens; {from} and {to}, start and end of the window, in UTC; {fire}, when
// its run was due, in UTC; each of them also by a Mask, {to:yyyyMMdd_HHmm}, in UTC as well: a local
// time comes twice when clocks go back; {date}, the local date on which the window begins; {part}
// "_p001", empty for a single file; {parts} their number; {revision} "_r1", empty for
// the first; {format} and {ext}.
type NameTemplate struct {
	text   string
	tokens []nameToken
}

// nameToken is a field, or literal text when field is empty. A mask belongs to a moment.
type nameToken struct {
	field, text string
	mask        *Mask
}

// NameData is what the fields of a template are filled with. Calendar.NameData fills
// what belongs to the window.
type NameData struct {
	Report, Task, Description, Account string
	Format                             string
	Window                             Window
	Fire                               time.Time
	Date                               string // "2026-11-19"
	Version                            string // of the report
	Partition                          string // see Calendar.Partition
	Part, Parts                        int    // part counts from 1, of each kind of records
	Of                                 string // the second file that it is of; empty: the report's own records
	Revision                           int    // 0 is the first
}

const nameTime = "20060102T150405Z" // ISO 8601 basic: sorts by time and needs no escaping

var nameFields = map[string]func(NameData) string{
	"report":      func(d NameData) string { return safe(d.Report) },
	"task":        func(d NameData) string { return safe(d.Task) },
	"account":     func(d NameData) string { return safe(d.Account) },
	"description": func(d NameData) string { return Slug(d.Description) },
	"from":        func(d NameData) string { return nameMoments["from"](d).UTC().Format(nameTime) },
	"to":          func(d NameData) string { return nameMoments["to"](d).UTC().Format(nameTime) },
	"fire":        func(d NameData) string { return nameMoments["fire"](d).UTC().Format(nameTime) },
	"date":        func(d NameData) string { return safe(d.Date) },
	"part":        partText,
	"parts":       func(d NameData) string { return fmt.Sprint(max(d.Parts, 1)) },
	"revision":    revisionText,
	"format":      func(d NameData) string { return safe(d.Format) },
	"ext":         func(d NameData) string { return safe(d.Format) },
}

// nameMoments are the fields that a mask can be of.
var nameMoments = map[string]func(NameData) time.Time{
	"from": func(d NameData) time.Time { return d.Window.From },
	"to":   func(d NameData) time.Time { return d.Window.To },
	"fire": func(d NameData) time.Time { return d.Fire },
}

// NameFields returns the fields a template may use, in alphabetical order.
func NameFields() []string {
	names := make([]string, 0, len(nameFields))
	for f := range nameFields {
		names = append(names, f)
	}
	slices.Sort(names)
	return names
}

var (
	nameLexer   = regexp.MustCompile(`\{[^{}]*\}|[^{}]+|[{}]`)
	nameLiteral = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	nameMasked  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$`)
)

// ParseName reads a template; an empty one is DefaultName. The error is
// fault.InvalidSpec on the field "fileName".
func ParseName(text string) (*NameTemplate, error) {
	if text == "" {
		text = DefaultName
	}
	if len(text) > MaxFileName {
		return nil, nameError("the template has %d bytes, at most %d are allowed", len(text), MaxFileName)
	}
	t := &NameTemplate{text: text}
	for _, lexeme := range nameLexer.FindAllString(text, -1) {
		if !strings.HasPrefix(lexeme, "{") {
			if !nameLiteral.MatchString(lexeme) {
				return nil, nameError("%q is not safe in a file name everywhere", clip(lexeme)).
					WithFix("use letters without accents, digits, dot, hyphen and underscore; folders belong to path")
			}
			t.tokens = append(t.tokens, nameToken{text: lexeme})
			continue
		}
		token, err := parseNameField(lexeme)
		if err != nil {
			return nil, err
		}
		t.tokens = append(t.tokens, token)
	}
	if err := t.checkEnds(); err != nil {
		return nil, err
	}
	return t, nil
}

// parseNameField reads "{field}", or "{field:mask}" of a moment.
func parseNameField(lexeme string) (k nameToken, err error) {
	field, mask, masked := strings.Cut(strings.Trim(lexeme, "{}"), ":")
	if nameFields[field] == nil {
		return k, nameError("there is no field %q", clip(lexeme)).WithFix("use {%s}", strings.Join(NameFields(), "}, {"))
	}
	if k.field = field; !masked {
		return k, nil
	}
	if nameMoments[field] == nil {
		return k, nameError("{%s} is no moment that a mask could be of", field).WithFix("use one of {from:…}, {to:…} and {fire:…}")
	}
	if k.mask, err = ParseMask("fileName", mask); err != nil {
		return k, err
	}
	if !nameMasked.Match(k.mask.Append(nil, time.Time{})) {
		return k, nameError("the mask %q is not safe in a file name everywhere", clip(mask)).
			WithFix("begin and end it with a field, and use digits, hyphens and underscores between: {%s:yyyyMMdd_HHmm}", field)
	}
	return k, nil
}

// checkEnds refuses what would begin like our temporary files and markers, or end
// in a dot, whatever the fields hold.
func (t *NameTemplate) checkEnds() error {
	first, last := t.tokens[0], t.tokens[len(t.tokens)-1]
	if first.field == "part" || first.field == "revision" || strings.ContainsAny(first.text[:min(1, len(first.text))], "._-") {
		return nameError("the name would begin with a dot, hyphen or underscore").WithFix("begin it with a letter, a digit or {report}")
	}
	if strings.HasSuffix(last.text, ".") {
		return nameError("the name would end in a dot").WithFix("end it with {ext}")
	}
	if reservedNames[strings.ToLower(strings.SplitN(first.text, ".", 2)[0])] {
		return nameError("%q means a device on some systems", clip(first.text)).WithFix("begin it with {report}")
	}
	return nil
}

// CheckUnique returns nil when no two files of a task of that frequency can get the same
// name: neither two parts, nor two revisions, nor two windows.
func (t *NameTemplate) CheckUnique(frequency string) error {
	if !t.has("part") {
		return nameError("a large window has several files, and they would have one name").WithFix("add {part}: %q", t.with("{part}"))
	}
	if !t.has("revision") {
		return nameError("a repeated run would have the name of the first").WithFix("add {revision}: %q", t.with("{revision}"))
	}
	switch {
	case frequency == Once, t.tellsWindows():
		return nil
	case t.has("date") && frequency != Interval:
		return nil
	case t.has("from"), t.has("to"), t.has("fire"):
		return nameError("the mask does not tell all windows apart, and two would have one name").
			WithFix("let it say year, month, day, hour and minute: {to:yyyyMMdd_HHmm}")
	case t.has("date"):
		return nameError("an interval task has several windows a day, and they would have one name").WithFix("add {to}: %q", t.with("_{to}"))
	}
	return nameError("all windows of the task would have one name").WithFix("add {to}: %q", t.with("_{to}"))
}

func (t *NameTemplate) has(field string) bool {
	return slices.ContainsFunc(t.tokens, func(k nameToken) bool { return k.field == field })
}

// tellsWindows reports whether the template says when a window was, to the minute.
func (t *NameTemplate) tellsWindows() bool {
	return slices.ContainsFunc(t.tokens, func(k nameToken) bool {
		return nameMoments[k.field] != nil && (k.mask == nil || k.mask.tellsMinutes())
	})
}

// with returns the template with one more element at its usual place: the end of the
// window, then the part, then the revision, then the extension.
func (t *NameTemplate) with(element string) string {
	i := len(t.text)
	if dot := strings.LastIndex(t.text, "."); dot > 0 && !strings.Contains(strings.TrimSuffix(t.text[dot:], "{ext}"), "{") {
		i = dot
	}
	for _, later := range []string{"{revision}", "{part}"} {
		if p := strings.Index(t.text, later); p >= 0 && element != "{revision}" {
			i = p
		}
	}
	return t.text[:i] + element + t.text[i:]
}

// Render returns the name of one file. Encryption adds ".pgp" to it.
func (t *NameTemplate) Render(d NameData) string {
	var b strings.Builder
	for _, k := range t.tokens {
		switch {
		case k.field == "":
			b.WriteString(k.text)
		case k.mask != nil:
			b.Write(k.mask.Append(nil, nameMoments[k.field](d).UTC()))
		default:
			b.WriteString(nameFields[k.field](d))
		}
	}
	return b.String()
}

// String returns the template's text.
func (t *NameTemplate) String() string { return t.text }

// partText is empty for a single file, so that most names stay short.
func partText(d NameData) string {
	if d.Parts <= 1 {
		return ""
	}
	return fmt.Sprintf("_p%0*d", max(3, len(fmt.Sprint(d.Parts))), d.Part)
}

func revisionText(d NameData) string {
	if d.Revision == 0 {
		return ""
	}
	return fmt.Sprintf("_r%d", d.Revision)
}

func nameError(format string, args ...any) *fault.Error { return invalid("fileName", format, args...) }
