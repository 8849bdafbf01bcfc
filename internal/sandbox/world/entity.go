package world

import (
	"fmt"
	"strconv"

	"transporter/internal/sandbox/listing"
)

// build collects the attributes of an entity.
type build struct{ listing.Entity }

func (b *build) raw(name, v string) {
	b.Fields = append(b.Fields, listing.Field{Name: name, Raw: []byte(v)})
}

// text takes escaped text.
func (b *build) text(name, v string)      { b.raw(name, `"`+v+`"`) }
func (b *build) int(name string, v int64) { b.raw(name, strconv.FormatInt(v, 10)) }
func (b *build) bool(name string, v bool) { b.raw(name, strconv.FormatBool(v)) }
func (b *build) time(name string, ms int64) {
	b.text(name, string(configTime(nil, ms)))
}

func (b *build) ids(name string, list []int64) {
	raw := []byte{'['}
	for i, v := range list {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = strconv.AppendInt(raw, v, 10)
	}
	b.raw(name, string(append(raw, ']')))
}

// An entity is edited every touchShortest to touchShortest+touchSpread days, so that
// revisions grow and dateUpdated moves.
const (
	touchShortest = 30
	touchSpread   = 170
)

// touches is how often entity i of a list was edited by now, and when last.
func (a *Account) touches(list string, i int, now int64) (count, last int64) {
	h := mix(a.seed ^ uint64(len(list))<<32 ^ uint64(i)*golden)
	every := (touchShortest + int64(h%touchSpread)) * dayMS
	phase := int64(h >> 20 % uint64(every))
	count = max(now-epoch-phase, 0) / every
	return count, epoch + phase + count*every
}

// List returns a list as it is at now, and its revision: the number of edits so far.
func (a *Account) List(name string, now int64) (entities []listing.Entity, revision int64, ok bool) {
	d := &a.directory
	size := map[string]int{
		listing.Users: len(d.agents), listing.Skills: len(d.skills), listing.AgentGroups: len(d.groups),
		listing.Profiles: len(d.profiles), listing.LOBs: len(d.lobs), listing.StatusReasons: len(AwayReasons),
	}[name]
	for i := range size {
		count, last := a.touches(name, i, now)
		revision += count
		var b build
		switch name {
		case listing.Users:
			a.user(&b, i, last)
		case listing.Skills:
			a.skill(&b, i, last)
		case listing.AgentGroups:
			a.group(&b, i, last)
		case listing.Profiles:
			a.profile(&b, i, last)
		case listing.LOBs:
			b.named(d.lobs[i], "line of business", last)
		case listing.StatusReasons:
			b.reason(i)
		}
		entities = append(entities, b.Entity)
	}
	return entities, revision, size > 0
}

// named writes what every list but users shares.
func (b *build) named(n named, what string, updated int64) {
	b.ID, b.Deleted = strconv.FormatInt(n.id, 10), n.deleted
	b.int("id", n.id)
	b.bool("deleted", n.deleted)
	b.text("name", n.name)
	b.text("description", what+" – "+n.name)
	b.time("dateUpdated", updated)
}

// reason writes a status reason; its attributes are those of the published sample.
func (b *build) reason(i int) {
	id := int64(i + 1)
	b.ID, b.Deleted = strconv.FormatInt(id, 10), i == len(AwayReasons)-1
	b.text("text", AwayReasons[i])
	b.text("state", "Away")
	b.bool("enabled", !b.Deleted)
	b.int("id", id)
	b.bool("deleted", b.Deleted)
}

