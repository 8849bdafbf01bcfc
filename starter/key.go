package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/pgp"
	"transporter/internal/task"
)

var keyThing = thing[httpapi.Key, httpapi.KeyView]{
	one:  "key",
	of:   (*apiclient.Client).Keys,
	head: []string{"key", "description", "algorithm", "fingerprint", "expires"},
	row: func(v httpapi.KeyView) []string {
		return []string{v.ID, v.Description, v.Algorithm, v.Fingerprint, whenever(v.Expires)}
	},
	show: func(v httpapi.KeyView) []string {
		return []string{
			"key", v.ID, "description", v.Description, "algorithm", v.Algorithm, "fingerprint", v.Fingerprint,
			"expires", whenever(v.Expires), "not before", whenever(v.NotBefore), "not after", whenever(v.NotAfter),
			"successor", succession(v.Successor),
		}
	},
}

func (a *app) keyCommand() *cobra.Command {
	return group("key", "Make receivers' keys and add them to an account",
		"Files are encrypted to OpenPGP keys. A key pair is made on this machine: the private key never\nleaves it, and the API is given the public key only.",
		a.keyGenerate(), a.keyAdd(), keyThing.list(a), keyThing.showOne(a), a.keyEdit(), a.keyRotate(), keyThing.delete(a))
}

// generated is what key generate made.
type generated struct {
	Fingerprint string `json:"fingerprint"`
	Public      string `json:"public"`  // file
	Private     string `json:"private"` // file
}

func (a *app) keyGenerate() *cobra.Command {
	var o pgp.Options
	var out, passFile, expires string
	c := &cobra.Command{
		Use: "generate", Short: "Make a key pair on this machine", Args: cobra.NoArgs,
		Long: `Make an OpenPGP key pair on this machine and write PREFIX.public.asc and
PREFIX.private.asc, both readable by you alone. The private key is locked with a
passphrase of at least 10 characters, from --passphrase-file, the variable
TRANSPORTER_PASSPHRASE or the terminal. Keep both where the files are decrypted.`,
		Example: `  starter key generate --name "WFM vendor" --email wfm@example.com --out wfm
  starter key add --description "WFM vendor" -f wfm.public.asc`,
		RunE: func(*cobra.Command, []string) error {
			o.Now = a.now()
			if expires != "" {
				d, err := task.ParseDuration(expires)
				if err != nil {
					return usagef("--expires: %w", err)
				}
				o.Expires = o.Now.Add(time.Duration(d))
			}
			var err error
			if o.Passphrase, err = a.passphrase(passFile, true); err != nil {
				return err
			}
			made, err := generateKey(o, out)
			if err != nil {
				return err
			}
			return a.show(made, "fingerprint", made.Fingerprint, "public key", made.Public, "private key", made.Private)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Name, "name", "", "who the key belongs to")
	f.StringVar(&o.Email, "email", "", "their address")
	f.StringVar(&o.Algorithm, "algorithm", pgp.DefaultAlgorithm, "rsa2048, rsa3072, rsa4096 or ed25519")
	f.StringVar(&expires, "expires", "", "for how long it is good, such as 730d (default: for ever)")
	f.StringVar(&out, "out", "transporter", "beginning of the names of the files")
	f.StringVar(&passFile, "passphrase-file", "", "file of the passphrase; - is standard input")
	return c
}

// generateKey makes the pair; if one file cannot be written, none is left.
func generateKey(o pgp.Options, prefix string) (generated, error) {
	pair, err := pgp.GenerateKey(o)
	if err != nil {
		return generated{}, err
	}
	g := generated{pair.Fingerprint, prefix + ".public.asc", prefix + ".private.asc"}
	if err := create(g.Private, []byte(pair.Private)); err != nil {
		return g, err
	}
	if err := create(g.Public, []byte(pair.Public)); err != nil {
		return g, errors.Join(err, os.Remove(g.Private))
	}
	return g, nil
}

func (a *app) keyAdd() *cobra.Command {
	var b httpapi.Key
	var file string
	flags := func(c *cobra.Command) {
		c.Short = "Add a public key to an account"
		c.Flags().StringVarP(&file, "file", "f", "", "the public key in ASCII armour; - is standard input")
		c.Flags().StringVar(&b.Description, "description", "", "the name people know it by")
	}
	long := "Add a receiver's public key to an account. A key that is expired, revoked, too weak or not made for\nencryption is refused with the reason."
	return keyThing.create(a, "add", long, `  starter key add --description "WFM vendor" -f wfm.public.asc`, flags, func() (httpapi.Key, error) {
		if file == "" {
			return b, usagef("say which key with --file")
		}
		text, err := a.read(file)
		b.Armored = string(text)
		return b, err
	})
}

func (a *app) keyEdit() *cobra.Command {
	var file, description string
	var set *pflag.FlagSet
	flags := func(c *cobra.Command) {
		set = c.Flags()
		set.StringVarP(&file, "file", "f", "", "the new public key in ASCII armour; - is standard input")
		set.StringVar(&description, "description", "", "the name people know it by")
	}
	long := "Put another public key in the place of one, for every task that uses it, or give it another name.\nThe next attempt of a run uses it."
	return keyThing.edit(a, long, `  starter key edit 01JD3Z9QK8V6C3N5T7W9Y1B3D5 -f wfm-2027.public.asc`, flags, func(v httpapi.KeyView) (httpapi.Key, error) {
		b := httpapi.Key{Description: v.Description, Armored: v.Armored, NotBefore: v.NotBefore, NotAfter: v.NotAfter, Successor: v.Successor}
		take(set, "description", &b.Description, description)
		if file == "" {
			return b, nil
		}
		text, err := a.read(file)
		b.Armored, b.NotBefore, b.NotAfter, b.Successor = string(text), nil, nil, nil // those were of the other key
		return b, err
	})
}

// keyFile reads a private key for decrypt.
func (a *app) keyFile(path string) (string, error) {
	if path == "" {
		return "", usagef("say which private key with --key")
	}
	text, err := a.read(path)
	if err != nil {
		return "", fmt.Errorf("private key: %w", err)
	}
	return string(text), nil
}
