package live

// quickReplies is the part of an event that offers answers as buttons ("Structured content:
// quick replies").
type quickReplies struct {
	Type        string   `json:"type"`
	ItemsPerRow int      `json:"itemsPerRow"`
	Replies     []button `json:"replies"`
}

type button struct {
	Type    string      `json:"type"`
	Tooltip string      `json:"tooltip"`
	Title   string      `json:"title"`
	Style   buttonStyle `json:"style"`
	Click   click       `json:"click"`
}

type buttonStyle struct {
	Bold            bool   `json:"bold"`
	Size            string `json:"size"`
	Italic          bool   `json:"italic"`
	Color           string `json:"color"`
	BackgroundColor string `json:"background-color"`
	BorderColor     string `json:"border-color"`
	BorderRadius    int    `json:"border-radius"`
}

type click struct {
	Metadata []any    `json:"metadata"`
	Actions  []action `json:"actions"`
}

type action struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// repliesPerRow is the published sample's.
const repliesPerRow = 8

var usualStyle = buttonStyle{
	Size: "medium", Color: "#4d4e4e", BackgroundColor: "#ffffff", BorderColor: "#d0d2d3", BorderRadius: 14,
}

// offer makes buttons of titles; metadata gives what a click on each repeats.
func offer(titles []string, metadata func(i int) any) *quickReplies {
	q := &quickReplies{Type: "quickReplies", ItemsPerRow: repliesPerRow}
	for i, title := range titles {
		q.Replies = append(q.Replies, button{
			Type: "button", Tooltip: title, Title: title, Style: usualStyle,
			Click: click{Metadata: []any{metadata(i)}, Actions: []action{{Type: "publishText", Text: title}}},
		})
	}
	return q
}
