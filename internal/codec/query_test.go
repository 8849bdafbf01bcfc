package codec_test

import (
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"transporter/internal/codec"
	"transporter/internal/realtest"
	"transporter/internal/temporalx/temporaltest"
)

// The command line of Temporal reads what a workflow answers through a codec that only decodes: the documented way.
func TestTemporalsCommandLineQueriesThroughTheCodec(t *testing.T) {
	s := temporaltest.Start(t, temporaltest.Options{})
	c := s.Client()
	s.Worker(c, "q", func(r worker.Registry) {
		r.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			if err := workflow.SetQueryHandler(ctx, "view", func() (string, error) { return "as it stands", nil }); err != nil {
				return err
			}
			workflow.GetSignalChannel(ctx, "end").Receive(ctx, nil)
			return nil
		}, workflow.RegisterOptions{Name: "Asked"})
	})
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "w", TaskQueue: "q"}, "Asked")
	require.NoError(t, err)
	web := httptest.NewServer(codec.Handler(codec.HandlerOptions{
		Codecs: map[string]*codec.Codec{s.Namespace: codec.New(s.Keys, s.Namespace)}, Authorize: codec.BearerToken(token),
	}))
	t.Cleanup(web.Close)
	query := func(args ...string) (string, error) {
		all := append([]string{"workflow", "query", "--address", s.Address, "--namespace", s.Namespace, "--workflow-id", "w", "--type", "view"}, args...)
		out, err := exec.CommandContext(t.Context(), realtest.Tool(t, "TEMPORAL_CLI", "temporal"), all...).CombinedOutput()
		return string(out), err
	}
	out, err := query("--codec-endpoint", web.URL, "--codec-auth", "Bearer "+token)
	require.NoError(t, err, out)
	require.Contains(t, out, "as it stands")
	out, _ = query()
	require.NotContains(t, out, "as it stands", "nobody reads it without the codec")
	out, err = query("--codec-endpoint", web.URL, "--codec-auth", "Bearer "+token, "--input", `"more"`)
	require.Error(t, err, out)
}
