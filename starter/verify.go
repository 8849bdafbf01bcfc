package main

import (
	"crypto/ed25519"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"transporter/internal/coverage"
	"transporter/internal/human"
	"transporter/internal/keys"
	"transporter/internal/manifest"
)

func (a *app) verifyCommand() *cobra.Command {
	var keyFile string
	c := &cobra.Command{
		Use: "verify FOLDER|CERTIFICATE", Short: "Check delivered files, or a certificate of coverage", Args: cobra.ExactArgs(1),
		Long: `Check a folder of delivered files against the manifests in it: signatures, sizes and hashes of
files, windows that are missing or overlap, partitions that are not finished, files that no
manifest lists. The folder may hold many tasks, in either layout.

Given a file, check that it is a certificate of coverage, signed and unchanged, and that its
windows tile the period.

With --key nobody is asked. Whatever is not whole is exit code 1.`,
		Example: `  starter verify /srv/incoming
  starter verify /srv/incoming --key signing.pub
  starter verify november.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			info, err := os.Stat(args[0])
			if err != nil {
				return fmt.Errorf("verify: %w", err)
			}
			key, err := a.signingKey(cmd, keyFile)
			if err != nil {
				return err
			}
			if info.IsDir() {
				return a.verifyFolder(cmd, args[0], key)
			}
			return a.verifyCertificate(args[0], key)
		},
	}
	c.Flags().StringVar(&keyFile, "key", "", "file with the signing key, PEM (default: ask the API)")
	return c
}

// signingKey reads the key from the file, or asks the API for it.
func (a *app) signingKey(cmd *cobra.Command, file string) (ed25519.PublicKey, error) {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		return keys.ParseSigningPub(text)
	}
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	v, err := client.SigningKey(cmd.Context())
	if err != nil {
		return nil, err
	}
	return keys.ParseSigningPub([]byte(v.PEM))
}

func (a *app) verifyCertificate(file string, key ed25519.PublicKey) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	v, err := coverage.Verify(text, key)
	if err != nil {
		return err
	}
	return a.showCertificate(v)
}

func (a *app) verifyFolder(cmd *cobra.Command, folder string, key ed25519.PublicKey) error {
	v, err := manifest.Check(cmd.Context(), os.DirFS(folder), key)
	if err != nil {
		return err
	}
	if err := a.showFolder(v); err != nil {
		return err
	}
	switch {
	case len(v.Problems) > 0:
		return fmt.Errorf("the folder is not whole: %s", human.Count(len(v.Problems), "problem"))
	case len(v.Tasks) == 0:
		return fmt.Errorf("there is no manifest in %s", folder)
	}
	return nil
}

func (a *app) showFolder(v manifest.Report) error {
	summary := table{head: []string{"task", "report", "from", "to", "windows", "rows"}}
	for _, s := range v.Tasks {
		summary.add(s.Task, s.Report, when(s.From), when(s.To), human.Number(int64(s.Windows)), human.Number(s.Rows))
	}
	if err := a.print(v, summary); err != nil || a.output == outputJSON {
		return err
	}
	a.say("%s read, %s", human.Count(v.Files, "file"), human.Bytes(v.Bytes))
	for _, list := range []struct {
		title string
		found []manifest.Finding
	}{{"problem", v.Problems}, {"note", v.Notes}} {
		t := table{head: []string{list.title, ""}}
		for _, f := range list.found {
			t.add(f.Path, f.Text)
		}
		if len(t.rows) == 0 {
			continue
		}
		a.say("")
		if err := a.print(nil, t); err != nil {
			return err
		}
	}
	return nil
}
