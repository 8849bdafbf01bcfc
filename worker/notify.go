package main

import (
	"net/url"
	"strings"
	"time"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/guard"
	"transporter/internal/incident"
	"transporter/internal/mail"
	"transporter/internal/notify"
	"transporter/internal/seal"
)

// notifier makes what tells people.
func notifier(c *options, accounts activities.Accounts, book *incident.Book, key *seal.PrivateKey, dialer *guard.Dialer,
	server *mail.Server, now func() time.Time,
) *activities.Notify {
	out := &activities.Notify{
		Accounts: accounts, Incidents: book, Now: now, Hooks: notify.NewHooks(dialer.Client(nil), time.Now),
		Open: func(id string, s account.Sealed) ([]byte, error) { return seal.Open(key, id, s) },
		Link: func(workflowID, runID string) string {
			return temporalLink(c.temporalUI, c.namespace, workflowID, runID)
		},
	}
	if server != nil {
		out.Mail = notify.NewMail(server)
	}
	return out
}

// temporalLink is the address of an execution in the Temporal UI; empty where that is not known.
func temporalLink(ui, namespace, workflowID, runID string) string {
	if ui == "" || workflowID == "" {
		return ""
	}
	return strings.TrimRight(ui, "/") + "/namespaces/" + url.PathEscape(namespace) + "/workflows/" + strings.TrimSuffix(url.PathEscape(workflowID)+"/"+runID, "/")
}
