package main

import (
	"context"

	"transporter/internal/account"
	"transporter/internal/connector"
	connect "transporter/internal/connector/liveperson"
	"transporter/internal/seal"
)

// Connector opens the platform for an app, which goes to the hosts of its source's account.
func (a *adapters) Connector(_ context.Context, accountID string, app account.App, s account.Source) (connector.Platform, error) {
	platform, err := a.platform(accountID, s)
	if err != nil {
		return nil, err
	}
	secret, err := seal.Open(a.key, accountID, app.Secret)
	if err != nil {
		return nil, err
	}
	client, err := a.http(s.CA)
	if err != nil {
		return nil, err
	}
	return connect.New(connect.Config{
		PlatformAccount: s.PlatformAccount, ClientID: app.ClientID, Secret: seal.Secret(secret), Account: platform,
		HTTP: client, Shared: &a.talks, Now: a.now,
	})
}
