package main

import (
	"context"

	"transporter/internal/account"
	"transporter/internal/connector"
	lpconnector "transporter/internal/connector/liveperson"
	"transporter/internal/seal"
)

// Installations opens the apps that are installed at the platform account of a source.
func (a *adapters) Installations(_ context.Context, accountID string, s account.Source) (connector.Installations, error) {
	platform, err := a.platform(accountID, s)
	if err != nil {
		return nil, err
	}
	return lpconnector.NewInstallations(platform), nil
}

// appSecrets closes the client secrets of apps.
type appSecrets struct {
	workers *seal.PrivateKey
	api     *seal.PublicKey
}

// Close closes the secret for workers, and for the api that judges webhooks.
func (k appSecrets) Close(accountID string, secret seal.Secret) (workers, api account.Sealed, err error) {
	if workers, err = seal.Close(k.workers.Public(), accountID, []byte(secret.Reveal())); err != nil {
		return workers, api, err
	}
	api, err = seal.Close(k.api, accountID, []byte(secret.Reveal()))
	return workers, api, err
}

// Open opens what was closed for workers.
func (k appSecrets) Open(accountID string, s account.Sealed) ([]byte, error) {
	return seal.Open(k.workers, accountID, s)
}
