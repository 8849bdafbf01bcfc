package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"transporter/internal/apiclient"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/task"
)

const (
	platformAccount = "12345678"
	// conversations over 13 months: about a thousand a day, a brand of modest size.
	conversations = 400_000
	zone          = "Europe/Madrid"
	sftpUser      = "transporter"
	loginUser     = "installer"
	sftpHost      = "127.0.0.1"
)

// made is what an earlier showing has defined: ids by which the next one finds it.
type made struct {
	Account  string `json:"account"`
	Once     string `json:"once"`
	Interval string `json:"interval"`
	// OnceFrom and OnceTo are the window of the once task.
	OnceFrom time.Time `json:"onceFrom"`
	OnceTo   time.Time `json:"onceTo"`
	// Site is the source at which apps are installed, App the one of the last showing: the
	// sandbox forgets it when it ends.
	Site string `json:"site,omitempty"`
	App  string `json:"app,omitempty"`
}

func (d *demo) madePath() string { return filepath.Join(d.State, "demo.json") }

// define creates account, source, key, destinations and tasks, or finds those of an
// earlier showing.
func (d *demo) define(ctx context.Context) error {
	b, err := os.ReadFile(d.madePath())
	if err == nil {
		d.say("\nthe account and its tasks are there from an earlier demo")
		return json.Unmarshal(b, &d.made)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read %s: %w", d.madePath(), err)
	}
	d.say("\ndefining")
	for _, step := range []func(context.Context) error{d.defineAccount, d.defineTasks} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return d.save()
}

// save keeps what was made for the next showing.
func (d *demo) save() error {
	b, err := json.MarshalIndent(d.made, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(d.madePath(), b, 0o600)
}

func (d *demo) defineAccount(ctx context.Context) error {
	a, err := d.client.Accounts().Create(ctx, httpapi.Account{Description: "Demo brand", Zone: zone}, apiclient.Write{})
	if err != nil {
		return fmt.Errorf("create account: %w", err)
	}
	d.made.Account = a.ID
	d.say("  account       Demo brand, %s", zone)
	return nil
}

// parts are the ids that a task names.
type parts struct{ source, key, store, sftp string }

func (d *demo) defineTasks(ctx context.Context) error {
	p, err := d.defineParts(ctx)
	if err != nil {
		return err
	}
	location, err := task.Zone(zone)
	if err != nil {
		return err
	}
	today := d.Now().In(location)
	d.made.OnceTo = time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, location)
	d.made.OnceFrom = d.made.OnceTo.AddDate(0, 0, -1)
	once, err := d.client.Tasks(d.made.Account).Create(ctx, d.onceTask(p), apiclient.Write{})
	if err != nil {
		return fmt.Errorf("create the once task: %w", err)
	}
	interval, err := d.client.Tasks(d.made.Account).Create(ctx, d.intervalTask(p), apiclient.Write{})
	if err != nil {
		return fmt.Errorf("create the interval task: %w", err)
	}
	d.made.Once, d.made.Interval = once.ID, interval.ID
	d.say("  task          yesterday's conversations as CSV, once, to both destinations")
	d.say("  task          messages as JSON Lines, every hour, to both destinations")
	return nil
}

func (d *demo) onceTask(p parts) task.Spec {
	from, to := d.made.OnceFrom.UTC(), d.made.OnceTo.UTC()
	return task.Spec{
		Description: "Conversations of yesterday", Source: p.source, Report: "msg.conversations", Zone: zone,
		Frequency: task.Frequency{Kind: task.Once}, Start: &from, End: &to, Format: "csv",
		MetadataHeader: task.MetadataHeader{Fields: []string{"recordCount", "endDate", "filePart", "totalParts"}},
		Destinations:   p.legs("conversations"),
	}
}

// intervalTask begins two hours ago, so that one window is due already.
func (d *demo) intervalTask(p parts) task.Spec {
	start := d.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour)
	return task.Spec{
		Start:       &start,
		Description: "Messages every hour", Source: p.source, Report: "msg.messages", Zone: zone,
		Frequency:    task.Frequency{Kind: task.Interval, Every: task.Duration(time.Hour)},
		Format:       "jsonl",
		Parameters:   map[string]json.RawMessage{"include_system_messages": json.RawMessage("true")},
		Destinations: p.legs("messages"),
	}
}

