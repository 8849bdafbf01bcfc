package main

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"transporter/internal/config"
	"transporter/internal/fault"
)

// parsed returns the configuration of flags and variables.
func parsed(t *testing.T, args []string, env map[string]string) (*options, error) {
	c := defaults()
	f := pflag.NewFlagSet("worker", pflag.ContinueOnError)
	c.flags(f)
	require.NoError(t, f.Parse(args))
	err := config.Transporter.Bind(f, func(name string) (string, bool) { v, ok := env[name]; return v, ok })
	if err == nil {
		err = c.validate()
	}
	return c, err
}

func TestConfig(t *testing.T) {
	c, err := parsed(t, []string{"--store", "file:///s", "--roles", "fetch,deliver", "--heartbeat=5s", "--metrics-listen="}, map[string]string{
		"TRANSPORTER_KEYS": "/keys", "TRANSPORTER_HEARTBEAT": "9s", "TRANSPORTER_ALLOW": "127.0.0.1:1,h:2",
	})
	require.NoError(t, err)
	require.Equal(t, []string{"fetch", "deliver"}, c.roles)
	require.Equal(t, "/keys", c.keys)
	require.Equal(t, 5*time.Second, c.heartbeat, "a flag wins over its variable")
	require.Empty(t, c.metricsListen)
	require.Equal(t, []string{"127.0.0.1:1", "h:2"}, c.allow)
}

func TestConfigRefusals(t *testing.T) {
	good := []string{"--store=file:///s", "--keys=/k"}
	for name, c := range map[string]struct {
		args []string
		env  map[string]string
		says string
	}{
		"no store":         {[]string{"--keys=/k"}, nil, "--store"},
		"no keys":          {[]string{"--store=file:///s"}, nil, "--keys"},
		"unknown role":     {append(good, "--roles=fetch,cook"), nil, `--roles: "cook"`},
		"no role":          {append(good, "--roles="), nil, "--roles"},
		"restless":         {append(good, "--heartbeat=10ms"), nil, "--heartbeat"},
		"no memory":        {append(good, "--memory=1"), nil, "--memory"},
		"no address":       {append(good, "--public-url=files.example.com"), nil, "--public-url"},
		"negative quota":   {append(good, "--cloud-quota=-1"), nil, "--cloud-quota"},
		"a month of talk":  {append(good, "--keep-conversations=720h"), nil, "--keep-conversations: 720h0m0s is too short"},
		"half a version":   {append(good, "--build-id=1"), nil, "--build-id"},
		"unreadable value": {good, map[string]string{"TRANSPORTER_MEMORY": "lots"}, "TRANSPORTER_MEMORY"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parsed(t, c.args, c.env)
			require.ErrorContains(t, err, c.says)
			if c.env == nil {
				require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
			}
		})
	}
}
