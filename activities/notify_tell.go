package activities

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/incident"
	"transporter/internal/notify"
	"transporter/internal/task"
)

// way is one way to reach people; what is wrong with it is one incident.
type way struct {
	name string // for people
	key  string // of its incident
	to   []string
	send func(ctx context.Context, to []string, m notify.Message) map[string]error
}

// ways are those that the account and the task ask for.
func (a *Notify) ways(s account.Snapshot, spec task.Spec) (all []way) {
	if to := emailsOf(s, spec); len(to) > 0 {
		all = append(all, way{name: "email", key: incident.ByEmail, to: to, send: a.mail})
	}
	for _, hook := range s.Notify.Webhooks {
		all = append(all, way{
			name: "the webhook at " + hostOf(hook.URL), key: hook.URL, to: []string{hook.URL},
			send: func(ctx context.Context, _ []string, m notify.Message) map[string]error {
				secret, err := a.Open(s.ID, hook.Secret)
				if err == nil {
					err = a.Hooks.Send(ctx, hook.URL, secret, m)
				}
				return map[string]error{hook.URL: err}
			},
		})
	}
	return all
}

func emailsOf(s account.Snapshot, spec task.Spec) []string {
	if spec.Notify != nil && len(spec.Notify.Emails) > 0 {
		return spec.Notify.Emails
	}
	return s.Notify.Emails
}

// hostOf names a webhook without its path, which may hold a secret.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that is no URL"
	}
	return u.Host
}

func (a *Notify) mail(ctx context.Context, to []string, m notify.Message) map[string]error {
	if a.Mail != nil {
		return a.Mail.Send(ctx, to, m)
	}
	failed := map[string]error{}
	for _, address := range to {
		failed[address] = fault.New(fault.ConfigMissing, "no mail server is configured").
			WithFix("start the worker with --smtp-addr and --smtp-from")
	}
	return failed
}

// tell sends the message to every address that has not had it. It tries all of them, and
// returns the first failure for the next attempt. A way that fails is an incident of the
// account until a message gets through again.
func (a *Notify) tell(ctx context.Context, s account.Snapshot, t account.Task, m notify.Message) (sent int, err error) {
	if m.Link != "" {
		m.Text += "\nIn the Temporal UI: " + m.Link + "\n"
	}
	var failures []error
	for _, w := range a.ways(s, t.Spec) {
		n, err := a.through(ctx, s.ID, w, m)
		sent += n
		failures = append(failures, err, a.note(ctx, s.ID, w, n, err))
	}
	return sent, firstOf(failures)
}

// through sends the message one way, to those who have not had it.
func (a *Notify) through(ctx context.Context, accountID string, w way, m notify.Message) (sent int, err error) {
	var open []string
	for _, to := range w.to {
		told, err := a.Incidents.Told(ctx, accountID, notify.NewID(m.ID, to))
		if err != nil {
			return 0, err
		}
		if !told {
			open = append(open, to)
		}
	}
	if len(open) == 0 {
		return 0, nil
	}
	var failures []error
	failed := w.send(ctx, open, m)
	for _, to := range open {
		err := failed[to]
		if err == nil {
			sent++
			err = a.Incidents.Tell(ctx, accountID, notify.NewID(m.ID, to))
		}
		failures = append(failures, err)
	}
	return sent, firstOf(failures)
}

// note keeps one incident open while a way fails. One of several addresses that is refused
// is a failure; the others have had their message.
func (a *Notify) note(ctx context.Context, accountID string, w way, sent int, failure error) (err error) {
	switch {
	case failure != nil:
		i := incident.Incident{
			Account: accountID, Kind: incident.NotifyFailed, Key: w.key, Title: "Notifications by " + w.name + " cannot be sent",
			Detail: oneLine(failure), Fix: "repair what the error names; this ends with the next message that gets through", Opened: a.Now().UTC(),
		}
		_, err = a.Incidents.Open(ctx, i)
	case sent > 0:
		_, err = a.Incidents.Close(ctx, accountID, "", incident.NotifyFailed, w.key, a.Now(), "a message got through")
	}
	return err
}

// firstOf returns the failure that another attempt may mend, else all of them.
func firstOf(all []error) error {
	for _, one := range all {
		if one != nil && fault.KindOf(one).Retryable() {
			return one
		}
	}
	return errors.Join(all...)
}

// oneLine is the text of joined errors on one line.
func oneLine(err error) string { return clip(strings.ReplaceAll(err.Error(), "\n", "; ")) }
