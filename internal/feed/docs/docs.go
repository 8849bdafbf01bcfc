// Package docs reads the description that a platform generates of its feeds each day
// (export_docs.yaml), and says what changed between two of them and what that means for who reads
// the feeds. It is pure.
//
// The document's shape is not published; that of the JSON beside the page of the schemas is the
// model, which is plainly made from the same kind of document:
// docs.asapp.com/reporting/asapp-messaging-feeds.
package docs

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"transporter/internal/fault"
)

// Name is that of the document: the newest object whose key ends with it, after a slash, counts.
const Name = "export_docs.yaml"

// MaxBytes bounds what is read into memory. The published document of 43 tables has 0.6 MB.
const MaxBytes = 16 << 20

// Document describes the feeds of one platform. What is written there besides is for whoever reads the
// document itself, which is kept as it came.
type Document struct {
	Tables []Table `json:"tables"`
}

// Table describes one feed. Dates are as they were written.
type Table struct {
	Name         string   `yaml:"name" json:"name"`
	Version      string   `yaml:"version" json:"version"`
	Description  string   `yaml:"description" json:"description,omitempty"`
	PrimaryKey   Names    `yaml:"primary_key" json:"primaryKey,omitempty"`
	OrderingKey  Names    `yaml:"ordering_key" json:"orderingKey,omitempty"`
	SyncTime     string   `yaml:"sync_time" json:"syncTime,omitempty"`
	Modified     string   `yaml:"modified_date" json:"modified,omitempty"`
	Deprecation  string   `yaml:"deprecation_date" json:"deprecation,omitempty"`
	ExpectedEnd  string   `yaml:"expected_eol_date" json:"expectedEnd,omitempty"`
	ActualEnd    string   `yaml:"actual_eol_date" json:"actualEnd,omitempty"`
	ReleaseState string   `yaml:"release_state" json:"releaseState,omitempty"`
	Columns      []Column `yaml:"columns" json:"columns"`
}

// Column describes one column of a feed.
type Column struct {
	Name        string `yaml:"name" json:"name"`
	Type        string `yaml:"type" json:"type,omitempty"` // one of many spellings, see Kind
	Description string `yaml:"description" json:"description,omitempty"`
	Updated     string `yaml:"updated_date" json:"updated,omitempty"`
	Deleted     string `yaml:"deleted_date" json:"deleted,omitempty"`
}

// file is the document as it is written.
type file struct {
	Schemas []struct {
		Tables []Table `yaml:"tables"`
	} `yaml:"schemas"`
}

// Parse reads a document, with what is odd about it but not wrong. One that is empty, too long or
// unreadable is fault.SchemaMismatch: who asked keeps the one that was read before.
func Parse(text []byte) (Document, []string, error) {
	if len(text) > MaxBytes {
		return Document{}, nil, unreadable("longer than %d MiB", MaxBytes>>20)
	}
	var f file
	if err := yaml.Unmarshal(text, &f); err != nil {
		return Document{}, nil, unreadable("%w", firstOf(err))
	}
	d, warnings, err := f.document()
	if err != nil {
		return Document{}, nil, err
	}
	if len(d.Tables) == 0 {
		return Document{}, nil, unreadable("it describes no table under schemas[].tables[]")
	}
	return d, warnings, nil
}

func unreadable(format string, args ...any) error {
	return fault.New(fault.SchemaMismatch, "read "+Name+": "+format, args...).
		WithFix("the description read before stays in force; ask the platform for a readable one")
}

// firstOf keeps the first of the complaints about a document, which can be thousands.
func firstOf(err error) error {
	var all *yaml.TypeError
	if errors.As(err, &all) && len(all.Errors) > 0 {
		return errors.New(all.Errors[0])
	}
	return err
}

// document checks what is written and keeps the later of what is there twice.
func (f file) document() (d Document, warnings []string, err error) {
	at := map[string]int{}
	for s, schema := range f.Schemas {
		for n, t := range schema.Tables {
			if t.Name == "" {
				return d, nil, unreadable("schemas[%d].tables[%d] has no name", s, n)
			}
			if t.Version == "" {
				t.Version = "1" // as in all published tables
			}
			var odd []string
			if t.Columns, odd, err = distinct(t); err != nil {
				return d, nil, err
			}
			warnings = append(warnings, odd...)
			if earlier, twice := at[t.id()]; twice {
				warnings = append(warnings, fmt.Sprintf("%s is described twice: the later entry counts", t.label()))
				d.Tables[earlier] = t
				continue
			}
			at[t.id()] = len(d.Tables)
			d.Tables = append(d.Tables, t)
		}
	}
	return d, warnings, nil
}

// distinct returns the columns of the table, of those with one name the last.
func distinct(t Table) (columns []Column, warnings []string, err error) {
	at := map[string]int{}
	for n, c := range t.Columns {
		if c.Name == "" {
			return nil, nil, unreadable("column %d of table %s has no name", n+1, t.Name)
		}
		if earlier, twice := at[c.Name]; twice {
			warnings = append(warnings, fmt.Sprintf("%s.%s is described twice: the later entry counts", t.Name, c.Name))
			columns[earlier] = c
			continue
		}
		at[c.Name] = len(columns)
		columns = append(columns, c)
	}
	return columns, warnings, nil
}

// Table returns the description of a feed, nil if there is none.
func (d Document) Table(name, version string) *Table {
	for i, t := range d.Tables {
		if t.Name == name && t.Version == version {
			return &d.Tables[i]
		}
	}
	return nil
}

// id tells tables apart: one name may have several versions.
func (t Table) id() string { return t.Name + "/" + t.Version }

func (t Table) label() string { return label(t.Name, t.Version) }

// label names a table; the version only where it is not the usual one.
func label(name, version string) string {
	if version == "1" || version == "" {
		return name
	}
	return name + " version " + version
}

// Names is a list of columns, written as a list or as text with commas.
type Names []string

// UnmarshalYAML takes both forms, and the words "primary-key:" that one published entry begins with.
func (n *Names) UnmarshalYAML(node *yaml.Node) error {
	var list []string
	if node.Kind == yaml.SequenceNode {
		if err := node.Decode(&list); err != nil {
			return err
		}
	} else {
		var text string
		if err := node.Decode(&text); err != nil {
			return err
		}
		text = strings.TrimPrefix(strings.TrimSpace(text), "primary-key:")
		list = strings.Split(text, ",")
	}
	*n = trimmed(list)
	return nil
}

func trimmed(list []string) (names Names) {
	for _, name := range list {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// noNames is how no names at all are written.
const noNames = "none"

func (n Names) String() string {
	if len(n) == 0 {
		return noNames
	}
	return strings.Join(n, ", ")
}

// NamesOf reads what String wrote.
func NamesOf(text string) Names {
	if text == noNames {
		return nil
	}
	return trimmed(strings.Split(text, ","))
}
