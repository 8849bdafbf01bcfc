package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"

	"go.temporal.io/sdk/client"

	"transporter/internal/apiclient"
	"transporter/internal/appbook"
	"transporter/internal/devstack"
	"transporter/internal/httpapi"
	"transporter/internal/keys"
	"transporter/internal/seal"
	"transporter/internal/store"
	"transporter/internal/temporalx"
	"transporter/internal/webhook"
)

// The sandbox's user who may install apps, as its flags default to.
const (
	sandboxUser     = "reporter"
	sandboxPassword = "login-password-0001"
)

// platformSide posts as the platform does, for an app that is installed in the stack.
type platformSide struct {
	stack           *devstack.Stack
	client          client.Client
	conversations   *temporalx.Conversations
	http            *http.Client
	account, app    string
	clientID, where string
	secret          []byte
}

// newPlatformSide installs the app.
func newPlatformSide(ctx context.Context, stack *devstack.Stack) (*platformSide, error) {
	p := &platformSide{stack: stack, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: busySenders}}}
	if err := p.install(ctx); err != nil {
		return nil, fmt.Errorf("install an app: %w", err)
	}
	if err := p.learnSecret(ctx); err != nil {
		return nil, fmt.Errorf("read the app's secret: %w", err)
	}
	options, err := stack.ClientOptions()
	if err != nil {
		return nil, err
	}
	if p.client, err = temporalx.Dial(ctx, options); err != nil {
		return nil, err
	}
	p.conversations = temporalx.NewConversations(p.client)
	return p, nil
}

func (p *platformSide) close() {
	p.client.Close()
	p.http.CloseIdleConnections()
}

func (p *platformSide) install(ctx context.Context) error {
	token, err := p.stack.Token()
	if err != nil {
		return err
	}
	api := apiclient.New(apiclient.Config{URL: p.stack.APIURL(), Token: token})
	account, err := api.Accounts().Create(ctx, httpapi.Account{Description: "Webhooks", Zone: "UTC"}, apiclient.Write{})
	if err != nil {
		return err
	}
	ca, err := certificate(ctx, p.stack)
	if err != nil {
		return err
	}
	source, err := api.Sources(account.ID).Create(ctx, httpapi.Source{
		Kind: "liveperson", Description: "Sandbox", PlatformAccount: platformAccount, Domain: p.stack.DomainURL(), CA: ca,
		Credentials: &httpapi.SourceCredentials{Login: &httpapi.SourceLogin{
			Username: httpapi.SecretValue(sandboxUser), Password: httpapi.SecretValue(sandboxPassword),
		}},
	}, apiclient.Write{})
	if err != nil {
		return err
	}
	app, err := api.Apps(account.ID).Create(ctx, httpapi.App{
		Description: "Bench", Source: source.ID, Name: "Bench", Endpoint: "https://hooks.example.com/notifications/event",
	}, apiclient.Write{})
	if err != nil {
		return err
	}
	at, err := url.Parse(app.WebhookURL) // below the stack's public address, where nobody listens
	if err != nil {
		return err
	}
	p.account, p.app, p.clientID, p.where = account.ID, app.ID, app.ClientID, p.stack.APIURL()+at.Path
	return nil
}

// learnSecret reads the client secret as the api does.
func (p *platformSide) learnSecret(ctx context.Context) error {
	ring, err := keys.Records(p.stack.Keys())
	if err != nil {
		return err
	}
	key, err := keys.Webhook(p.stack.Keys())
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, p.stack.Store())
	if err != nil {
		return err
	}
	all, err := appbook.New(st, seal.NewBox(ring)).All(ctx)
	if err != nil || len(all) != 1 {
		return fmt.Errorf("the book has %d apps: %w", len(all), err)
	}
	p.secret, err = seal.Open(key, p.account, all[0].Secret)
	return err
}

// body is a delivery with one message of an agent.
func body(id string, sequence int) []byte {
	return fmt.Appendf(nil, `{"kind":"notification","body":{"changes":[{"sequence":%d,"originatorId":"8bc7a3a5-4dee-5a32-a2a6-8a4bf0f0a0ea",`+
		`"originatorMetadata":{"id":"8bc7a3a5-4dee-5a32-a2a6-8a4bf0f0a0ea","role":"ASSIGNED_AGENT"},"serverTimestamp":1700000000000,`+
		`"event":{"type":"ContentEvent","message":"Good morning, how may I help you today? This is message %d.","contentType":"text/plain"},`+
		`"conversationId":%q,"dialogId":%q}]},"type":"ms.MessagingEventNotification"}`, sequence, sequence, id, id)
}

// deliver posts one event. A connection that breaks says nothing of what became of it: the
// platform sends it again.
func (p *platformSide) deliver(ctx context.Context, id string, sequence int) (taken bool, err error) {
	status, err := p.post(ctx, body(id, sequence))
	if errors.Is(err, syscall.ECONNRESET) {
		return false, nil
	}
	if err == nil && status != http.StatusOK && status != http.StatusServiceUnavailable {
		err = fmt.Errorf("a delivery was answered %d", status)
	}
	return status == http.StatusOK, err
}

func (p *platformSide) post(ctx context.Context, raw []byte) (status int, err error) {
	mac := hmac.New(sha1.New, p.secret)
	_, _ = mac.Write(raw) // a hash never fails
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.where, bytes.NewReader(raw))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(webhook.HeaderAccount, platformAccount)
	req.Header.Set(webhook.HeaderClient, p.clientID)
	req.Header.Set(webhook.HeaderSignature, "sha1="+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := p.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil { // so that the connection is used again
		return 0, err
	}
	return res.StatusCode, nil
}
