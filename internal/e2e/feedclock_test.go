package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/realtest"
)

// A store whose clock is an hour off takes no request of ours: the run says so and waits, nothing of the hour is
// taken in, and it goes on by itself once the clocks agree.
func testFeedClock(t *testing.T, f *feedStack) {
	t.Parallel()
	bucket := f.store.Bucket(t)
	source := f.feedSource("")
	source.Feeds.S3.Bucket = bucket
	f = f.with(t, source)
	folder := "sms_events/version=1/format=jsonl/dt=" + f.yesterday().Format(time.DateOnly) + "/hr=05/"
	f.put(t, bucket, folder+"sms_events.jsonl", `{"sms_flow_id":"a"}`)
	f.put(t, bucket, folder+"_SUCCESS", "")
	for name, ahead := range map[string]time.Duration{"ahead": time.Hour, "behind": -time.Hour} {
		x := f.feedTask(t, "sms_events", map[string]string{"ahead": "changes", "behind": "leaf"}[name])
		f.door.isAhead(bucket, ahead)
		run := x.begins(t, f.hours(5, 6))
		x.says(t, run, contract.ActivityAwait, "the clock of this machine and the store's differ by 1h0m0s", "keep it by NTP")
		require.Empty(t, x.sets(t))
		f.door.isAhead(bucket, 0)
		x.goesOn(t, run)
		require.Len(t, x.has(t), 1)
	}
}

// isAhead has the server's clock be ahead of ours, for requests for a bucket.
func (d *feedDoor) isAhead(bucket string, by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ahead[bucket] = by
}

// aheadOf is how much the clock is ahead for a request.
func (d *feedDoor) aheadOf(r *http.Request) time.Duration {
	bucket, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ahead[bucket]
}

// sign signs a request as long ago as it seems to a server whose clock is ahead.
func (d *feedDoor) sign(r *http.Request) {
	ahead := d.aheadOf(r)
	if ahead == 0 {
		return
	}
	r.Header.Del("Authorization")
	keys := aws.Credentials{AccessKeyID: realtest.S3Key, SecretAccessKey: realtest.S3Secret}
	_ = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).
		SignHTTP(r.Context(), keys, r, r.Header.Get("X-Amz-Content-Sha256"), "s3", realtest.S3Region, time.Now().Add(-ahead)) // unsigned it is refused, too
}

// tell has an answer say what time it is by a clock that is ahead.
func (d *feedDoor) tell(r *http.Response) {
	if ahead := d.aheadOf(r.Request); ahead != 0 {
		r.Header.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
	}
}
