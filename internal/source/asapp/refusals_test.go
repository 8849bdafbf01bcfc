package asapp_test

import (
	"fmt"
	"os"
	"path"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
	"transporter/internal/realtest"
)

// refusals are what is wrong with a bucket, with its keys or with this machine: one clear state each, nothing
// half imported, and the window is read once it is put right.
var refusals = map[string]func(*testing.T, *scene){
	"broken gzip": func(t *testing.T, s *scene) {
		s.step("three splits")
		folder := path.Join(s.bucket.Server.Data, s.bucket.Name, "utterances/version=1/format=jsonl", fifth)
		require.Equal(t, 1, realtest.Spoil(t, folder, func(p string) bool { return path.Base(p) == "utterances.jsonl.01.gz" }, func(file *os.File, last int64) {
			info, err := file.Stat()
			require.NoError(t, err)
			realtest.FlipLast(t, file, last/2)
			require.NoError(t, os.Chtimes(file.Name(), info.ModTime(), info.ModTime()))
		}))
		hour := hours("utterances", 5, 6)
		s.refuses(hour, fault.PartialData, "utterances.jsonl.01.gz is not whole gzip")
		require.NotZero(t, s.wire.count(), "of the two that are whole nothing is kept either")
		s.step("two splits, with changed and removed rows; the old third stays")
		s.takes(hour)
		s.isTrue("utterances")
	},
	"no list permission": func(t *testing.T, s *scene) {
		s.step("three splits")
		s.policy("s3:GetObject")
		s.stranger()
		said := s.refuses(hours("utterances", 5, 6), fault.PermissionDenied, "AccessDenied")
		require.Contains(t, said.Fix, "ask for s3:ListBucket")
		require.Zero(t, s.wire.count(), "it is not taken for a leaf that is not there")
		s.policy("s3:GetObject", "s3:ListBucket")
		require.Equal(t, 3, s.takes(hours("utterances", 5, 6)).files)
	},
	"403 on objects": func(t *testing.T, s *scene) {
		s.step("three splits")
		s.policy("s3:ListBucket")
		s.stranger()
		said := s.refuses(hours("utterances", 5, 6), fault.PermissionDenied, "AccessDenied")
		require.Contains(t, said.Fix, "s3:GetObject")
		require.False(t, said.Kind.Retryable(), "somebody must give the right")
	},
	"revoked key": func(t *testing.T, s *scene) {
		s.step("three splits")
		hour := hours("utterances", 5, 6)
		s.door.AccessKey = "revoked"
		said := s.refuses(hour, fault.AuthFailed, "InvalidAccessKeyId")
		require.Contains(t, said.Fix, "the key was revoked")
		require.Equal(t, "credentials.s3.accessKeyId", said.Field)
		s.door.AccessKey, s.door.SecretKey = realtest.S3Key, "another-secret"
		said = s.refuses(hour, fault.AuthFailed)
		require.Equal(t, "credentials.s3.secretAccessKey", said.Field)
		require.NotContains(t, said.Error()+said.Fix, "another-secret")
		s.door.SecretKey = realtest.S3Secret
		require.Equal(t, 3, s.takes(hour).files)
	},
	"clock an hour off": func(t *testing.T, s *scene) {
		s.step("three splits")
		hour := hours("utterances", 5, 6)
		for _, off := range []time.Duration{-time.Hour, time.Hour} {
			s.door.Now = func() time.Time { return time.Now().Add(off) }
			said := s.refuses(hour, fault.Upstream, "the clock of this machine and the store's differ by 1h0m0s")
			require.Equal(t, "clock", said.Field)
			require.True(t, said.Kind.Retryable(), "it goes on by itself once the clock is right")
		}
		s.door.Now = time.Now
		require.Equal(t, 3, s.takes(hour).files)
	},
}

// refusalScenario is what they all read.
const refusalScenario = "same-partition re-export"

// policy lets the stranger do some things with the bucket.
func (s *scene) policy(actions ...string) {
	s.t.Helper()
	text := ""
	for _, a := range actions {
		resource := s.bucket.Name
		if a == "s3:GetObject" {
			resource += "/*"
		}
		text += fmt.Sprintf(`,{"Effect":"Allow","Principal":"%s","Action":"%s","Resource":"arn:aws:s3:::%s"}`, realtest.StrangerKey, a, resource)
	}
	_, err := s.bucket.Server.PutBucketPolicy(s.t.Context(), &awss3.PutBucketPolicyInput{
		Bucket: &s.bucket.Name, Policy: aws.String(`{"Statement":[` + text[1:] + `]}`),
	})
	require.NoError(s.t, err)
}

func (s *scene) stranger() {
	s.door.AccessKey, s.door.SecretKey = realtest.StrangerKey, realtest.StrangerSecret
}
