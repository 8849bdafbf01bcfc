package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/pgp"
)

func (a *app) decryptCommand() *cobra.Command {
	var key, passFile, out string
	c := &cobra.Command{
		Use: "decrypt FILE", Short: "Decrypt a delivered file on this machine", Args: cobra.ExactArgs(1),
		Long: `Decrypt a delivered file with the receiver's private key, as gpg --decrypt does. The
result appears under its name only when the whole file is read and found undamaged.`,
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
			return a.decrypt(args[0], out, private, pass)
		},
	}
	c.Flags().StringVar(&key, "key", "", "file of the private key in ASCII armour")
	c.Flags().StringVar(&passFile, "passphrase-file", "", "file of the passphrase; - is standard input")
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

func (a *app) decrypt(path, out, private, pass string) error {
	src := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("decrypt: %w", err)
		}
		defer func() { _ = f.Close() }()
		src = f
	}
	clear, err := pgp.Decrypt(src, private, pass)
	if err != nil {
		return err
	}
	return a.save(out, clear)
}
