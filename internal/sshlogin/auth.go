package sshlogin

import (
	"errors"

	"golang.org/x/crypto/ssh"
)

// authMethods turns the credentials into login methods, the key before the password.
// A key that cannot be used is fault.InvalidSpec; its text is not repeated.
func (c Config) authMethods() ([]ssh.AuthMethod, error) {
	var methods []ssh.AuthMethod
	if key := reveal(c.PrivateKey); key != "" {
		signer, err := ParseKey(key, reveal(c.Passphrase))
		if err != nil {
			return nil, err
		}
		methods = append(methods, ssh.PublicKeys(signer))
	}
	if password := reveal(c.Password); password != "" {
		methods = append(methods, ssh.Password(password), ssh.KeyboardInteractive(answerWith(password)))
	}
	if len(methods) == 0 {
		return nil, badField("credentials", "hold neither a password nor a private key")
	}
	return methods, nil
}

func reveal(s Secret) string {
	if s == nil {
		return ""
	}
	return s.Reveal()
}

// ParseKey reads a private key in PEM or OpenSSH format. One that cannot be used is
// fault.InvalidSpec; its text is not repeated.
func ParseKey(text, passphrase string) (ssh.Signer, error) {
	signer, err := ssh.ParsePrivateKey([]byte(text))
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		if passphrase == "" {
			return nil, badField("credentials.passphrase", "is missing: the private key is locked with one")
		}
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(text), []byte(passphrase))
		if err != nil {
			return nil, badField("credentials.passphrase", "does not open the private key")
		}
	}
	if err != nil {
		return nil, badField("credentials.privateKey", "is not a private key in PEM or OpenSSH format").
			WithFix("convert a PuTTY key with: puttygen key.ppk -O private-openssh -o key")
	}
	return signer, nil
}

// answerWith answers the hidden questions of servers that ask for the password by
// keyboard-interactive; a visible question is not for a password.
func answerWith(password string) ssh.KeyboardInteractiveChallenge {
	return func(_, _ string, questions []string, visible []bool) ([]string, error) {
		answers := make([]string, len(questions))
		for i := range questions {
			if !visible[i] {
				answers[i] = password
			}
		}
		return answers, nil
	}
}
