package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"transporter/internal/apiclient"
)

// thing is what the commands of sources, destinations, keys and tasks have in common.
type thing[B, V any] struct {
	one  string // "source"
	of   func(*apiclient.Client, string) apiclient.Collection[B, V]
	head []string         // of the list
	row  func(V) []string // of the list
	show func(V) []string // names and values
}

// a is the thing with its article.
func (t thing[B, V]) a() string {
	if strings.HasPrefix(t.one, "a") {
		return "an " + t.one
	}
	return "a " + t.one
}

func (t thing[B, V]) collection(ctx context.Context, a *app) (apiclient.Collection[B, V], error) {
	client, account, err := a.scope(ctx)
	if err != nil {
		return apiclient.Collection[B, V]{}, err
	}
	return t.of(client, account), nil
}

// create sends the body that make returns.
func (t thing[B, V]) create(a *app, use, long, example string, flags func(*cobra.Command), body func() (B, error)) *cobra.Command {
	var key string
	c := &cobra.Command{
		Use: use, Short: "Make " + t.a(), Long: long, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := body()
			if err != nil {
				return err
			}
			all, err := t.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			v, err := all.Create(cmd.Context(), b, apiclient.Write{Key: key})
			if err != nil {
				return err
			}
			return a.show(v, t.show(v)...)
		},
	}
	flags(c)
	idempotency(c, &key)
	return c
}

// edit replaces a thing by what change makes of it. Of two that edit at once one is refused.
func (t thing[B, V]) edit(a *app, long, example string, flags func(*cobra.Command), change func(V) (B, error)) *cobra.Command {
	c := &cobra.Command{
		Use: "edit " + t.arg(), Short: "Change " + t.a(), Long: long, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			changes := false
			cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { changes = changes || f.Changed })
			if !changes {
				return usagef("say what is to change: see %s --help", cmd.CommandPath())
			}
			all, err := t.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			v, tag, err := all.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			b, err := change(v)
			if err != nil {
				return err
			}
			if v, err = all.Replace(cmd.Context(), args[0], b, apiclient.Write{IfMatch: tag}); err != nil {
				return err
			}
			return a.show(v, t.show(v)...)
		},
	}
	flags(c)
	return c
}

func (t thing[B, V]) list(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the " + t.one + "s", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := t.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			items, err := all.List(cmd.Context())
			if err != nil {
				return err
			}
			out := table{head: t.head}
			for _, v := range items {
				out.add(t.row(v)...)
			}
			return a.print(items, out)
		},
	}
}

func (t thing[B, V]) showOne(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "show " + t.arg(), Short: "Show " + t.a(), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := t.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			v, _, err := all.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.show(v, t.show(v)...)
		},
	}
}

func (t thing[B, V]) delete(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "delete " + t.arg(), Short: "Delete a " + t.one, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := t.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			if err := all.Delete(cmd.Context(), args[0], apiclient.Write{}); err != nil {
				return err
			}
			a.say("%s %s is deleted", t.one, args[0])
			return nil
		},
	}
}

// test tries a source or a destination; a test that fails is exit code 1.
func (t thing[B, V]) test(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "test " + t.arg(), Short: "Test " + t.a() + " from where runs do their work", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := t.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			p, err := all.Test(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return a.showProbe(t.one, p)
		},
	}
}

func (t thing[B, V]) arg() string { return strings.ToUpper(t.one) }
