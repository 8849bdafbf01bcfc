package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"time"

	"transporter/internal/devstack"
	"transporter/internal/seal"
	"transporter/internal/source/liveperson"
)

// requestsPerSecond is more than this machine answers: the platform's politeness is not
// what is measured.
const requestsPerSecond = 1000

// login is what sandbox and client agree on.
type login struct{ key, keySecret, token, tokenSecret, sftpPassword string }

func newLogin() login {
	return login{rand.Text(), rand.Text(), rand.Text(), rand.Text(), rand.Text()}
}

func (l login) credentials() liveperson.Credentials {
	return liveperson.Credentials{OAuth1: &liveperson.APIKey{
		ConsumerKey: seal.Secret(l.key), ConsumerSecret: seal.Secret(l.keySecret),
		Token: seal.Secret(l.token), TokenSecret: seal.Secret(l.tokenSecret),
	}}
}

// stackConfig is a stack whose sandbox has the window's conversations.
func (b *bench) stackConfig(name string, l login) (devstack.Config, error) {
	ports, err := devstack.FreePorts()
	return devstack.Config{
		Bin: b.bin, State: filepath.Join(b.dir, name), Ports: ports,
		Sandbox: []string{
			"--now", worldNow.Format(time.RFC3339),
			"--account", fmt.Sprintf("%s=%.0f", platformAccount, float64(b.conversations)*weeks),
		},
		SandboxEnv: []string{
			"TRANSPORTER_SANDBOX_CONSUMER_KEY=" + l.key, "TRANSPORTER_SANDBOX_CONSUMER_SECRET=" + l.keySecret,
			"TRANSPORTER_SANDBOX_TOKEN=" + l.token, "TRANSPORTER_SANDBOX_TOKEN_SECRET=" + l.tokenSecret,
			"TRANSPORTER_SANDBOX_SFTP_PASSWORD=" + l.sftpPassword,
		},
	}, err
}

// certificate returns the root that the sandbox's TLS side is signed by.
func certificate(ctx context.Context, s *devstack.Stack) (string, error) {
	pem, err := get(ctx, s.DomainURL()+"/_admin/ca.pem")
	return string(pem), err
}
