package devstack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PublicURL is where platforms would reach the api. The sandbox, which posts only to https:// as
// the platform does, is told to go to the api itself instead (--webhook-host).
const PublicURL = "https://connector.localhost"

// StartAPI starts the HTTP API.
func (s *Stack) StartAPI(ctx context.Context) (err error) {
	s.API, err = Start(ctx, Program{
		Name: "api", Path: filepath.Join(s.Bin, "api"), Dir: s.Logs(), Env: s.temporalEnv(),
		Ready: answering(s.APIURL() + "/readyz"),
		Args: append([]string{
			"--listen", Local(s.Ports.API), "--keys", s.Keys(), "--store", s.Store(), "--token-file", s.TokenFile(),
			"--temporal-ui", s.UIURL(), "--metrics-listen", Local(s.Ports.APIMetrics),
			"--public-url", PublicURL, "--allow", Local(s.Ports.Sandbox), // links to credential files
		}, s.Config.API...),
	})
	return err
}

// StartCodec starts the process that decodes payloads for the Temporal UI on this machine.
func (s *Stack) StartCodec(ctx context.Context) (err error) {
	ui := fmt.Sprintf("http://127.0.0.1:%d,http://localhost:%d", s.Ports.UI, s.Ports.UI)
	s.Codec, err = Start(ctx, Program{
		Name: "codec", Path: filepath.Join(s.Bin, "api"), Dir: s.Logs(), Env: s.temporalEnv(), Ready: listening(s.Ports.Codec),
		Args: []string{
			"--role", "codec", "--listen", Local(s.Ports.Codec), "--keys", s.Keys(), "--codec-loopback", "--codec-origin", ui,
		},
	})
	return err
}

// Token returns the API's bearer token.
func (s *Stack) Token() (string, error) {
	b, err := os.ReadFile(s.TokenFile())
	return strings.TrimSpace(string(b)), err
}
