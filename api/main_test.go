package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFlags(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no store":       {nil, "--store"},
		"unknown role":   {[]string{"--role=web"}, "--role"},
		"empty prefix":   {[]string{"--store=file:///x", "--secret-env-prefix="}, "--secret-env-prefix"},
		"stray argument": {[]string{"--store=file:///x", "serve"}, "serve"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(c.args, none)
			require.ErrorContains(t, err, c.says)
		})
	}
	o, err := parse([]string{"--role=codec"}, none)
	require.NoError(t, err)
	require.Equal(t, defaultCodec, o.listen)
	o, err = parse(nil, func(name string) (string, bool) { return "file:///from/env", name == "TRANSPORTER_STORE" })
	require.NoError(t, err)
	require.Equal(t, []string{"file:///from/env", defaultAPI}, []string{o.store, o.listen})
}
