package feeds

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// docsFile is export_docs.yaml. Its shape is not published; that of the schema page's twin is taken
// (docs.asapp.com/reporting/asapp-messaging-feeds.json).
type docsFile struct {
	Schemas []docsSchema `yaml:"schemas"`
}

type docsSchema struct {
	Name       string      `yaml:"name"`
	SourceType string      `yaml:"source_type"`
	Tables     []docsTable `yaml:"tables"`
}

type docsTable struct {
	Name         string       `yaml:"name"`
	Schema       string       `yaml:"schema"`
	Description  string       `yaml:"description"`
	Version      string       `yaml:"version"`
	Source       string       `yaml:"source"`
	SourceType   string       `yaml:"source_type"`
	PrimaryKey   string       `yaml:"primary_key"`
	OrderingKey  string       `yaml:"ordering_key"`
	SyncTime     string       `yaml:"sync_time"`
	ActiveDate   string       `yaml:"active_date"`
	Deprecation  *string      `yaml:"deprecation_date"`
	ExpectedEnd  *string      `yaml:"expected_eol_date"`
	ReleaseState string       `yaml:"release_state"`
	ChangeLog    []string     `yaml:"change_log"`
	Columns      []docsColumn `yaml:"columns"`
}

type docsColumn struct {
	Name        string `yaml:"name"`
	Type        string `yaml:"type"`
	Description string `yaml:"description"`
	Example     string `yaml:"example"`
	CreatedDate string `yaml:"created_date"`
	UpdatedDate string `yaml:"updated_date"`
	DeletedDate string `yaml:"deleted_date"`
}

// types are declared for kinds; they do not bind what is written.
var types = map[Kind]string{
	Text: "character varying(65535)", ID: "varchar(191)", UUID: "varchar(36)", Date: "date", Moment: "timestamp without time zone",
	Int: "bigint", Decimal: "double precision", Flag: "boolean", Counts: "character varying(65535)", List: "character varying(65535)",
}

// docsStart is since when tables and columns are described.
const docsStart = "2019-11-01 00:00:00"

// describe returns the description of all tables.
func describe() docsFile {
	exports := docsSchema{Name: "exports", SourceType: "exports"}
	for _, t := range Tables() {
		d := docsTable{
			Name: t.Name, Schema: "metrics", Description: "Rows of " + t.Name, Version: "1",
			Source: "airflow/exports/" + t.Job + ".sql", SourceType: "exports", PrimaryKey: strings.Join(t.Key, ", "),
			SyncTime: map[time.Duration]string{Day: "1d", Hour: "1h", Window: "15m"}[t.Every], ActiveDate: docsStart, ChangeLog: []string{},
		}
		if t.Name == "issue_queues" {
			d.PrimaryKey = "primary-key: " + d.PrimaryKey // as one entry of the page is printed
		}
		for _, c := range t.Columns {
			d.Columns = append(d.Columns, docsColumn{
				Name: c.Name, Type: types[c.Kind], Description: strings.ReplaceAll(c.Name, "_", " "), CreatedDate: docsStart, UpdatedDate: docsStart,
			})
		}
		exports.Tables = append(exports.Tables, d)
	}
	return docsFile{[]docsSchema{exports}}
}

// table returns the description of a table, to be changed.
func (d *docsFile) table(name string) *docsTable {
	for i := range d.Schemas[0].Tables {
		if t := &d.Schemas[0].Tables[i]; t.Name == name {
			return t
		}
	}
	panic("no table " + name)
}

// column returns that of a column.
func (t *docsTable) column(name string) *docsColumn {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	panic("no column " + name)
}

// drop takes a column out.
func (t *docsTable) drop(name string) {
	var rest []docsColumn
	for _, c := range t.Columns {
		if c.Name != name {
			rest = append(rest, c)
		}
	}
	t.Columns = rest
}

// writeDocs writes a day's export_docs.yaml, with _SUCCESS.
func (w *World) writeDocs(ctx context.Context, b Bucket, day time.Time, content []byte) error {
	folder := fmt.Sprintf("%sexport_docs/version=1/format=yaml/dt=%s/", w.config.Folder, day.Format(time.DateOnly))
	at := day.Add(docsHour)
	if err := b.Put(ctx, folder+"export_docs.yaml", content, at); err != nil {
		return err
	}
	return b.Put(ctx, folder+Success, nil, at.Add(time.Second))
}

// docsHour is when the day's description is written.
const docsHour = 3 * time.Hour

// docsStep describes a day as the change leaves it.
func (w *World) docsStep(name string, daysAgo int, change func(*docsFile)) Step {
	return Step{name, func(ctx context.Context, b Bucket) error {
		d := describe()
		change(&d)
		content, err := yaml.Marshal(d)
		if err != nil {
			return fmt.Errorf("write export_docs.yaml: %w", err)
		}
		return w.writeDocs(ctx, b, w.day(daysAgo), content)
	}}
}
