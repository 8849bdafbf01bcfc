package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// A run that is red for a record that cannot be written is finished without it only when
// somebody names it.
func testAccept(t *testing.T, b *brand) {
	id := b.task(t, spec("msg.conversations", "csv"))
	red := b.run(t, id, b.hour(spoilHour))
	require.Equal(t, []string{"incomplete", string(fault.Incomplete)}, []string{red.Outcome, red.ErrorKind}, red.Error)
	require.Empty(t, b.files(t, b.partner), "nothing has left")
	out := b.starter(t, "run", "show", red.ID)
	t.Log(out)
	for _, words := range []string{spoilt, "is_first_conversation", "starter run accept " + red.ID + " --record " + spoilt} {
		require.Contains(t, out, words)
	}

	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "nothing is accepted"},
		{[]string{"--empty"}, "not red because it has no rows"},
		{[]string{"--record", "00000000-0000-4000-8000-000000000004"}, "is not in quarantine"},
		{[]string{"--record", spoilt, "--record", "another"}, `"another" is not in quarantine`},
	} {
		out, code := b.starterCode(t, append([]string{"run", "accept", red.ID}, c.args...)...)
		require.Equal(t, 1, code, out)
		require.Contains(t, out, c.says)
		requireClear(t, out)
	}
	r := b.send(t, "/runs/"+red.ID+"/accept", []byte(`{"records": ["another"]}`))
	require.Equal(t, 422, r.status)
	require.Equal(t, []string{"records"}, r.fields())
	require.Len(t, b.history(t), 1, "a refusal starts nothing")

	calls := b.calls(t)
	out = b.starter(t, "run", "accept", red.ID, "--record", spoilt, "--note", "the platform is told", "--watch")
	t.Log(out)
	green := b.end(t, red.ID+".a2")
	require.Equal(t, "delivered", green.Outcome, green.Error)
	require.Equal(t, calls, b.calls(t), "the source is not asked again")
	require.EqualValues(t, 1, green.Rows)
	require.Len(t, green.Receipts, 2)
	for _, receipt := range green.Receipts {
		require.EqualValues(t, 1, receipt.LeftOut)
		require.Equal(t, []any{[]string{spoilt}, "the platform is told"}, []any{receipt.Accepted.Records, receipt.Accepted.Note})
	}
	for _, leg := range []string{b.cloud, b.partner} {
		files := b.data(t, green, leg)
		require.Len(t, files, 1)
		clear := string(files[0].clear(t, receiver(t)))
		require.Contains(t, clear, "000000000004")
		require.NotContains(t, clear, spoilt)
	}
	out, code := b.starterCode(t, "run", "accept", green.ID, "--record", spoilt)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "not red because of records in quarantine")
}
