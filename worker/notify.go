package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"transporter/activities"
	"transporter/internal/account"
	"transporter/internal/guard"
	"transporter/internal/incident"
	"transporter/internal/notify"
	"transporter/internal/seal"
)

// mailOptions say through which server mail leaves; without an address none does.
type mailOptions struct {
	address, from, user, passwordFile, security, ca string
}

// notifier makes what tells people.
func notifier(c *options, accounts activities.Accounts, book *incident.Book, key *seal.PrivateKey, dialer *guard.Dialer,
	now func() time.Time,
) (*activities.Notify, error) {
	out := &activities.Notify{
		Accounts: accounts, Incidents: book, Now: now, Hooks: notify.NewHooks(dialer.Client(nil), time.Now),
		Open: func(id string, s account.Sealed) ([]byte, error) { return seal.Open(key, id, s) },
		Link: func(workflowID, runID string) string { return link(c.temporalUI, c.namespace, workflowID, runID) },
	}
	if c.mail.address == "" {
		return out, nil
	}
	config := notify.MailConfig{Address: c.mail.address, From: c.mail.from, User: c.mail.user, Security: c.mail.security, Dial: dialer.DialContext}
	if c.mail.passwordFile != "" {
		text, err := os.ReadFile(c.mail.passwordFile)
		if err != nil {
			return nil, fmt.Errorf("read --smtp-password-file: %w", err)
		}
		config.Password = seal.Secret(strings.TrimRight(string(text), "\r\n"))
	}
	if c.mail.ca != "" {
		text, err := os.ReadFile(c.mail.ca)
		if err != nil {
			return nil, fmt.Errorf("read --smtp-ca: %w", err)
		}
		if config.Roots, err = guard.Roots(string(text)); err != nil {
			return nil, err
		}
	}
	mail, err := notify.NewMail(config)
	if err != nil {
		return nil, err
	}
	out.Mail = mail
	return out, nil
}

// link is the address of an execution in the Temporal UI; empty where that is not known.
func link(ui, namespace, workflowID, runID string) string {
	if ui == "" || workflowID == "" {
		return ""
	}
	return strings.TrimRight(ui, "/") + "/namespaces/" + url.PathEscape(namespace) + "/workflows/" + strings.TrimSuffix(url.PathEscape(workflowID)+"/"+runID, "/")
}