func (p parts) legs(folder string) []task.Leg {
	pgpTo := task.Encryption{Mode: task.EncryptPGP, Keys: []string{p.key}}
	return []task.Leg{
		{Destination: p.store, Path: folder, Encryption: pgpTo},
		{Destination: p.sftp, Path: folder, Encryption: pgpTo},
	}
}

// defineSource makes a source of the sandbox's account.
func (d *demo) defineSource(ctx context.Context, name string, credentials *httpapi.SourceCredentials) (string, error) {
	ca, err := d.fetch(ctx, d.stack.DomainURL()+"/_admin/ca.pem")
	if err != nil {
		return "", err
	}
	source, err := d.client.Sources(d.made.Account).Create(ctx, httpapi.Source{
		Kind: "liveperson", Description: name, PlatformAccount: platformAccount,
		Domain: d.stack.DomainURL(), CA: string(ca), Credentials: credentials,
	}, apiclient.Write{})
	if err != nil {
		return "", fmt.Errorf("create source: %w", err)
	}
	return source.ID, nil
}

func (d *demo) defineParts(ctx context.Context) (p parts, err error) {
	if p.source, err = d.defineSource(ctx, "Sandbox site", d.secrets.oauth1()); err != nil {
		return p, err
	}
	d.say("  source        platform account %s", platformAccount)
	if p.key, err = d.defineKey(ctx); err != nil {
		return p, err
	}
	store, err := d.client.Destinations(d.made.Account).Create(ctx, httpapi.Destination{Kind: "store", Description: "Cloud store"}, apiclient.Write{})
	if err != nil {
		return p, fmt.Errorf("create destination: %w", err)
	}
	sftp, err := d.defineSFTP(ctx)
	if err != nil {
		return p, err
	}
	d.say("  destinations  cloud store, SFTP server at %s", devstack.Local(d.stack.Ports.SFTP))
	p.store, p.sftp = store.ID, sftp
	return p, nil
}

// defineKey makes the receiver's key pair here; only the public half leaves this folder.
func (d *demo) defineKey(ctx context.Context) (string, error) {
	pair, err := pgp.GenerateKey(pgp.Options{
		Name: "Demo receiver", Email: "receiver@example.com", Passphrase: d.secrets.Passphrase, Algorithm: pgp.DefaultAlgorithm, Now: d.Now(),
	})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(d.privateKeyPath(), []byte(pair.Private), 0o600); err != nil {
		return "", fmt.Errorf("write the private key: %w", err)
	}
	key, err := d.client.Keys(d.made.Account).Create(ctx, httpapi.Key{Description: "Demo receiver", Armored: pair.Public}, apiclient.Write{})
	if err != nil {
		return "", fmt.Errorf("add key: %w", err)
	}
	d.say("  key           %s %s, private half in %s", key.Algorithm, key.Fingerprint, near(d.privateKeyPath()))
	return key.ID, nil
}

func (d *demo) privateKeyPath() string { return filepath.Join(d.State, "receiver-private.asc") }

func (d *demo) defineSFTP(ctx context.Context) (string, error) {
	pem, err := os.ReadFile(filepath.Join(d.State, "sandbox", "ssh_host_ed25519_key"))
	if err != nil {
		return "", fmt.Errorf("read the SFTP server's host key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return "", fmt.Errorf("read the SFTP server's host key: %w", err)
	}
	dest, err := d.client.Destinations(d.made.Account).Create(ctx, httpapi.Destination{
		Kind: "sftp", Description: "Partner SFTP", Fields: map[string]any{
			"host": sftpHost, "port": d.stack.Ports.SFTP, "directory": "/", "user": sftpUser,
			"hostKeys": []string{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))},
		},
		Credentials: map[string]httpapi.Secret{"password": httpapi.SecretValue(d.secrets.SFTPPassword)},
	}, apiclient.Write{})
	if err != nil {
		return "", fmt.Errorf("create SFTP destination: %w", err)
	}
	return dest.ID, nil
}
