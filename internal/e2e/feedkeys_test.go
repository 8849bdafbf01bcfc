package e2e

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/httpapi"
	"transporter/internal/realtest"
)

// A key that may not list, that may not read, or that was revoked turns the run red with one error that says
// what to ask for; once it is put right the run is finished.
func testFeedKeys(t *testing.T, f *feedStack) {
	t.Parallel()
	bucket := f.store.Bucket(t)
	own := f.feedSource("")
	own.Feeds.S3.Bucket = bucket
	keyed := func(id, secret string) httpapi.Source {
		s := own
		s.Credentials = &httpapi.SourceCredentials{S3: &httpapi.FeedKeys{AccessKeyID: httpapi.SecretValue(id), SecretAccessKey: httpapi.SecretValue(secret)}}
		return s
	}
	f = f.with(t, keyed(realtest.StrangerKey, realtest.StrangerSecret))
	for _, hour := range []string{"05", "06"} {
		folder := "sms_events/version=1/format=jsonl/dt=" + f.yesterday().Format("2006-01-02") + "/hr=" + hour + "/"
		f.put(t, bucket, folder+"sms_events.jsonl", `{"sms_flow_id":"`+hour+`"}`)
		f.put(t, bucket, folder+"_SUCCESS", "")
	}
	x := f.feedTask(t, "sms_events", "changes")
	red := x.red(t, x.begins(t, f.hours(5, 6)), string(fault.PermissionDenied), "AccessDenied", "s3:ListBucket")
	f.allow(t, bucket, "s3:ListBucket")
	red = x.redAgain(t, red, string(fault.PermissionDenied), "AccessDenied", "s3:GetObject")
	require.Empty(t, x.sets(t))
	f.allow(t, bucket, "s3:ListBucket", "s3:GetObject")
	require.Equal(t, contract.OutcomeDelivered, x.resume(t, red.ID).Outcome)
	require.Len(t, x.has(t), 1)

	replace := func(id, secret string) {
		_, err := f.api.Sources(f.account).Replace(t.Context(), f.source, keyed(id, secret), apiclient.Write{})
		require.NoError(t, err)
	}
	replace("revoked", "secret-of-nobody")
	red = x.red(t, x.begins(t, f.hours(6, 7)), string(fault.AuthFailed), "InvalidAccessKeyId", "the key was revoked", "credentials.s3.accessKeyId")
	replace(realtest.S3Key, "secret-of-nobody")
	red = x.redAgain(t, red, string(fault.AuthFailed), "credentials.s3.secretAccessKey")
	require.NotContains(t, red.Error, "secret-of-nobody")
	require.Len(t, x.has(t), 1, "nothing of the hour is delivered")
	replace(realtest.S3Key, realtest.S3Secret)
	require.Equal(t, contract.OutcomeDelivered, x.resume(t, red.ID).Outcome)
	require.Len(t, x.has(t), 2)
}

// redAgain resumes a red run, which must be red for another reason.
func (x feedTask) redAgain(t *testing.T, run httpapi.RunDetail, kind string, words ...string) httpapi.RunDetail {
	t.Helper()
	started, err := x.api.Resume(t.Context(), x.account, run.ID)
	require.NoError(t, err)
	return x.red(t, started.Run, kind, words...)
}

// allow lets the stranger do some things with a bucket.
func (f *feedStack) allow(t *testing.T, bucket string, actions ...string) {
	t.Helper()
	text := ""
	for _, a := range actions {
		resource := bucket
		if a == "s3:GetObject" {
			resource += "/*"
		}
		text += fmt.Sprintf(`,{"Effect":"Allow","Principal":"%s","Action":"%s","Resource":"arn:aws:s3:::%s"}`, realtest.StrangerKey, a, resource)
	}
	policy := `{"Statement":[` + text[1:] + `]}`
	_, err := f.store.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy})
	require.NoError(t, err)
}
