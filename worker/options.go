package main

import (
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"transporter/internal/config"
	"transporter/internal/fault"
	"transporter/internal/mail"
)

const (
	mebibyte = 1 << 20
	// sendingMemory is the part of the budget that only legs use.
	sendingMemory = 64
	// partsMemory lets uploads in parts send several at once; each has one of its own.
	partsMemory = 32
	// leastMemory lets the largest step run beside them.
	leastMemory = 96 + sendingMemory + partsMemory
	// headroom is what the process needs besides the steps' budget: code, Temporal's
	// buffers, workflow cache, garbage not collected yet.
	headroom = 128
	// cachedWorkflows is how many workflows stay in memory between their tasks; a conversation
	// takes about 110 KiB there. Others are replayed from their histories when they go on.
	cachedWorkflows = 600
)

const day = 24 * time.Hour

// leastTalks is more than a conversation may be silent and go on, and its platform repeat deliveries.
const leastTalks = 40 * day

// options are what the flags say.
type options struct {
	roles         []string
	store         string
	keys          string
	allow         []string
	namespace     string
	heartbeat     time.Duration
	memory        int64 // MiB
	metricsListen string
	logLevel      slog.Level
	stopTimeout   time.Duration
	deployment    string
	buildID       string
	now           string
	keepArtefacts time.Duration
	keepCloud     time.Duration
	cloudQuota    int64 // MiB
	keepPages     time.Duration
	keepRows      time.Duration
	keepTalks     time.Duration
	mail          mailOptions
	temporalUI    string
	publicURL     string
}

func defaults() *options {
	return &options{
		roles: allRoles(), heartbeat: time.Minute, memory: 320,
		metricsListen: "127.0.0.1:9401", stopTimeout: 30 * time.Second,
		keepArtefacts: config.KeepArtefacts, keepCloud: 28 * day, keepPages: 90 * day, keepRows: 90 * day,
		keepTalks: 400 * day, // reports of them reach back 13 months
	}
}

func (c *options) flags(f *pflag.FlagSet) {
	f.StringSliceVar(&c.roles, "roles", c.roles, "what to work on")
	f.StringVar(&c.store, "store", c.store, "where data is kept: file:///folder, s3://bucket?region=… or gs://bucket")
	f.StringVar(&c.keys, "keys", c.keys, "folder of key files, made by starter bootstrap")
	f.StringSliceVar(&c.allow, "allow", c.allow, "host:port that may be dialled although it is loopback, private or link-local")
	f.StringVar(&c.namespace, "namespace", c.namespace, "Temporal namespace (default: TEMPORAL_NAMESPACE)")
	f.DurationVar(&c.heartbeat, "heartbeat", c.heartbeat, "after how much silence a long step is taken for dead")
	f.Int64Var(&c.memory, "memory", c.memory, "memory that all steps together may hold, in MiB")
	f.StringVar(&c.metricsListen, "metrics-listen", c.metricsListen, "address of /metrics, /healthz and /readyz; empty for none")
	f.TextVar(&c.logLevel, "log-level", c.logLevel, "debug, info, warn or error")
	f.DurationVar(&c.stopTimeout, "stop-timeout", c.stopTimeout, "how long steps may finish after a stop signal")
	f.StringVar(&c.deployment, "deployment-name", c.deployment, "worker deployment for Temporal's worker versioning; with --build-id")
	f.StringVar(&c.buildID, "build-id", c.buildID, "version of this build within the deployment")
	f.StringVar(&c.temporalUI, "temporal-ui", c.temporalUI, "address of the Temporal UI, for links in notifications")
	f.StringVar(&c.publicURL, "public-url", c.publicURL, "address under which people reach the api, for links in mails; empty: no mail has links")
	f.StringVar(&c.mail.address, "smtp-addr", "", "host:port of the mail server for notifications and email destinations; empty for none")
	f.StringVar(&c.mail.from, "smtp-from", "", "sender of mails")
	f.StringVar(&c.mail.user, "smtp-user", "", "user at the mail server; empty for no login")
	f.StringVar(&c.mail.passwordFile, "smtp-password-file", "", "file that holds the user's password")
	f.StringVar(&c.mail.security, "smtp-security", mail.StartTLS, "starttls (required then), tls or none")
	f.StringVar(&c.mail.ca, "smtp-ca", "", "file with a further root certificate, as PEM")
	f.DurationVar(&c.keepArtefacts, "keep-artefacts", c.keepArtefacts, "how long rendered files stay for re-delivery; 0 for good")
	f.DurationVar(&c.keepCloud, "keep-cloud", c.keepCloud, "how long files of the cloud store stay; 0 for good")
	f.Int64Var(&c.cloudQuota, "cloud-quota", c.cloudQuota, "how much the cloud store keeps for one account, in MiB; 0 for all it likes")
	f.DurationVar(&c.keepPages, "keep-pages", c.keepPages, "how long what was fetched for a red run stays, so that resuming it asks the source nothing; 0 for good")
	f.DurationVar(&c.keepRows, "keep-rows", c.keepRows, "how long it is kept which rows a window was delivered with, and what was counted live for them, so that a revision can say what changed; 0 for good")
	f.DurationVar(&c.keepTalks, "keep-conversations", c.keepTalks, "how long conversations that are over stay, once their windows are delivered; at least 960h, 0 for good")
	f.StringVar(&c.now, "now", c.now, config.ClockUsage)
}

// validate refuses what cannot work, naming the flag.
func (c *options) validate() error {
	wrong := func(flag, format string, args ...any) error {
		return fault.New(fault.InvalidSpec, format, args...).WithField("--" + flag)
	}
	for _, role := range c.roles {
		if _, ok := roles[role]; !ok {
			return wrong("roles", "%q is none of %s", role, strings.Join(allRoles(), ", "))
		}
	}
	switch {
	case len(c.roles) == 0:
		return wrong("roles", "at least one of %s is needed", strings.Join(allRoles(), ", "))
	case c.store == "":
		return wrong("store", "is needed, such as file:///var/lib/transporter")
	case c.keys == "":
		return wrong("keys", "is needed: the folder that starter bootstrap made")
	case c.heartbeat < time.Second:
		return wrong("heartbeat", "%s is less than a second", c.heartbeat)
	case c.memory < leastMemory:
		return wrong("memory", "%d MiB is too little for one step; at least %d", c.memory, leastMemory)
	case c.cloudQuota < 0:
		return wrong("cloud-quota", "%d MiB is less than nothing", c.cloudQuota)
	case c.keepTalks != 0 && c.keepTalks < leastTalks:
		return wrong("keep-conversations", "%s is too short: a conversation may be silent for 30 days and go on; at least %s, or 0 for good", c.keepTalks, leastTalks)
	case (c.deployment == "") != (c.buildID == ""):
		return wrong("build-id", "deployment name and build id belong together")
	case c.publicURL != "" && !isPublic(c.publicURL):
		return wrong("public-url", "%q is not the address of an api, such as https://transporter.example.com", c.publicURL)
	}
	return nil
}

// isPublic tells whether paths can follow the text in an address.
func isPublic(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}
