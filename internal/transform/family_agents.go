package transform

import (
	"transporter/internal/transform/interval"
)

// newAgents makes the fold of rows of agents: of intervals, or of local days.
func newAgents(s setting, days bool) (fold, error) {
	axis, err := s.axis()
	if err != nil {
		return nil, err
	}
	o := interval.AgentOptions{PeopleOptions: s.people(), Axis: axis, Days: days, Read: s.job.Also, Reason: namer(s.lookups["reason_texts"])}
	if o.Wide = isTrue(s.params, "wide_reasons"); o.Wide {
		o.Reasons = spreadNames(s.lookups["away_reasons"])
	}
	return interval.NewAgents(s.window(), o)
}

func newAgentSkills(s setting) (fold, error) {
	axis, err := s.axis()
	if err != nil {
		return nil, err
	}
	return interval.NewAgentSkills(axis, s.people()), nil
}

// people are the rows' agents, as the account's list of users knows them.
func (s setting) people() interval.PeopleOptions {
	text := func(name string) func([]byte) []byte { return namer(s.lookups[name]) }
	employee, login, name, group, kind := text("employee_ids"), text("login_names"), text("full_names"), text("user_groups"), text("user_types")
	return interval.PeopleOptions{
		Bots: isTrue(s.params, "include_bots"),
		User: func(id []byte) interval.User {
			return interval.User{Employee: employee(id), Login: login(id), Name: name(id), Group: group(id), Type: kind(id)}
		},
	}
}
