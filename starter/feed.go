package main

import (
	"strings"

	"github.com/spf13/cobra"

	"transporter/internal/httpapi"
	"transporter/internal/human"
)

func (a *app) feedCommand() *cobra.Command {
	return group("feed", "Look at feeds, and release those that are held",
		"A feed is a table that a platform exports. It is held when the platform's description of it changed in\na way that may make wrong what is read: runs wait until somebody has looked and releases the change.",
		a.feedList(), a.feedLeaves(), a.feedSchema(), a.feedRelease())
}

func (a *app) feedList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the feeds that tasks read, and how far each is", Args: cobra.NoArgs,
		Example: `  starter feed list`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			list, err := client.Feeds(cmd.Context(), account)
			if err != nil {
				return err
			}
			t := table{head: []string{"feed", "source", "dedupe", "newest", "oldest hole", "next is", "leaves", "rows", "repeated", "bad lines"}}
			for _, f := range list {
				t.add(f.Feed, f.Source, f.Dedupe, f.Newest, f.Hole, f.Lateness, human.Number(int64(f.Leaves)), human.Number(f.Kept), human.Number(f.Repeated), human.Number(f.Bad))
			}
			return a.print(list, t)
		},
	}
}

func (a *app) feedLeaves() *cobra.Command {
	var dedupe, from, to string
	c := &cobra.Command{
		Use: "leaves SOURCE FEED", Short: "List the partitions of a feed that were read", Args: cobra.ExactArgs(2),
		Example: `  starter feed leaves 01JD3ZF2V7W8X9Y0Z1A2B3C4D5 convos_metrics --from 2026-11-20`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			list, err := client.Leaves(cmd.Context(), account, args[0], args[1], dedupe, from, to)
			if err != nil {
				return err
			}
			t := table{head: []string{"leaf", "export", "files", "size", "lines", "rows", "repeated", "bad lines", "read", "notes"}}
			for _, l := range list {
				t.add(l.Leaf, human.Number(int64(l.Generation)), human.Number(int64(l.Files)), human.Bytes(l.Bytes), human.Number(l.Lines),
					human.Number(l.Kept), human.Number(l.Repeated), human.Number(l.Bad), when(l.Read), strings.Join(l.Notes, "; "))
			}
			return a.print(list, t)
		},
	}
	c.Flags().StringVar(&dedupe, "dedupe", "reference", "how rows are ranked: reference or repaired")
	c.Flags().StringVar(&from, "from", "", "first day, as 2026-11-20; 35 days ago by default")
	c.Flags().StringVar(&to, "to", "", "last day; today by default")
	return c
}

func (a *app) feedSchema() *cobra.Command {
	var version string
	c := &cobra.Command{
		Use: "schema SOURCE FEED", Short: "Show what the platform says of a feed, and what changed", Args: cobra.ExactArgs(2),
		Example: `  starter feed schema 01JD3ZF2V7W8X9Y0Z1A2B3C4D5 convos_metrics`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, err := client.FeedSchema(cmd.Context(), account, args[0], args[1], version)
			if err != nil {
				return err
			}
			return a.showFeed(v)
		},
	}
	c.Flags().StringVar(&version, "version", "1", "version of the feed")
	return c
}

func (a *app) showFeed(v httpapi.FeedSchema) error {
	rows := []string{
		"feed", v.Feed, "state", v.State, "looked at", whenever(v.Looked), "described by", v.Document,
		"versions", strings.Join(v.Versions, ", "), "warnings", strings.Join(v.Warnings, "; "),
	}
	if v.Table != nil {
		rows = append(rows, "primary key", v.Table.PrimaryKey.String(), "exported every", v.Table.SyncTime)
	}
	if len(v.Key) > 0 {
		rows = append(rows, "rows told apart by", strings.Join(v.Key, ", "))
	}
	if len(v.Order) > 0 {
		rows = append(rows, "rows ranked by", strings.Join(v.Order, ", "))
	}
	if err := a.show(v, rows...); err != nil || a.output == outputJSON {
		return err
	}
	for _, h := range v.Holds {
		if h.Released == nil {
			a.say("\nheld since %s by change %s: %s\nlook whether rows are still read right, then: starter feed release %s %s %s --reason \"…\"",
				when(h.Since), h.ID, h.Text(), v.Source, v.Feed, h.ID)
		}
	}
	t := table{head: []string{"when", "what changed"}}
	for _, c := range v.Changes {
		t.add(when(c.At), c.Text)
	}
	for _, line := range v.Data {
		t.add("in the data", line)
	}
	if len(t.rows) == 0 {
		return nil
	}
	a.say("")
	return a.print(nil, t)
}

func (a *app) feedRelease() *cobra.Command {
	var version, reason string
	var key, order []string
	c := &cobra.Command{
		Use: "release SOURCE FEED CHANGE", Short: "Release a feed that is held", Args: cobra.ExactArgs(3),
		Long: "Let one change of a feed pass, and that one alone; runs that wait go on by themselves. Who decided,\nand why, stays on record.\n\n" +
			"A released primary key tells the feed's rows apart from then on, a released ordering key ranks those of one key: the\nnext delivery of each table makes it anew. Say with --key or --order if it is not to be the described one.",
		Example: `  starter feed release 01JD3ZF2V7W8X9Y0Z1A2B3C4D5 convos_metrics 3f1c9a0b7d2e4658 --reason "WFM: the column is not used"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			h, err := client.ReleaseFeed(cmd.Context(), account, args[0], args[1], version, httpapi.FeedRelease{Change: args[2], Reason: reason, Key: key, Order: order})
			if err != nil {
				return err
			}
			rows := []string{"released", h.Feed, "change", h.Text(), "reason", h.Released.Reason, "when", when(h.Released.At)}
			if h.Released.Key != "" {
				rows = append(rows, "rows told apart by", strings.Join(h.Released.Key.Columns(), ", "))
			}
			if len(h.Released.Order) > 0 {
				rows = append(rows, "rows ranked by", strings.Join(h.Released.Order, ", "))
			}
			return a.show(h, rows...)
		},
	}
	c.Flags().StringVar(&version, "version", "1", "version of the feed")
	c.Flags().StringVar(&reason, "reason", "", "who decided, and why")
	c.Flags().StringSliceVar(&key, "key", nil, "of a changed primary key: columns that tell rows apart, or catalog for those of the report; the described ones by default")
	c.Flags().StringSliceVar(&order, "order", nil, "of a changed ordering key: times that rank rows of one key, or catalog for those of the report; the described ones by default")
	return c
}
