package docs

import (
	"cmp"
	"slices"
	"strings"
)

// Diff says what changed from one document to the next, table by table in alphabetical order. Equal
// documents, and those that differ in spelling alone, have no changes.
func Diff(before, after Document) []Change {
	was, is := byID(before), byID(after)
	var changes []Change
	for _, t := range after.Tables {
		if old, known := was[t.id()]; known {
			changes = append(changes, diffTable(old, t)...)
		} else {
			changes = append(changes, appeared(t, before))
		}
	}
	for _, t := range before.Tables {
		if _, stays := is[t.id()]; !stays {
			changes = append(changes, newChange(t, Catalogue, OfTable, "", t.Version, ""))
		}
	}
	slices.SortStableFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Feed, b.Feed), cmp.Compare(a.Version, b.Version))
	})
	return changes
}

func byID(d Document) map[string]Table {
	tables := map[string]Table{}
	for _, t := range d.Tables {
		tables[t.id()] = t
	}
	return tables
}

// appeared is the change that a table is new: of a known name it is another version.
func appeared(t Table, before Document) Change {
	for _, old := range before.Tables {
		if old.Name == t.Name {
			return NewVersion(t.Name, t.Version)
		}
	}
	return newChange(t, Catalogue, OfTable, "", "", "")
}

func diffTable(old, t Table) []Change {
	var changes []Change
	add := func(differ bool, class Class, of, from, to string) {
		if differ {
			changes = append(changes, newChange(t, class, of, "", from, to))
		}
	}
	add(!sameSet(old.PrimaryKey, t.PrimaryKey), Breaking, OfPrimaryKey, old.PrimaryKey.String(), t.PrimaryKey.String())
	add(!slices.Equal(old.OrderingKey, t.OrderingKey), Breaking, OfOrderingKey, old.OrderingKey.String(), t.OrderingKey.String())
	add(old.SyncTime != t.SyncTime, Cadence, OfSyncTime, old.SyncTime, t.SyncTime)
	add(old.end() != t.end(), Retirement, OfEnd, old.end(), t.end())
	changes = append(changes, diffColumns(old, t)...)
	add(old.Description != t.Description || len(changes) == 0 && old.Modified != t.Modified, Meaning, OfDescription, "", "")
	return changes
}

// end says in one text what is known of the table's end.
func (t Table) end() string {
	var parts []string
	for _, p := range []struct{ name, value string }{
		{"deprecated", t.Deprecation}, {"expected", t.ExpectedEnd}, {"actual", t.ActualEnd},
	} {
		if p.value != "" {
			parts = append(parts, p.name+" "+p.value)
		}
	}
	if strings.Contains(strings.ToLower(t.ReleaseState), "deprecat") {
		parts = append(parts, "release state "+t.ReleaseState)
	}
	return strings.Join(parts, ", ")
}

// diffColumns compares the columns by their names; in which order they are has no meaning.
func diffColumns(old, t Table) []Change {
	was := map[string]Column{}
	for _, c := range old.Columns {
		was[c.Name] = c
	}
	var changes []Change
	for _, c := range t.Columns {
		before, known := was[c.Name]
		delete(was, c.Name)
		if !known {
			changes = append(changes, newChange(t, Additive, OfColumn, c.Name, "", c.Type))
			continue
		}
		changes = append(changes, diffColumn(t, before, c)...)
	}
	for _, c := range old.Columns {
		if _, gone := was[c.Name]; gone {
			changes = append(changes, newChange(t, Retirement, OfColumn, c.Name, cmp.Or(c.Type, "untyped"), ""))
		}
	}
	return changes
}

func diffColumn(t Table, before, c Column) []Change {
	var changes []Change
	add := func(class Class, of, from, to string) {
		changes = append(changes, newChange(t, class, of, c.Name, from, to))
	}
	switch KindOf(before.Type).Compare(KindOf(c.Type)) {
	case Wider:
		add(Widening, OfType, before.Type, c.Type)
	case Narrower, Other:
		add(Breaking, OfType, before.Type, c.Type)
	case Unsaid: // types do not bind the data: one that is filled in, or left out, changes no row
		add(Meaning, OfType, before.Type, c.Type)
	}
	if before.Deleted != c.Deleted {
		add(Retirement, OfDeleted, before.Deleted, c.Deleted)
	}
	if before.Description != c.Description || len(changes) == 0 && before.Updated != c.Updated {
		add(Meaning, OfDescription, "", "")
	}
	return changes
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// Data says how the columns that a table's data have differ from those described: more are drift, fewer
// are normal. seen are the names of members that any of its rows had.
func (t Table) Data(seen []string) []Change {
	described := map[string]bool{}
	var changes []Change
	for _, c := range t.Columns {
		described[c.Name] = true
		if !slices.Contains(seen, c.Name) {
			changes = append(changes, newChange(t, Normal, OfColumn, c.Name, c.Type, ""))
		}
	}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(seen))) {
		if !described[name] {
			changes = append(changes, newChange(t, Drift, OfColumn, name, "", ""))
		}
	}
	return changes
}
