package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/crypto/ssh"

	"transporter/internal/sandbox"
	"transporter/internal/sandbox/oauth"
)

// options are the flags.
type options struct {
	listen, domainListen, domainHost, state string
	accounts                                []string
	key                                     oauth.Key
	user                                    sandbox.User
	app                                     sandbox.App
	seed                                    int64
	conversations, concurrency              int
	even                                    bool
	now, records                            string

	webhooks webhookOptions
	agents   agentOptions
	feeds    feedOptions

	sftpAddr, sftpRoot, sftpUser, sftpPassword, sftpKeys string
}

func (o *options) add(f *pflag.FlagSet) {
	f.StringVar(&o.listen, "listen", "127.0.0.1:8443", "address of the TLS side")
	f.StringVar(&o.domainListen, "domain-listen", "127.0.0.1:8480", "address of the plain domain API and of /_admin/")
	f.StringVar(&o.domainHost, "domain-host", "", "host:port the domain API gives (default: the TLS side's address)")
	f.StringVar(&o.state, "state", ".transporter/sandbox", "folder of the certificate authority and the SFTP host key")
	f.StringSliceVar(&o.accounts, "account", []string{"12345678"}, "account id, or id=conversations; may be repeated")
	f.StringVar(&o.key.Consumer, "consumer-key", "app-key-0001", "app key of every account")
	f.StringVar(&o.key.ConsumerSecret, "consumer-secret", "app-secret-0001", "its secret")
	f.StringVar(&o.key.Token, "token", "access-token-0001", "access token of every account")
	f.StringVar(&o.key.TokenSecret, "token-secret", "token-secret-0001", "its secret")
	f.StringVar(&o.user.Name, "login-user", "reporter", "user of every account who may log in; without a password an API user, who logs in with the app key")
	f.StringVar(&o.user.Password, "login-password", "login-password-0001", "the user's password")
	f.StringVar(&o.app.ID, "client-id", "client-0001", "app of every account to which tokens are issued")
	f.StringVar(&o.app.Secret, "client-secret", "client-secret-0001", "its secret")
	f.StringSliceVar(&o.app.Scopes, "client-scope", []string{"users.read"}, "its scopes")
	f.Int64Var(&o.seed, "seed", 1, "what the made-up world follows from")
	f.IntVar(&o.conversations, "conversations", sandbox.DefaultConversations, "conversations of an account over 13 months")
	f.BoolVar(&o.even, "even", false, "as many conversations at night and at weekends as at any other time")
	f.IntVar(&o.concurrency, "concurrency", 0, "requests in flight before 429; 0 means no cap")
	f.StringVar(&o.now, "now", "", "fixed time of the data, RFC 3339 (default: the clock); signatures keep real time")
	f.StringVar(&o.records, "records", "", "folder of recorded answers to serve instead of a made-up world")
	o.webhooks.add(f)
	o.agents.add(f)
	o.feeds.add(f)
	f.StringVar(&o.sftpAddr, "sftp-addr", "", "address of an SFTP server; empty for none")
	f.StringVar(&o.sftpRoot, "sftp-root", "", "its folder")
	f.StringVar(&o.sftpUser, "sftp-user", "transporter", "its user")
	f.StringVar(&o.sftpPassword, "sftp-password", "", "the user's password")
	f.StringVar(&o.sftpKeys, "sftp-authorized-keys", "", "file of the user's public keys")
}

// config turns the flags into the sandbox's configuration.
func (o *options) config(clock func() time.Time) (sandbox.Config, error) {
	c := sandbox.Config{
		Seed: o.seed, Conversations: o.conversations, Even: o.even, Concurrency: o.concurrency,
		Records: o.records, Domain: o.domainHost, Now: clock, RealNow: clock,
	}
	var err error
	if c.WebhookRoots, err = o.webhooks.roots(); err != nil {
		return c, err
	}
	c.Webhooks = o.webhooks.settings(o.seed)
	if o.now != "" {
		at, err := time.Parse(time.RFC3339, o.now)
		if err != nil {
			return c, fmt.Errorf("--now: %q must be RFC 3339, like 2026-11-20T12:00:00Z", o.now)
		}
		c.Now = func() time.Time { return at }
	}
	for _, a := range o.accounts {
		id, size, sized := strings.Cut(a, "=")
		account := sandbox.Account{ID: id, Keys: []sandbox.Key{{Key: o.key}}, Users: []sandbox.User{o.user}, Apps: []sandbox.App{o.app}}
		if sized {
			n, err := strconv.Atoi(size)
			if err != nil || n < 1 {
				return c, fmt.Errorf("--account: %q must be an id or id=conversations", a)
			}
			account.Conversations = n
		}
		c.Accounts = append(c.Accounts, account)
	}
	return c, o.feeds.configure(&c)
}

// authorizedKeys reads a file in the form of sshd's authorized_keys.
func (o *options) authorizedKeys() ([]ssh.PublicKey, error) {
	if o.sftpKeys == "" {
		return nil, nil
	}
	b, err := os.ReadFile(o.sftpKeys)
	if err != nil {
		return nil, fmt.Errorf("--sftp-authorized-keys: %w", err)
	}
	var keys []ssh.PublicKey
	for len(strings.TrimSpace(string(b))) > 0 {
		key, _, _, rest, err := ssh.ParseAuthorizedKey(b)
		if err != nil {
			return nil, fmt.Errorf("--sftp-authorized-keys: read %s: %w", o.sftpKeys, err)
		}
		keys, b = append(keys, key), rest
	}
	return keys, nil
}
