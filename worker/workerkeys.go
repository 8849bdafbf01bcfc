package main

import (
	"crypto/ed25519"

	"transporter/internal/keys"
	"transporter/internal/seal"
)

// workerKeys are those that a worker may hold; see package keys for what each opens.
type workerKeys struct {
	store, records *seal.Ring
	private        *seal.PrivateKey
	signing        ed25519.PrivateKey
	webhooks       *seal.PublicKey
}

func readKeys(folder string) (k workerKeys, err error) {
	if k.store, err = keys.Store(folder); err != nil {
		return k, err
	}
	if k.records, err = keys.Records(folder); err != nil {
		return k, err
	}
	if k.private, err = keys.Private(folder); err != nil {
		return k, err
	}
	if k.signing, err = keys.Signing(folder); err != nil {
		return k, err
	}
	k.webhooks, err = keys.WebhookPub(folder)
	return k, err
}