// user writes one user; fullName and employeeId come empty, as from the real API.
func (a *Account) user(b *build, i int, updated int64) {
	d, u := &a.directory, &a.directory.agents[i]
	b.ID, b.Deleted = u.idText, u.deleted
	b.int("id", u.id)
	b.raw("pid", fmt.Sprintf(`"%s"`, appendUUID(nil, a.uuid(sessionID, u.id))))
	b.bool("deleted", u.deleted)
	b.text("loginName", u.login)
	b.text("fullName", "")
	b.text("nickname", u.nick)
	b.text("email", u.login)
	b.bool("isEnabled", !u.disabled && !u.deleted)
	b.bool("disabledManually", u.disabled)
	b.int("maxChats", int64(3+i%4))
	if i%5 == 0 {
		b.raw("maxAsyncChats", "null")
	} else {
		b.int("maxAsyncChats", int64(10+i%20))
	}
	skills := make([]int64, len(u.skills))
	for k, s := range u.skills {
		skills[k] = d.skills[s].id
	}
	b.ids("skillIds", skills)
	member := fmt.Sprintf(`{"agentGroupId":%d,"assignmentDate":"%s"}`, d.groups[u.group].id, configTime(nil, epoch+int64(i)*dayMS))
	b.raw("memberOf", member)
	if i%17 == 0 {
		b.raw("managerOf", "["+member+"]")
	} else {
		b.raw("managerOf", "[]")
	}
	b.ids("profileIds", []int64{d.profiles[u.profile].id})
	b.ids("permissionGroups", []int64{int64(u.profile + 1)})
	b.ids("lobIds", []int64{d.lobs[i%len(d.lobs)].id})
	b.bool("isApiUser", i%41 == 40)
	b.int("userTypeId", int64(u.kind))
	b.text("employeeId", "")
	b.text("description", "user’s description – "+u.nick)
	b.text("mobileNumber", "")
	b.bool("changePwdNextLogin", i%23 == 0)
	b.time("lastPwdChangeDate", updated-dayMS)
	b.time("dateUpdated", updated)
}

func (a *Account) skill(b *build, i int, updated int64) {
	d := &a.directory
	b.named(d.skills[i], "skill", updated)
	b.int("skillOrder", int64(i))
	b.int("maxWaitTime", 120)
	b.int("wrapUpTime", int64(i%3*30))
	b.int("slaDefaultResponseTime", 1800)
	b.int("slaUrgentResponseTime", 300)
	b.int("slaFirstTimeResponseTime", int64(60+i*10))
	b.bool("canTransfer", i%4 != 3)
	if i%3 == 0 {
		b.raw("skillTransferList", "[]") // all
	} else {
		b.ids("skillTransferList", []int64{d.skills[0].id, d.skills[(i+1)%len(d.skills)].id})
	}
	b.ids("lobIds", []int64{d.lobs[i%len(d.lobs)].id})
	b.int("workingHoursId", 2859745012)
	b.raw("skillRoutingConfiguration", fmt.Sprintf(`[{"priority":1,"splitPercentage":%d,"agentGroupId":%d}]`,
		10+i%90, d.groups[i%len(d.groups)].id))
	b.int("autoCloseInSeconds", 86400)
}

// group writes an agent group; the first is the root, which has no parent.
func (a *Account) group(b *build, i int, updated int64) {
	b.named(a.directory.groups[i], "group of agents", updated)
	if i == 0 {
		b.raw("parentGroupId", "null")
	} else {
		b.int("parentGroupId", a.directory.groups[(i-1)/2].id)
	}
	b.bool("isEnabled", true)
}

func (a *Account) profile(b *build, i int, updated int64) {
	d := &a.directory
	b.named(d.profiles[i], "profile", updated)
	assigned := 0
	for k := range d.agents {
		if d.agents[k].profile == i && !d.agents[k].deleted {
			assigned++
		}
	}
	b.int("roleTypeId", int64(i+1))
	b.text("roleTypeName", d.profiles[i].name)
	b.int("numOfAssignedUsers", int64(assigned))
	b.bool("isAssignedToLPA", i == 4)
	b.ids("permissions", []int64{3, 5, 1737, 1738})
	b.raw("permissionPackages", fmt.Sprintf(`[{"id":10006,"isDisplayed":true,"featureKeys":["Common.Api_key_management"],"isEnabled":true},`+
		`{"id":%d,"isDisplayed":%t,"featureKeys":[],"isEnabled":%t}]`, 20001+i, i%2 == 0, i < 3))
}
