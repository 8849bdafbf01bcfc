package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/relay"
	"transporter/internal/sandbox/live"
)

// badLine is how webhooks reach us: twice, out of order, and judged failed though they came.
var badLine = []string{
	"--webhook-duplicate", "0.1", "--webhook-reorder", "10", "--webhook-fail", "0.05", "--webhook-speed", "20",
}

// crowd is how much is said.
type crowd struct {
	conversations, messages int // messages each way
	kills                   int // of each of worker, api and Temporal server
}

func TestNothingIsLostWhenProgramsAreKilled(t *testing.T) {
	noLoss(t, crowd{conversations: 8, messages: 5, kills: 1})
}

// noLoss holds conversations while programs are killed, and compares what both sides have.
func noLoss(t *testing.T, c crowd) {
	s := startTalking(t, options{sandbox: badLine})
	ids := make([]string, c.conversations)
	var done atomic.Int64
	total := int64(c.conversations * c.messages)
	talk, ctx := errgroup.WithContext(t.Context())
	talk.SetLimit(32)
	killed := make(chan error, 1)
	go func() { killed <- s.killAll(ctx, c.kills, total, &done) }()
	began := time.Now()
	for i := range ids {
		talk.Go(func() (err error) {
			ids[i], err = s.chat(ctx, t, fmt.Sprint("consumer-", i), c.messages, &done)
			return err
		})
	}
	require.NoError(t, talk.Wait())
	require.NoError(t, <-killed)
	t.Logf("%d messages each way in %s", total, time.Since(began).Round(time.Second))
	looked := ""
	t.Cleanup(func() { s.explain(t, looked) })
	for _, id := range ids {
		looked = id
		s.sameTranscript(t, id)
		eventually(t, "every message at the channel of "+id, func() bool {
			return len(s.channel.heard(id, relay.TypeMessage)) >= c.messages
		})
		for i, m := range s.channel.heard(id, relay.TypeMessage) {
			require.Contains(t, string(m.Event), fmt.Sprintf(`"answer %d"`, i), "in order, each once")
		}
	}
	require.Empty(t, s.channel.disorder)
	t.Logf("all of it told by %s", time.Since(began).Round(time.Second))
}

// explain shows what the conversation's workflow is at, if the test has failed on it.
func (s *talking) explain(t *testing.T, id string) {
	if !t.Failed() || id == "" {
		return
	}
	ctx := context.WithoutCancel(t.Context())
	told := len(s.channel.heard(id, relay.TypeMessage))
	view, err := s.conversations.Get(ctx, id)
	t.Logf("conversation %s: %d messages at the channel, view %+v, %v", id, told, view, err)
	d, err := s.client(t).DescribeWorkflowExecution(ctx, contract.ConversationID(s.account, id), "")
	if err != nil {
		t.Log(err)
		return
	}
	for _, a := range d.PendingActivities {
		t.Logf("%s %s, attempt %d, next at %s: %v", a.ActivityType.GetName(), a.State, a.Attempt, a.NextAttemptScheduleTime.AsTime(), a.LastFailure)
	}
}

// chat is one conversation: the consumer says something, an agent answers.
func (s *talking) chat(ctx context.Context, t *testing.T, consumer string, messages int, done *atomic.Int64) (id string, err error) {
	err = insist(ctx, func() error {
		out, err := s.conversations.Open(ctx, httpapi.ConversationRequest{App: s.app, Consumer: consumer, Message: "hello"}, apiclient.Write{Key: "open-" + consumer})
		id = out.ID
		return err
	})
	if err != nil {
		return id, err
	}
	s.act(t, id, live.Act{Act: "accept"})
	for i := range messages {
		body := httpapi.MessageRequest{Text: fmt.Sprint("question ", i)}
		var sent httpapi.Sent
		if err := insist(ctx, func() (err error) {
			sent, err = s.conversations.Send(ctx, id, body, apiclient.Write{Key: fmt.Sprintf("%s-%d", consumer, i)})
			return err
		}); err != nil {
			return id, err
		}
		if sent.Sequence == nil {
			return id, fmt.Errorf("message %d of %s has no number", i, id)
		}
		s.act(t, id, live.Act{Act: "mark", Status: "ACCEPT"}, live.Act{Act: "say", Text: fmt.Sprint("answer ", i)})
		done.Add(1)
	}
	return id, nil
}

// insist repeats what failed because nobody answered, as a channel must, under the same key.
func insist(ctx context.Context, try func() error) error {
	for deadline := time.Now().Add(patience); ; {
		err := try()
		var refused *apiclient.Error
		if err == nil || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError && refused.Status != http.StatusTooManyRequests {
			return err
		}
		time.Sleep(glance)
	}
}

// killAll kills worker, api and Temporal server in turn, spread over what is said.
func (s *talking) killAll(ctx context.Context, times int, total int64, done *atomic.Int64) error {
	programs := []struct {
		kill  func()
		start func(context.Context) error
	}{
		{func() { s.Worker.Kill() }, s.StartWorker},
		{func() { s.API.Kill() }, s.StartAPI},
		{func() { s.Temporal.Kill() }, s.StartTemporal},
	}
	all := int64(times * len(programs))
	for n := range all {
		for done.Load() < total*(n+1)/(all+1) {
			if ctx.Err() != nil {
				return fmt.Errorf("killed %d of %d times: %w", n, all, ctx.Err())
			}
			time.Sleep(glance)
		}
		p := programs[n%int64(len(programs))]
		p.kill()
		if err := p.start(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	return nil
}
