package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/pgp"
)

func (a *app) decryptCommand() *cobra.Command {
	var key, passFile, out, sender string
	c := &cobra.Command{
		Use: "decrypt FILE", Short: "Decrypt a delivered file on this machine", Args: cobra.ExactArgs(1),
		Long: `Decrypt a delivered file with the receiver's private key, as gpg --decrypt does. The
result appears under its name only when the whole file is read and found undamaged, with
--signed-by only if the sender's signature is good.`,
		Example: `  starter decrypt messages.csv.pgp --key wfm.private.asc
  starter decrypt messages.csv.pgp --key wfm.private.asc -O - | head`,
		RunE: func(_ *cobra.Command, args []string) error {
			private, err := a.keyFile(key)
			if err != nil {
				return err
			}
			if out == "" {
				if out = clearName(args[0]); out == args[0] {
					return usagef("%s does not end in .pgp, .asc or .enc: say where to write with --to", args[0])
				}
			}
			pass, err := a.passphrase(passFile, false)
			if err != nil {
				return err
			}
			open := func(src io.Reader) (io.Reader, error) { return pgp.Decrypt(src, private, pass) }
			if sender != "" {
				by, err := a.senderKey(sender)
				if err != nil {
					return err
				}
				open = func(src io.Reader) (io.Reader, error) { return pgp.DecryptSigned(src, private, pass, by, a.now()) }
			}
			return a.decrypt(args[0], out, open)
		},
	}
	c.Flags().StringVar(&key, "key", "", "file of the private key in ASCII armour")
	c.Flags().StringVar(&passFile, "passphrase-file", "", "file of the passphrase; - is standard input")
	c.Flags().StringVar(&sender, "signed-by", "", "file of the sender's public key: starter signer show")
	c.Flags().StringVarP(&out, "to", "O", "", "file to write (default: the name without .pgp, .asc or .enc; - is standard output)")
	return c
}

// clearName takes off the end that encryption gave to a name.
func clearName(name string) string {
	for _, end := range []string{".pgp", ".asc", ".enc"} {
		if inner, ok := strings.CutSuffix(name, end); ok {
			return inner
		}
	}
	return name
}

// senderKey reads the public key that files must be signed with.
func (a *app) senderKey(file string) (*pgp.Key, error) {
	text, err := a.read(file)
	if err != nil {
		return nil, fmt.Errorf("sender's key: %w", err)
	}
	return pgp.ParseKey(string(text))
}

func (a *app) decrypt(path, out string, open func(io.Reader) (io.Reader, error)) error {
	src := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("decrypt: %w", err)
		}
		defer func() { _ = f.Close() }()
		src = f
	}
	clear, err := open(src)
	if err != nil {
		return err
	}
	return a.save(out, clear)
}
