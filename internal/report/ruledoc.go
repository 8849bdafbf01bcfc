package report

import (
	"fmt"
	"strings"
)

// ruleDocs say in words when a cell is null by a rule.
var ruleDocs = map[Rule]string{
	N0: "null where the source has no value",
	N1: `as N0, and where it has one of the texts "", "undefined", "null" and "NA"`,
	N2: "as N0, and where it has -1",
	N3: "an average or a share of nothing is null",
	N4: "a count or a list of nothing is 0 or empty, never null",
	N5: "an id of which -1 is one as well; otherwise as N1",
	N6: "null as long as what it is about is open",
	NR: "never null: a record without it goes to quarantine",
}

// markdownRules explains the null rules that the columns have.
func (d Document) markdownRules(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Null rules\n\n| rule | what it says |\n|---|---|\n")
	for _, rule := range rules {
		for _, c := range d.Columns {
			if c.Rule.Has(rule) {
				fmt.Fprintf(b, "| %s | %s |\n", rule, ruleDocs[rule])
				break
			}
		}
	}
}

// Index returns the page that leads to those of the reports, which lie beside it as ID.md and ID.json.
func Index(all []*Definition) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Reports\n\n| report | version | what it is | one row | source API |\n|---|---|---|---|---|\n")
	for _, d := range all {
		fmt.Fprintf(&b, "| [%s](%s.md) ([JSON](%s.json)) | %s | %s | %s | %s |\n", d.ID, d.ID, d.ID, d.Version, inTable(d.Title), inTable(d.Grain), inTable(d.SourceAPI))
	}
	return b.String()
}
