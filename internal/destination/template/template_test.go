package template_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/template"
	"transporter/internal/fault"
)

var file = destination.File{
	Name: "wfm/a b.csv", Size: 10, SHA256: "abc",
	About: destination.About{
		Role: destination.Data, Delivery: "acme/t/g1/w/r0/l", Account: "12345678", Task: "t", Description: "Daily, für alle", Report: "msg.messages@1.0",
		Format: "csv", From: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Zone: "Europe/Madrid", Part: 1, Parts: 2, Rows: 7,
	},
}

func TestFill(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "",
		"plain":                                 "plain",
		"{name}|{file}":                         "wfm/a b.csv|a b.csv",
		"{part}/{parts} {rows}":                 "1/2 7",
		"{size} {sha256} {role} {format}":       "10 abc data csv",
		"{from}..{to} {zone}":                   "2026-11-19T00:00:00Z..2026-11-20T00:00:00Z Europe/Madrid",
		"{account} {task} {report} r{revision}": "12345678 t msg.messages@1.0 r0",
		"{delivery}: {description}":             "acme/t/g1/w/r0/l: Daily, für alle",
	} {
		tmpl, err := template.Parse("text", text, template.FileFields())
		require.NoError(t, err)
		require.Equal(t, want, tmpl.Fill(template.File(file), nil))
		require.Equal(t, text == "", tmpl.IsZero())
	}
	tmpl, err := template.Parse("text", "{files} files, {rows} rows", template.DeliveryFields())
	require.NoError(t, err)
	require.Equal(t, "2 files, 14 rows", tmpl.Fill(template.Delivery(file.About, []destination.File{file, file}), nil))
}

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		parse    func() error
		at, says string
	}{
		"an unknown field":       {text("{rowz}"), "text", `there is no field "{rowz}" (use {account}, `},
		"a lone brace":           {text("{name"), "text", `no field "{"`},
		"a brace too many":       {text("{name}}"), "text", `no field "}"`},
		"no url":                 {url(""), "url", "https://files.example.com/"},
		"another scheme":         {url("ftp://files.example.com"), "url", "https://"},
		"http to the world":      {url("http://files.example.com/{name}"), "url", "use https"},
		"credentials":            {url("https://u:p@files.example.com/{name}"), "url", "auth basic"},
		"a field in the host":    {url("https://{account}.example.com/{name}"), "url", "address of a receiver"},
		"a fragment":             {url("https://files.example.com/{name}#x"), "url", "fragment"},
		"an unknown field there": {url("https://files.example.com/{fil}"), "url", "{name}"},
		"a path that climbs":     {url("https://files.example.com/in/../{name}"), "url", "part . or .. (write the folder"},
		"one that hides it":      {url("https://files.example.com/in/%2E%2e/{name}"), "url", "part . or .."},
		"a line end":             {url("https://files.example.com/\r\n{name}"), "url", "%XX"},
		"no name of a header":    {header("X Y", "1"), "headers.X Y", "not the name"},
		"a header of two lines":  {header("X", "1\r\nEvil: 2"), "headers.X", "visible"},
		"an unknown value":       {header("X", "{secret}"), "headers.X", "no field"},
		"a header of ours":       {header("idempotency-key", "1"), "headers.idempotency-key", "itself"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.parse()
			var f *fault.Error
			require.True(t, errors.As(err, &f), "%v", err)
			require.Equal(t, fault.InvalidSpec, f.Kind)
			require.Equal(t, c.at, f.Field)
			require.ErrorContains(t, err, c.says)
		})
	}
	for _, near := range []string{"http://127.0.0.1:8080/{name}", "http://localhost/{name}", "http://10.1.2.3/", "http://[::1]:80/", "https://files.example.com"} {
		require.NoError(t, url(near)(), near)
	}
}

// What a task is called takes no file elsewhere.
func TestFillStaysInItsFolder(t *testing.T) {
	u, err := template.ParseURL("url", "https://files.example.com/in/{description}/{name}")
	require.NoError(t, err)
	for description, stays := range map[string]bool{"..": false, "a/../../b": false, ".": false, "...": true, "a..b": true, "%2e%2e": true, "": true} {
		values := template.File(file)
		values["description"] = description
		filled, err := u.Fill(values, nil)
		require.Equal(t, stays, err == nil, "%q: %v", description, err)
		require.Equal(t, !stays, fault.Is(err, fault.InvalidSpec), "%q: %v", description, err)
		if stays {
			require.True(t, strings.HasPrefix(filled.EscapedPath(), "/in/"), filled)
		}
	}
}

func text(s string) func() error {
	return func() error { _, err := template.Parse("text", s, template.FileFields()); return err }
}

func url(s string) func() error {
	return func() error { _, err := template.ParseURL("url", s); return err }
}

func header(name, value string) func() error {
	return func() error { _, err := template.ParseHeaders("headers", map[string]string{name: value}); return err }
}
