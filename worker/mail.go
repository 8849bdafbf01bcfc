package main

import (
	"fmt"
	"os"
	"strings"

	"transporter/internal/guard"
	"transporter/internal/mail"
	"transporter/internal/seal"
)

// mailOptions say through which server mail leaves; without an address none does.
type mailOptions struct {
	address, from, user, passwordFile, security, ca string
}

// mailServer is the deployment's mail server; nil where it has none.
func mailServer(o mailOptions, dialer *guard.Dialer) (*mail.Server, error) {
	if o.address == "" {
		return nil, nil
	}
	config := mail.Config{Address: o.address, From: o.from, User: o.user, Security: o.security, Dial: dialer.DialContext}
	if o.passwordFile != "" {
		text, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return nil, fmt.Errorf("read --smtp-password-file: %w", err)
		}
		config.Password = seal.Secret(strings.TrimRight(string(text), "\r\n"))
	}
	if o.ca != "" {
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, fmt.Errorf("read --smtp-ca: %w", err)
		}
		if config.Roots, err = guard.Roots(string(text)); err != nil {
			return nil, err
		}
	}
	return mail.New(config)
}
