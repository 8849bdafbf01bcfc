package liveperson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"transporter/internal/fault"
)

// Time bases: which time of a conversation must lie in the window.
const (
	basisStart         = "start"
	basisEnd           = "end"             // end of the conversation itself, without survey
	basisFullDialogEnd = "full_dialog_end" // end including the survey
	basisUpdated       = "updated"         // updated since the window's start; live only
	basisAlive         = "alive"           // any of its time: begun before the window's end, and not over before its start
)

var timeBases = []string{basisStart, basisEnd, basisFullDialogEnd, basisUpdated, basisAlive}

// params are the parameters of a conversation report that the API filters by.
type params struct {
	TimeBasis  string   `json:"time_basis"`
	Status     []string `json:"status"`
	SkillIDs   []id     `json:"skill_ids"`
	AgentIDs   []id     `json:"agent_ids"`
	GroupIDs   []id     `json:"group_ids"`
	Sources    []string `json:"sources"`
	Content    []string `json:"content"`
	APIVersion id       `json:"api_version"`
	AllSDEs    bool     `json:"all_sdes"` // a search gives some of the attributes; reading by id gives all
}

// id is written as text to the API; tasks may give it as a number.
type id string

// UnmarshalJSON reads text or a whole number, digit by digit.
func (v *id) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(v))
	}
	if _, err := strconv.ParseInt(string(b), 10, 64); err != nil {
		return fmt.Errorf("%s is neither text nor a whole number", b)
	}
	*v = id(b)
	return nil
}

// parseParams reads the parameters into p. One that is unknown is refused: a filter that
// is passed over would deliver other data than asked for.
func parseParams(raw map[string]json.RawMessage, p any) error {
	for name, value := range raw {
		one, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(one))
			d.DisallowUnknownFields()
			err = d.Decode(p)
		}
		if err != nil {
			return fault.New(fault.InvalidSpec, "%w", err).WithField("parameters." + name)
		}
	}
	return nil
}

func (p *params) complete() error {
	if !slices.Contains(timeBases, p.TimeBasis) {
		return fault.New(fault.InvalidSpec, "%q is no time basis", p.TimeBasis).WithField("parameters.time_basis").
			WithFix("give one of %s", strings.Join(timeBases, ", "))
	}
	if p.APIVersion != "" && p.APIVersion != "1" && p.APIVersion != "2" {
		return fault.New(fault.InvalidSpec, "%q is no version of the API", string(p.APIVersion)).
			WithField("parameters.api_version").WithFix("give 1 or 2")
	}
	if len(p.Status) == 0 && p.byEnd() {
		p.Status = []string{statusClosed} // an open conversation has no end
	}
	return nil
}

// byEnd reports whether the window is one of ends, so that conversations of any age
// can be in it.
func (p *params) byEnd() bool { return p.TimeBasis == basisEnd || p.TimeBasis == basisFullDialogEnd }
