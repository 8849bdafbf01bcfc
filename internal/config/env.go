// Package config gives every program's flags a second source: the variable of the same
// name, in capitals with underscores. A flag on the command line wins.
package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// Variables is what the names of a program's variables begin with.
type Variables string

// Variables of the programs. The sandbox is another world's service: beside the others its
// variables must not be theirs.
const (
	Transporter Variables = "TRANSPORTER_"
	Sandbox     Variables = "TRANSPORTER_SANDBOX_"
)

// Of returns the name of the variable that a flag can be set by.
func (v Variables) Of(flag string) string {
	return string(v) + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Bind sets every flag that the command line left alone from its variable, if there is one
// that is not empty. A value that the flag refuses is an error that names the variable, not
// the value, which may be a secret of another program.
func (v Variables) Bind(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := lookup(v.Of(f.Name))
		if f.Changed || !ok || value == "" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("read %s: it must be a %s, as for --%s", v.Of(f.Name), f.Value.Type(), f.Name))
		}
	})
	return errors.Join(errs...)
}

// Describe names each flag's variable at the end of its help.
func (v Variables) Describe(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !strings.Contains(f.Usage, string(v)) {
			f.Usage += " [" + v.Of(f.Name) + "]"
		}
	})
}
