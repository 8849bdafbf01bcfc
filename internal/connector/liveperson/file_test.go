package liveperson

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/connector"
	"transporter/internal/fault"
)

func TestAFileGoesThereAndBack(t *testing.T) {
	c := startCloud(t)
	who := consumer1()
	at := c.open(t, who)
	content := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 5000)...)
	path, err := c.Upload(t.Context(), who, "PNG", int64(len(content)), bytes.NewReader(content))
	require.NoError(t, err)
	n, err := c.Publish(t.Context(), who, at, encode(map[string]any{
		"type": "ContentEvent", "contentType": "hosted/file", "message": map[string]string{"relativePath": path, "fileType": "PNG", "caption": "x"},
	}), nil)
	require.NoError(t, err)
	require.Equal(t, 0, n)

	body, err := c.Download(t.Context(), who, path)
	require.NoError(t, err)
	defer body.Close()
	back, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Equal(t, content, back)

	_, err = c.Download(t.Context(), who, "/v1/AUTH_async-images/other/file.PNG")
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
}

func TestFilesThatThePlatformDoesNotTake(t *testing.T) {
	c := startCloud(t)
	for name, f := range map[string]struct {
		kind string
		size int64
		text string
	}{
		"a kind":    {"PDF", 10, "JPG, JPEG, PNG, GIF"},
		"empty":     {"PNG", 0, "1 byte to 3 MB"},
		"too large": {"PNG", maxFile + 1, "1 byte to 3 MB"},
		"too short": {"PNG", 20, "has not the 20 bytes"},
		"too long":  {"PNG", 5, "has not the 5 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.Upload(t.Context(), connector.Consumer{ID: "x"}, f.kind, f.size, strings.NewReader("0123456789"))
			require.ErrorContains(t, err, f.text)
			require.False(t, fault.KindOf(err).Retryable())
		})
	}
	require.Empty(t, c.wire.all, "nobody was asked")
}
