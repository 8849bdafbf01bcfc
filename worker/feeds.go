package main

import (
	"context"
	"encoding/json"
	"time"

	"transporter/internal/account"
	"transporter/internal/fault"
	"transporter/internal/feed"
	"transporter/internal/feed/fileexporter"
	"transporter/internal/feed/s3"
	"transporter/internal/feed/sftp"
	"transporter/internal/feedschema"
	"transporter/internal/pgp"
	"transporter/internal/seal"
	"transporter/internal/source"
	"transporter/internal/source/asapp"
)

// feedSecrets is what the secret of a source of feeds opens to.
type feedSecrets struct {
	S3 struct {
		AccessKeyID     seal.Secret `json:"accessKeyId"`
		SecretAccessKey seal.Secret `json:"secretAccessKey"`
	} `json:"s3"`
	SFTP struct {
		Username   seal.Secret `json:"username"`
		PrivateKey seal.Secret `json:"privateKey"`
		Passphrase seal.Secret `json:"passphrase"`
	} `json:"sftp"`
	FileExporter struct {
		APIID     seal.Secret `json:"apiId"`
		APISecret seal.Secret `json:"apiSecret"`
	} `json:"fileExporter"`
	Decrypt []struct {
		PrivateKey seal.Secret `json:"privateKey"`
		Passphrase seal.Secret `json:"passphrase"`
	} `json:"decrypt"`
}

// door returns the door of a source of feeds, with the keys for its encrypted files; nil if the source
// has none.
func (a *adapters) door(accountID string, s account.Source) (feed.Door, *pgp.Decryptor, error) {
	return a.doors.of(accountID, s, func() (feed.Door, *pgp.Decryptor, error) { return a.newDoor(accountID, s) })
}

func (a *adapters) newDoor(accountID string, s account.Source) (feed.Door, *pgp.Decryptor, error) {
	clear, err := seal.Open(a.key, accountID, s.Secret)
	if err != nil {
		return nil, nil, err
	}
	var secrets feedSecrets
	if err := json.Unmarshal(clear, &secrets); err != nil {
		return nil, nil, fault.New(fault.Corrupt, "source %s: its credentials cannot be read", s.ID).WithFix("enter them again")
	}
	door, err := a.openDoor(s, secrets)
	if err != nil {
		return nil, nil, err
	}
	keys, err := secrets.decryptor()
	return door, keys, err
}

func (a *adapters) openDoor(s account.Source, secrets feedSecrets) (feed.Door, error) {
	client, err := a.http(s.CA)
	if err != nil {
		return nil, err
	}
	switch kind, _ := s.Feeds.Door(); kind {
	case feed.DoorS3:
		b := s.Feeds.S3
		return s3.New(s3.Config{
			Bucket: b.Bucket, Prefix: b.Prefix, Region: b.Region, Endpoint: b.Endpoint, PathStyle: b.PathStyle,
			AccessKey: secrets.S3.AccessKeyID, SecretKey: secrets.S3.SecretAccessKey, HTTP: client, Now: time.Now, // signatures keep real time
		})
	case feed.DoorSFTP:
		h, login := s.Feeds.SFTP, secrets.SFTP
		return sftp.New(sftp.Config{
			Host: h.Host, Port: h.Port, Directory: h.Directory, HostKeys: h.HostKeys,
			User: login.Username, PrivateKey: login.PrivateKey, Passphrase: login.Passphrase, Dial: a.dialer.DialContext,
		})
	case feed.DoorFileExporter:
		key := secrets.FileExporter
		return fileexporter.New(fileexporter.Config{BaseURL: s.Feeds.FileExporter.BaseURL, APIID: key.APIID, APISecret: key.APISecret, HTTP: client, Now: a.now})
	default:
		return nil, fault.New(fault.InvalidSpec, "source %s has no door to its feeds", s.ID).WithField("feeds").WithFix("give one of s3, sftp and fileExporter")
	}
}

func (s feedSecrets) decryptor() (*pgp.Decryptor, error) {
	if len(s.Decrypt) == 0 {
		return nil, nil
	}
	keys := make([]pgp.Private, len(s.Decrypt))
	for i, k := range s.Decrypt {
		keys[i] = pgp.Private{Key: k.PrivateKey.Reveal(), Passphrase: k.Passphrase.Reveal()}
	}
	return pgp.NewDecryptor(keys...)
}

// Exports opens a source of feeds.
func (a *adapters) Exports(_ context.Context, accountID string, s account.Source) (source.Exports, error) {
	if s.Kind != account.SourceASAPP {
		return nil, fault.New(fault.InvalidSpec, "source %s is of the kind %q, which exports no feeds", s.ID, s.Kind).
			WithFix("choose a source of the kind %s", account.SourceASAPP)
	}
	door, keys, err := a.door(accountID, s)
	if err != nil {
		return nil, err
	}
	kind, _ := s.Feeds.Door()
	c := asapp.Config{Door: door, Kind: kind, Now: a.now}
	if kind != feed.DoorFileExporter { // which describes nothing
		c.Schema = feedschema.Watch{Book: a.schemas, Door: door, Account: accountID, Source: s.ID, Now: a.now}
	}
	if keys != nil {
		c.Decrypt = keys.Decrypt
	}
	return asapp.New(c), nil
}
