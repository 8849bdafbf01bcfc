// Package keys is the folder of key files that bootstrap makes and programs load. Each
// program is given only the files it may read:
//
//	codec.ring    payload codec: worker, api, starter, codec role
//	store.ring    staging and kept artefacts: worker
//	records.ring  receipts, ledgers, run records: worker, api
//	seal.key      opens the secrets of accounts: worker
//	seal.pub      closes them: worker, api, starter
//	webhook.key   opens the keys that webhooks are signed with: api
//	webhook.pub   closes them: worker
//	signing.key   signs certificates of coverage: worker
//	signing.pub   verifies them: api, and anybody
package keys

import (
	"encoding"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

// Names of the files in the folder.
const (
	CodecRing   = "codec.ring"
	StoreRing   = "store.ring"
	RecordsRing = "records.ring"
	SealKey     = "seal.key"
	SealPublic  = "seal.pub"

	WebhookKey    = "webhook.key"
	WebhookPublic = "webhook.pub"

	SigningKey    = "signing.key"
	SigningPublic = "signing.pub"
)

const (
	folderMode = 0o700
	fileMode   = 0o600
)

// firstKey is the id of the first key of each ring.
const firstKey = "k1"

// Create makes the folder and every file that is missing in it; what is there is kept, so
// it may be run again and by several programs at once. Losing the folder loses everything
// that was written under its keys.
func Create(dir string) error {
	if err := os.MkdirAll(dir, folderMode); err != nil {
		return fmt.Errorf("create key folder: %w", err)
	}
	for _, name := range []string{CodecRing, StoreRing, RecordsRing} {
		ring, err := seal.GenerateRing(firstKey)
		if err != nil {
			return fmt.Errorf("create %s: %w", name, err)
		}
		if err := add(dir, name, ring); err != nil {
			return err
		}
	}
	for _, names := range [][2]string{{SealKey, SealPublic}, {WebhookKey, WebhookPublic}} {
		if err := createPair(dir, names[0], names[1]); err != nil {
			return err
		}
	}
	return createSigning(dir)
}

// createPair makes a pair that closes and opens secrets.
func createPair(dir, private, public string) error {
	pair, err := seal.GenerateKey()
	if err != nil {
		return fmt.Errorf("create %s: %w", private, err)
	}
	if err := add(dir, private, pair); err != nil {
		return err
	}
	// The pair in force may be another process's: its public half is derived from the file.
	if pair, err = opens(dir, private); err != nil {
		return err
	}
	return add(dir, public, pair.Public())
}

// add writes the file if it does not exist: whole or not at all, also between processes.
func add(dir, name string, key encoding.TextMarshaler) error {
	text, err := key.MarshalText()
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	tmp, err := os.CreateTemp(dir, "."+name+".*")
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(fileMode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Link(tmp.Name(), filepath.Join(dir, name))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create %s: %w", name, err)
	}
	return nil
}

// Codec loads the ring of the payload codec.
func Codec(dir string) (*seal.Ring, error) { return ring(dir, CodecRing) }

// Store loads the ring that seals staging and kept artefacts.
func Store(dir string) (*seal.Ring, error) { return ring(dir, StoreRing) }

// Records loads the ring that seals receipts, ledgers and run records.
func Records(dir string) (*seal.Ring, error) { return ring(dir, RecordsRing) }

// Private loads the key that opens the secrets of accounts.
func Private(dir string) (*seal.PrivateKey, error) { return opens(dir, SealKey) }

// Public loads the key that closes the secrets of accounts.
func Public(dir string) (*seal.PublicKey, error) { return closes(dir, SealPublic) }

// Webhook loads the key that opens what webhooks are signed with.
func Webhook(dir string) (*seal.PrivateKey, error) { return opens(dir, WebhookKey) }

// WebhookPub loads the key that closes it.
func WebhookPub(dir string) (*seal.PublicKey, error) { return closes(dir, WebhookPublic) }

func opens(dir, name string) (*seal.PrivateKey, error) {
	text, err := read(dir, name)
	if err != nil {
		return nil, err
	}
	key, err := seal.ParsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return key, nil
}

func closes(dir, name string) (*seal.PublicKey, error) {
	text, err := read(dir, name)
	if err != nil {
		return nil, err
	}
	key, err := seal.ParsePublic(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return key, nil
}

func ring(dir, name string) (*seal.Ring, error) {
	if _, err := read(dir, name); err != nil {
		return nil, err
	}
	return seal.LoadRing(filepath.Join(dir, name))
}

func read(dir, name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.ConfigMissing, "key file %s is not in the key folder", name).
			WithFix(`run "starter bootstrap", or point --keys at the folder it made`)
	}
	if err != nil {
		return nil, fault.New(fault.ConfigMissing, "read key file: %w", err)
	}
	return text, nil
}
