package config_test

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"transporter/internal/config"
)

func TestBind(t *testing.T) {
	env := map[string]string{"TRANSPORTER_TOKEN_FILE": "from-env", "TRANSPORTER_LISTEN": "from-env", "TRANSPORTER_WAIT": "5s"}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	token := flags.String("token-file", "default", "where the token is")
	listen := flags.String("listen", "default", "where to listen")
	store := flags.String("store", "default", "where things are kept")
	wait := flags.Duration("wait", time.Second, "how long")
	config.Transporter.Describe(flags)
	require.Contains(t, flags.FlagUsages(), "[TRANSPORTER_TOKEN_FILE]")
	require.NoError(t, flags.Parse([]string{"--listen", "from-line"}))
	require.NoError(t, config.Transporter.Bind(flags, lookup))
	require.Equal(t, []any{"from-env", "from-line", "default", 5 * time.Second}, []any{*token, *listen, *store, *wait})

	env["TRANSPORTER_WAIT"] = "soon-and-secret"
	again := pflag.NewFlagSet("test", pflag.ContinueOnError)
	again.Duration("wait", time.Second, "how long")
	err := config.Transporter.Bind(again, lookup)
	require.ErrorContains(t, err, "TRANSPORTER_WAIT")
	require.NotContains(t, err.Error(), "secret")
}
