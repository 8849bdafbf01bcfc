package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/spf13/pflag"

	"transporter/internal/sandbox/webhook"
)

// webhookOptions are the flags of webhooks. GET and PATCH /_admin/webhooks show and change what
// they say.
type webhookOptions struct {
	webhook.Settings
	delay time.Duration
	ca    string
}

func (o *webhookOptions) add(f *pflag.FlagSet) {
	f.StringToStringVar(&o.Hosts, "webhook-host", nil, "where endpoints of a host are posted to, as host=https://host:port or http; * is every host; may be repeated")
	f.StringVar(&o.ca, "webhook-ca", "", "file of authorities that endpoints may have beside the system's and the sandbox's own, PEM")
	f.StringVar(&o.Hash, "webhook-hash", webhook.SHA1, "hash of signatures: sha1 or sha256")
	f.StringVar(&o.Encoding, "webhook-encoding", webhook.Base64, "encoding of signatures: base64 or hex")
	f.IntVar(&o.Changes, "webhook-changes", 1, "changes of one conversation and type that go in one delivery, at most")
	f.Float64Var(&o.Speed, "webhook-speed", 1, "how many times faster than the platform failed deliveries are tried again")
	f.Float64Var(&o.Faults.Duplicate, "webhook-duplicate", 0, "share of deliveries that come twice, 0 to 1")
	f.Float64Var(&o.Faults.Drop, "webhook-drop", 0, "share of deliveries that are never sent")
	f.Float64Var(&o.Faults.Fail, "webhook-fail", 0, "share of deliveries that are judged failed whatever the answer")
	f.IntVar(&o.Faults.Reorder, "webhook-reorder", 0, "by how many later ones of its conversation a delivery may be overtaken")
	f.DurationVar(&o.delay, "webhook-delay", 0, "how long each delivery waits before it is sent")
}

// settings are those of the flags; their faults follow from the seed.
func (o *webhookOptions) settings(seed int64) webhook.Settings {
	o.Faults.Seed, o.Faults.DelayMS = uint64(seed), int(o.delay.Milliseconds())
	return o.Settings
}

// roots reads the file of authorities; nil without one.
func (o *webhookOptions) roots() ([]byte, error) {
	if o.ca == "" {
		return nil, nil
	}
	b, err := os.ReadFile(o.ca)
	if err != nil {
		return nil, fmt.Errorf("--webhook-ca: %w", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("--webhook-ca: %s holds no certificate; it must be PEM", o.ca)
	}
	return b, nil
}
