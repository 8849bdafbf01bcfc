package main

import (
	"crypto/sha256"
	"encoding/json"
	"sync"

	"transporter/internal/account"
	"transporter/internal/feed"
	"transporter/internal/pgp"
)

// doors keeps the door of every source of feeds that was used, so that its connections are used again,
// and what it knows of the platform's limits counts for whoever comes next. It is safe for concurrent use.
type doors struct {
	mu   sync.Mutex
	open map[[2]string]keptDoor // by account and source
}

// keptDoor is a door as the source was when it was opened.
type keptDoor struct {
	of   [sha256.Size]byte
	door feed.Door
	keys *pgp.Decryptor
}

// of returns the door of the source as it is now; open opens one that is new, or was edited.
func (d *doors) of(accountID string, s account.Source, open func() (feed.Door, *pgp.Decryptor, error)) (feed.Door, *pgp.Decryptor, error) {
	text, err := json.Marshal(struct {
		Feeds  *account.Feeds
		Secret account.Sealed
		CA     string
	}{s.Feeds, s.Secret, s.CA})
	if err != nil {
		return nil, nil, err
	}
	of, name := sha256.Sum256(text), [2]string{accountID, s.ID}
	d.mu.Lock()
	defer d.mu.Unlock()
	if there, ok := d.open[name]; ok && there.of == of {
		return there.door, there.keys, nil
	}
	door, keys, err := open()
	if err != nil {
		return nil, nil, err
	}
	if d.open == nil {
		d.open = map[[2]string]keptDoor{}
	}
	d.open[name] = keptDoor{of, door, keys}
	return door, keys, nil
}
