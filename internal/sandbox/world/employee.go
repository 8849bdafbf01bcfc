package world

import "fmt"

// Person is what the agent activity host says of an agent. Texts are JSON-escaped.
type Person struct {
	ID, Group             int64
	Employee, Login, Name string
}

// nameless is how many agents share one without an employee id: brands need not set it.
const nameless = 7

// Person is agent i of the directory.
func (a *Account) Person(i int) Person {
	u := &a.directory.agents[i]
	p := Person{ID: u.id, Group: a.directory.groups[u.group].id, Login: u.login, Name: u.nick}
	if i%nameless != 0 {
		p.Employee = fmt.Sprintf("E-%05d", i)
	}
	return p
}
