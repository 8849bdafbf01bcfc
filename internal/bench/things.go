package main

import (
	"context"
	"crypto/rand"
	"fmt"
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

// things are what a task of the whole run names.
type things struct{ account, source, key, destination string }

// define makes account, source, key and destination over the API.
func define(ctx context.Context, stack *devstack.Stack, l login) (*runner, error) {
	apiToken, err := stack.Token()
	if err != nil {
		return nil, err
	}
	w := &runner{client: apiclient.New(apiclient.Config{URL: stack.APIURL(), Token: apiToken})}
	account, err := w.client.Accounts().Create(ctx, httpapi.Account{Description: "Bench", Zone: "UTC"}, apiclient.Write{})
	if err != nil {
		return nil, err
	}
	w.account = account.ID
	for _, make := range []func(context.Context, *devstack.Stack, login) error{w.makeSource, w.makeKey, w.makeDestination} {
		if err := make(ctx, stack, l); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *runner) makeSource(ctx context.Context, stack *devstack.Stack, l login) error {
	ca, err := certificate(ctx, stack)
	if err != nil {
		return err
	}
	source, err := w.client.Sources(w.account).Create(ctx, httpapi.Source{
		Kind: "liveperson", Description: "Sandbox", PlatformAccount: platformAccount, Domain: stack.DomainURL(), CA: ca,
		Credentials: &httpapi.SourceCredentials{OAuth1: &httpapi.OAuth1{
			ConsumerKey: httpapi.SecretValue(l.key), ConsumerSecret: httpapi.SecretValue(l.keySecret),
			Token: httpapi.SecretValue(l.token), TokenSecret: httpapi.SecretValue(l.tokenSecret),
		}},
		RateLimits: &httpapi.RateLimits{PerSecond: requestsPerSecond},
	}, apiclient.Write{})
	w.source = source.ID
	return err
}

func (w *runner) makeKey(ctx context.Context, _ *devstack.Stack, _ login) error {
	pair, err := pgp.GenerateKey(pgp.Options{Name: "Receiver", Passphrase: rand.Text(), Now: time.Now()})
	if err != nil {
		return err
	}
	key, err := w.client.Keys(w.account).Create(ctx, httpapi.Key{Description: "Receiver", Armored: pair.Public}, apiclient.Write{})
	w.key = key.ID
	return err
}

func (w *runner) makeDestination(ctx context.Context, stack *devstack.Stack, l login) error {
	pem, err := os.ReadFile(filepath.Join(stack.State, "sandbox", "ssh_host_ed25519_key"))
	if err != nil {
		return fmt.Errorf("read the SFTP server's host key: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(pem)
	if err != nil {
		return fmt.Errorf("read the SFTP server's host key: %w", err)
	}
	d, err := w.client.Destinations(w.account).Create(ctx, httpapi.Destination{
		Kind: "sftp", Description: "SFTP", Fields: map[string]any{
			"host": "127.0.0.1", "port": stack.Ports.SFTP, "directory": "/", "user": "transporter",
			"hostKeys": []string{strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))},
		},
		Credentials: map[string]httpapi.Secret{"password": httpapi.SecretValue(l.sftpPassword)},
	}, apiclient.Write{})
	w.destination = d.ID
	return err
}

// task is a once task over the window; each delivers into a folder of its own.
func (w *runner) task() task.Spec {
	from, to := windowFrom, windowTo
	return task.Spec{
		Description: "Messages of a week", Source: w.source, Report: reportID, Zone: "UTC", Format: "csv",
		Frequency: task.Frequency{Kind: task.Once}, Start: &from, End: &to,
		Destinations: []task.Leg{{
			Destination: w.destination, Path: strings.ToLower(rand.Text()),
			Encryption: task.Encryption{Mode: task.EncryptPGP, Keys: []string{w.key}},
		}},
	}
}
