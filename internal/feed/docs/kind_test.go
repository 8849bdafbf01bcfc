package docs_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/feed/docs"
)

func TestKinds(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"another spelling of text":       {"character varying(255)", "VARCHAR(255)", docs.Same},
		"another spelling of a time":     {"timestamp without time zone", "datetime", docs.Same},
		"another width on paper":         {"bigint(20)", "bigint", docs.Same},
		"blanks":                         {"numeric(38, 5)", "numeric(38,5)", docs.Same},
		"nothing and nothing":            {"", "", docs.Same},
		"longer text":                    {"varchar(191)", "character varying(65535)", docs.Wider},
		"text without a limit":           {"varchar(65535)", "varchar", docs.Wider},
		"shorter text":                   {"varchar(255)", "varchar(191)", docs.Narrower},
		"text with a limit now":          {"text", "varchar(4096)", docs.Narrower},
		"a larger integer":               {"smallint", "bigint", docs.Wider},
		"a smaller integer":              {"bigint", "int", docs.Narrower},
		"integer to decimal":             {"bigint", "numeric(38,5)", docs.Wider},
		"integer to a decimal too small": {"bigint", "numeric(10,2)", docs.Narrower},
		"integer to double":              {"integer", "double precision", docs.Wider},
		"double to integer":              {"double", "bigint", docs.Narrower},
		"float to double":                {"real", "double precision", docs.Wider},
		"double to any decimal":          {"double", "numeric", docs.Wider},
		"double to some decimals":        {"double", "numeric(38,5)", docs.Narrower},
		"decimal to double":              {"numeric(38,5)", "double", docs.Narrower},
		"more digits":                    {"numeric(10,2)", "numeric(12,4)", docs.Wider},
		"digits moved behind the point":  {"numeric(10,2)", "numeric(10,4)", docs.Narrower},
		"a decimal without limits":       {"numeric(10,2)", "numeric", docs.Wider},
		"integer to text":                {"bigint", "varchar(255)", docs.Other},
		"text to integer":                {"varchar(191)", "bigint", docs.Other},
		"flag to number":                 {"boolean", "tinyint(1)", docs.Other},
		"time to text":                   {"timestamp", "varchar(255)", docs.Other},
		"an unknown type to text":        {"super", "text", docs.Other},
		"an unknown type as before":      {"SUPER", "super", docs.Same},
		"a type filled in":               {"", "bigint", docs.Unsaid},
		"a type left out":                {"bigint", "", docs.Unsaid},
		"nonsense":                       {"varchar(", "varchar", docs.Other},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, docs.KindOf(c.from).Compare(docs.KindOf(c.to)))
		})
	}
}

// TestWideningIsAnOrder: what is wider one way is narrower the other way or of another family, and
// widening twice is widening, so that a feed that widened day by day is not held by the sum.
func TestWideningIsAnOrder(t *testing.T) {
	spellings := []string{
		"", "bigint", "varchar(255)", "character varying(65535)", "timestamp", "varchar(191)", "boolean", "timestamp without time zone",
		"integer", "double precision", "bigint(20)", "double", "tinyint(1)", "datetime", "text", "float", "real", "numeric(38,5)", "numeric",
		"numeric(10,2)", "smallint", "varchar", "decimal(5)", "super", "char(3)",
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) docs.Kind { return docs.KindOf(rapid.SampledFrom(spellings).Draw(t, name)) }
		a, b, c := draw("a"), draw("b"), draw("c")
		if a.Compare(b) == docs.Wider && b.Compare(a) == docs.Wider {
			t.Fatalf("%v and %v are wider than each other", a, b)
		}
		if a.Compare(b) == docs.Wider && b.Compare(c) == docs.Wider && a.Compare(c) != docs.Wider {
			t.Fatalf("%v < %v < %v, but %v to %v is %s", a, b, c, a, c, a.Compare(c))
		}
		if (a.Compare(b) == docs.Same) != (b.Compare(a) == docs.Same) {
			t.Fatalf("%v and %v are the same one way only", a, b)
		}
	})
}
