package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"transporter/internal/human"
)

// maxInput bounds what is read of a file that becomes a request; the API takes 1 MiB.
const maxInput = 4 << 20

// read returns the file's bytes; "-" is standard input.
func (a *app) read(path string) ([]byte, error) {
	src := a.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("read input: %w", err)
		}
		defer func() { _ = f.Close() }()
		src = f
	}
	b, err := io.ReadAll(io.LimitReader(src, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(b) > maxInput {
		return nil, fmt.Errorf("read %s: it is larger than %s", path, human.Bytes(maxInput))
	}
	return b, nil
}

// readJSON reads a file into v and refuses fields that v does not have.
func (a *app) readJSON(path string, v any) error {
	b, err := a.read(path)
	if err != nil {
		return err
	}
	if err := decode(b, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// decode reads one JSON value into v, and refuses what v does not have.
func decode(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return misfit(b, reflect.TypeOf(v), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the first JSON value")
	}
	return nil
}

// create writes a new file of mode 0600; one that exists is not replaced.
func create(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// passphrase returns the passphrase from the file, the variable or the terminal, asked for
// twice where it is made.
func (a *app) passphrase(file string, making bool) (string, error) {
	if file != "" {
		b, err := a.read(file)
		return string(bytes.TrimRight(b, "\r\n")), err
	}
	if text, ok := a.lookup(variablePassphrase); ok && text != "" {
		return text, nil
	}
	if !a.terminal {
		return "", usagef("no passphrase: use --passphrase-file or the variable %s", variablePassphrase)
	}
	first, err := a.askFor("Passphrase: ")
	if err != nil || !making {
		return first, err
	}
	second, err := a.askFor("Once more: ")
	if err == nil && first != second {
		err = errors.New("the two passphrases differ")
	}
	return first, err
}

const variablePassphrase = "TRANSPORTER_PASSPHRASE"

func (a *app) askFor(prompt string) (string, error) {
	_, _ = fmt.Fprint(a.err, prompt)
	text, err := a.ask()
	_, _ = fmt.Fprintln(a.err)
	if err != nil {
		return "", fmt.Errorf("read passphrase: %w", err)
	}
	return text, nil
}

// given is a time that a flag gives as text; empty text leaves it as it is.
type given struct {
	flag, text string
	into       *time.Time
}

// times reads the times of flags.
func times(all ...given) error {
	for _, g := range all {
		if g.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, g.text)
		if err != nil {
			return usagef("%s is %q: write a time such as 2026-11-19T00:00:00Z", g.flag, g.text)
		}
		*g.into = t
	}
	return nil
}

// take puts the value of a flag into what it changes, if the flag was given.
func take[T any](set *pflag.FlagSet, flag string, into *T, value T) {
	if set.Changed(flag) {
		*into = value
	}
}

// group returns a command that only holds others.
func group(use, short, long string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long}
	c.AddCommand(subs...)
	return c
}
