//go:build soak && linux

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/apiclient"
	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/task"
)

const (
	scaleAccounts = 134 // of 15 tasks each: 2,010
	scaleCallers  = 8   // that create at once
	scaleLists    = 5   // of each account's tasks
	idleFor       = time.Minute
	ticksASecond  = 100 // USER_HZ of Linux on every platform that Go runs on, see proc(5)
)

// Two thousand tasks on one machine, none of them due during the test: how fast they are
// made, how long a list takes, how large an account is, and what all of it costs at rest.
// The figures are those of docs/benchmarks.md.
func TestScale(t *testing.T) {
	s := start(t, options{})
	brands := make([]*brand, scaleAccounts)
	for i := range brands {
		brands[i] = s.crowded(t, i)
	}
	creation := s.fill(t, brands)
	tasks := scaleAccounts * account.DefaultTasks
	t.Logf("%d tasks of %d accounts by %d callers in %.1f s: %.1f a second; p50 %s, p99 %s",
		tasks, scaleAccounts, scaleCallers, creation.took.Seconds(), float64(tasks)/creation.took.Seconds(), creation.at(50), creation.at(99))

	var lists latencies
	for range scaleLists {
		for _, b := range brands {
			lists.time(func() {
				all, err := b.api.Tasks(b.account).List(t.Context())
				require.NoError(t, err)
				require.Len(t, all, account.DefaultTasks)
			})
		}
	}
	t.Logf("list of %d tasks: p50 %s, p99 %s of %d", account.DefaultTasks, lists.at(50), lists.at(99), len(lists.each))
	d, err := s.client(t).DescribeWorkflowExecution(t.Context(), contract.AccountID(brands[0].account), "")
	require.NoError(t, err)
	t.Logf("history of an account: %d events, %d bytes", d.WorkflowExecutionInfo.HistoryLength, d.WorkflowExecutionInfo.HistorySizeBytes)
	s.rest(t)
}

// crowded defines an account that may have all its tasks of one report.
func (s *stack) crowded(t *testing.T, n int) *brand {
	t.Helper()
	a, err := s.api.Accounts().Create(t.Context(), httpapi.Account{Description: fmt.Sprint("Brand ", n), Zone: "Europe/Madrid"}, apiclient.Write{})
	require.NoError(t, err)
	b := &brand{stack: s, account: a.ID}
	_, err = s.api.SetPlan(t.Context(), b.account, httpapi.Plan{
		Plan: account.PlanPremium, Limits: httpapi.Limits{PerReport: account.DefaultTasks},
	}, apiclient.Write{})
	require.NoError(t, err)
	source, err := s.api.Sources(b.account).Create(t.Context(), s.sourceBody(t), apiclient.Write{})
	require.NoError(t, err)
	b.source = source.ID
	b.cloud = b.destination(t, httpapi.Destination{Kind: "store", Description: "Cloud store"})
	return b
}

// fill makes every account's tasks and returns how long each took. The next fire is half a
// day away.
func (s *stack) fill(t *testing.T, brands []*brand) *latencies {
	t.Helper()
	l, work := &latencies{}, make(chan *brand)
	at := time.Now().UTC().Add(12 * time.Hour).Format("15:04")
	began := time.Now()
	var wg sync.WaitGroup
	for range scaleCallers {
		wg.Go(func() {
			for b := range work {
				for i := range account.DefaultTasks {
					v := spec("msg.conversations", "csv")
					v.Frequency, v.Zone, v.Delay = task.Frequency{Kind: task.Daily, At: at}, "UTC", new(task.Duration)
					v.Source = b.source
					v.Destinations = []task.Leg{{Destination: b.cloud, Path: fmt.Sprint("out-", i), Encryption: task.Encryption{Mode: task.EncryptNone}}}
					l.time(func() {
						if _, err := b.api.Tasks(b.account).Create(t.Context(), v, apiclient.Write{}); err != nil {
							t.Error(err)
						}
					})
				}
			}
		})
	}
	for _, b := range brands {
		work <- b
	}
	close(work)
	wg.Wait()
	l.took = time.Since(began)
	require.False(t, t.Failed())
	return l
}

// rest measures the processor time of each program while nothing is asked of it.
func (s *stack) rest(t *testing.T) {
	t.Helper()
	programs := map[string]int{"temporal": s.Temporal.PID(), "worker": s.Worker.PID(), "api": s.API.PID()}
	before := map[string]time.Duration{}
	for name, pid := range programs {
		before[name] = processorTime(t, pid)
		require.Positive(t, before[name], "control: %s has worked", name)
	}
	time.Sleep(idleFor) // what is measured is a time in which nothing happens
	for name, pid := range programs {
		spent := processorTime(t, pid) - before[name]
		t.Logf("%s at rest: %.2f %% of a core, after %s of work", name, 100*spent.Seconds()/idleFor.Seconds(), before[name])
		require.Less(t, spent, idleFor, "%s at rest takes less than a core", name)
	}
}

// processorTime is what the process has used of all cores: utime and stime of proc(5).
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:])) // from the third field on
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		require.NoError(t, err)
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksASecond
}

// latencies are how long calls took.
type latencies struct {
	mu   sync.Mutex
	each []time.Duration
	took time.Duration // all of them together, by the clock
}

func (l *latencies) time(call func()) {
	began := time.Now()
	call()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.each = append(l.each, time.Since(began))
}

// at returns the percentile.
func (l *latencies) at(percent int) time.Duration {
	slices.Sort(l.each)
	return l.each[(len(l.each)-1)*percent/100].Round(100 * time.Microsecond)
}
