// Package config gives every program's flags a second source: the variable
// TRANSPORTER_{FLAG}, in capitals with underscores. A flag on the command line wins.
package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// Prefix begins the names of all variables.
const Prefix = "TRANSPORTER_"

// Variable returns the name of the variable that a flag can be set by.
func Variable(flag string) string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Bind sets every flag that the command line left alone from its variable, if there is
// one. A value that the flag refuses is an error that names the variable, not the value,
// which may be a secret of another program.
func Bind(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		value, ok := lookup(Variable(f.Name))
		if f.Changed || !ok || value == "" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("read %s: it must be a %s, as for --%s", Variable(f.Name), f.Value.Type(), f.Name))
		}
	})
	return errors.Join(errs...)
}

// Describe names each flag's variable at the end of its help.
func Describe(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !strings.Contains(f.Usage, Prefix) {
			f.Usage += " [" + Variable(f.Name) + "]"
		}
	})
}
