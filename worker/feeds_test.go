package main

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/guard"
	"transporter/internal/pgp"
	"transporter/internal/realtest"
	"transporter/internal/seal"
)

// A source of feeds as an account keeps it opens to its bucket, and to what is encrypted there; over
// the guarded dialer alone.
func TestDoorOfABucket(t *testing.T) {
	t.Parallel()
	g := realtest.StartS3(t)
	bucket := g.Bucket(t)
	pair, err := pgp.GenerateKey(pgp.Options{Name: "Acme", Email: "acme@example.com", Passphrase: "ten characters or more", Algorithm: "ed25519", Now: time.Now()})
	require.NoError(t, err)
	public, err := pgp.ParseKey(pair.Public)
	require.NoError(t, err)
	var closed bytes.Buffer
	w, err := pgp.Encrypt(&closed, []*pgp.Key{public}, pgp.Message{Now: time.Now()})
	require.NoError(t, err)
	_, err = io.WriteString(w, "a line\n")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = g.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("exports/feed/x.enc"), Body: bytes.NewReader(closed.Bytes())})
	require.NoError(t, err)

	key, err := seal.GenerateKey()
	require.NoError(t, err)
	secret, err := json.Marshal(map[string]any{
		"s3":      map[string]string{"accessKeyId": realtest.S3Key, "secretAccessKey": realtest.S3Secret},
		"decrypt": []map[string]string{{"privateKey": pair.Private, "passphrase": "ten characters or more"}},
	})
	require.NoError(t, err)
	sealed, err := seal.Close(key.Public(), "acme", secret)
	require.NoError(t, err)
	source := account.Source{
		Meta: account.Meta{ID: "src"}, Kind: account.SourceASAPP, Secret: sealed,
		Feeds: &account.Feeds{S3: &account.FeedBucket{Bucket: bucket, Prefix: "exports", Endpoint: g.URL, PathStyle: true}},
	}
	// The sandbox's clock is not what requests are signed by.
	ahead := func() time.Time { return time.Now().Add(time.Hour) }
	a := &adapters{key: key, dialer: guard.New(guard.Config{Allow: []string{"127.0.0.1:*"}}), now: ahead}
	door, keys, err := a.door("acme", source)
	require.NoError(t, err)
	found := 0
	for o, err := range door.List(t.Context(), "feed/") {
		require.NoError(t, err)
		body, err := door.Open(t.Context(), o)
		require.NoError(t, err)
		clear, err := keys.Decrypt(body)
		require.NoError(t, err)
		line, err := io.ReadAll(clear)
		require.NoError(t, err)
		require.Equal(t, "a line\n", string(line))
		require.NoError(t, body.Close())
		found++
	}
	require.Equal(t, 1, found)
	same, _, err := a.door("acme", source)
	require.NoError(t, err)
	require.Same(t, door, same, "its connections are used again")
	other := source
	other.Feeds = &account.Feeds{S3: &account.FeedBucket{Bucket: bucket, Prefix: "elsewhere", Endpoint: g.URL, PathStyle: true}}
	edited, _, err := a.door("acme", other)
	require.NoError(t, err)
	require.NotSame(t, door, edited)

	a = &adapters{key: key, dialer: guard.New(guard.Config{}), now: time.Now}
	door, _, err = a.door("acme", source)
	require.NoError(t, err)
	for _, err := range door.List(t.Context(), "feed/") {
		require.True(t, fault.Is(err, fault.PermissionDenied), "%v", err)
		require.ErrorContains(t, err, "--allow")
	}
	source.Feeds = nil
	_, _, err = a.door("acme", source)
	require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
}
