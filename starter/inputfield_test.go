package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/task"
)

// Whatever is wrong in a file that becomes a request is told by its field, however deep, or by its line.
func TestFieldsOfFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		into       any
		text, says string
	}{
		"a duration":             {&httpapi.App{}, `{"name":"n","retry":"soon"}`, `read -: retry: `},
		"a duration of a number": {&httpapi.App{}, `{"retry":3}`, `read -: retry: `},
		"unknown":                {&httpapi.App{}, `{"nome":"n"}`, `read -: nome: unknown field: take it away, or correct its name`},
		"unknown, deep":          {&httpapi.App{}, `{"webhooks":{"content":{"url":"x"}}}`, `read -: webhooks.content.url: unknown field`},
		"in a list":              {&httpapi.App{}, `{"webhooks":{"content":{"headers":[{"name":"a","value":"b"},{"name":3}]}}}`, `read -: webhooks.content.headers[1].name: it must be text in quotes, not number`},
		"a list for an object":   {&httpapi.App{}, `{"callback":[]}`, `read -: callback: it must be an object, not array`},
		"text for a flag":        {&httpapi.App{}, `{"enabled":"yes"}`, `read -: enabled: it must be true or false, not string`},
		"text for a number":      {&httpapi.App{}, `{"webhooks":{"rich":{"maxRetries":"2"}}}`, `read -: webhooks.rich.maxRetries: it must be a whole number, not string`},
		"a broken number":        {&httpapi.App{}, `{"webhooks":{"rich":{"maxRetries":2.5}}}`, `read -: webhooks.rich.maxRetries: it must be a whole number, not number 2.5`},
		"a secret":               {&httpapi.App{}, `{"clientSecret":["a"]}`, `read -: clientSecret: `},
		"no object":              {&httpapi.App{}, `[]`, `read -: it must be an object, not array`},
		"no JSON":                {&httpapi.App{}, "{\n\"name\": \"n\",\n}", `read -: line 3 is no JSON: `},
		"cut short":              {&httpapi.App{}, "{\"name\": \"n\",\n", `read -: line 2 is no JSON: `},
		"a task's window":        {&task.Spec{}, `{"destinations":[{"destination":"d"},{"destination":"e","encryption":{"keys":"k"}}]}`, `read -: destinations[1].encryption.keys: it must be a list, not string`},
	} {
		t.Run(name, func(t *testing.T) {
			err := (&app{environment: environment{in: strings.NewReader(c.text)}}).readJSON("-", c.into)
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "Go ")
			require.NotContains(t, err.Error(), "json: ")
		})
	}
	require.NoError(t, (&app{environment: environment{in: strings.NewReader(`{"NAME":"n","retry":"1d","callback":null}`)}}).readJSON("-", &httpapi.App{}))
}
