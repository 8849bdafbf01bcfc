package live

import "slices"

// Types of dialogs.
const (
	typeMain       = "MAIN"
	typePostSurvey = "POST_SURVEY"
)

// dialog is one exchange of a conversation, with sequence numbers of its own.
type dialog struct {
	id, kind              string
	state                 string
	created, ended        int64
	updated               int64
	closedBy, closedCause string
	appInstall            string // of the survey bot
	participants          []Participant
	next                  int   // the sequence number that comes
	lastEvent             int64 // epoch milliseconds
}

func newDialog(id, kind string, at int64, participants ...Participant) *dialog {
	return &dialog{id: id, kind: kind, state: stateOpen, created: at, updated: at, lastEvent: at, participants: participants}
}

// participant returns the participant of that id, false if there is none.
func (d *dialog) participant(id string) (Participant, bool) {
	for _, p := range d.participants {
		if p.ID == id {
			return p, true
		}
	}
	return Participant{}, false
}

// remove takes out the participants that the function holds for.
func (d *dialog) remove(gone func(Participant) bool) {
	d.participants = slices.DeleteFunc(slices.Clone(d.participants), gone)
}

func (d *dialog) close(at int64, by, cause string) {
	d.state, d.ended, d.updated, d.closedBy, d.closedCause = stateClose, at, at, by, cause
}
