package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
	"transporter/internal/task"
)

var taskThing = thing[task.Spec, httpapi.TaskView]{
	one:  "task",
	of:   (*apiclient.Client).Tasks,
	head: []string{"task", "description", "report", "runs", "state", "next run"},
	row: func(v httpapi.TaskView) []string {
		return []string{v.ID, v.Description, v.Spec.Report, v.Spec.Frequency.String(), v.State, whenever(v.NextRun)}
	},
	show: showTask,
}

func showTask(v httpapi.TaskView) []string {
	pairs := []string{
		"task", v.ID, "description", v.Description, "state", v.State,
		"report", v.Spec.Report + "@" + v.Spec.Version + " as " + v.Spec.Format, "source", v.Spec.Source,
		"runs", v.Spec.Frequency.String() + " " + v.Spec.Zone, "generation", strconv.Itoa(v.Generation),
	}
	if v.FirstWindow != nil {
		pairs = append(pairs, "first window", when(v.FirstWindow.From)+" to "+when(v.FirstWindow.To))
	}
	pairs = append(pairs, "next run", whenever(v.NextRun))
	if v.Spec.Revisions.On() {
		pairs = append(pairs, "revisions", revisionsText(v.Spec.Revisions))
	}
	if v.Spec.Vendor != "" {
		pairs = append(pairs, "in the layout of", v.Spec.Vendor)
	}
	for _, leg := range v.Spec.Destinations {
		pairs = append(pairs, "to", leg.Destination+" "+leg.Path+", encryption "+leg.Encryption.Mode)
	}
	for _, w := range v.Warnings {
		pairs = append(pairs, "note", w)
	}
	return pairs
}

// revisionsText says what becomes of late data, and when it is looked for.
func revisionsText(r task.Revisions) string {
	if len(r.CheckAfter) == 0 {
		return r.Mode + ", checked when asked for"
	}
	after := make([]string, len(r.CheckAfter))
	for i, d := range r.CheckAfter {
		after[i] = d.String()
	}
	return r.Mode + ", checked " + strings.Join(after, ", ") + " after a run was due"
}

func (a *app) taskCommand() *cobra.Command {
	return group("task", "Make, change and run tasks",
		"A task says which report of which source is delivered when, in which form and where. It is written\nas JSON; its schema, with an example, is at /docs of the API.",
		a.taskCreate(), taskThing.list(a), taskThing.showOne(a), a.taskEdit(), a.taskEnable(), a.taskDisable(),
		a.taskNames(), a.taskReset(), a.taskCopy(), a.taskUpgrade(), a.taskDo(), taskThing.delete(a), a.taskRun())
}

func (a *app) taskCreate() *cobra.Command {
	var file string
	flags := func(c *cobra.Command) {
		c.Flags().StringVarP(&file, "file", "f", "", "the task as JSON; - is standard input")
	}
	long := "Make a task. A task of kind once whose window is over runs at once; every other one fires by its\nschedule: see starter preview."
	return taskThing.create(a, "create", long, `  starter task create -f task.json`, flags, func() (spec task.Spec, err error) {
		if file == "" {
			return spec, usagef("say which task with --file")
		}
		return spec, a.readJSON(file, &spec)
	})
}

func (a *app) taskEdit() *cobra.Command {
	var file, backlog string
	c := &cobra.Command{
		Use: "edit TASK", Short: "Replace a task", Args: cobra.ExactArgs(1),
		Long: "Replace a task by what the file says. If somebody else changes it meanwhile, theirs stays and this\nfails: look at it again. An edit of what is delivered, while windows are due and not delivered, needs\n--backlog.",
		Example: `  starter task show 01JD40K7M5Q3ZB1A9C8E7G6J4K -o json | jq .spec > task.json
  starter task edit 01JD40K7M5Q3ZB1A9C8E7G6J4K -f task.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if file == "" {
				return usagef("say which task with --file")
			}
			all, err := taskThing.collection(cmd.Context(), a)
			if err != nil {
				return err
			}
			_, tag, err := all.Get(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var spec task.Spec
			if err := a.readJSON(file, &spec); err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			v, err := client.EditTask(cmd.Context(), account, args[0], spec, backlog, apiclient.Write{IfMatch: tag})
			if err != nil {
				return err
			}
			return a.show(v, showTask(v)...)
		},
	}
	c.Flags().StringVarP(&file, "file", "f", "", "the task as JSON; - is standard input")
	backlogFlag(c, &backlog)
	return c
}

func (a *app) taskRun() *cobra.Command {
	var from, to string
	var watch, rerun, revise bool
	c := &cobra.Command{
		Use: "run TASK", Short: "Run a task now", Args: cobra.ExactArgs(1),
		Long: "Start the run of one window: the last one that is due, or the period given by --from and --to.",
		Example: `  starter task run 01JD40K7M5Q3ZB1A9C8E7G6J4K --watch
  starter task run 01JD40K7M5Q3ZB1A9C8E7G6J4K --from 2026-11-19T00:00:00Z --to 2026-11-20T00:00:00Z`,
		RunE: func(cmd *cobra.Command, args []string) error {
			window, err := windowOf(from, to)
			if err != nil {
				return err
			}
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			start := client.RunTask
			switch {
			case rerun:
				start = client.RerunTask
			case revise:
				start = client.ReviseTask
			}
			s, err := start(cmd.Context(), account, args[0], window, apiclient.Write{})
			if err != nil {
				return err
			}
			return a.afterStart(cmd.Context(), client, account, s, watch)
		},
	}
	c.Flags().BoolVar(&rerun, "rerun", false, "deliver a delivered window once more, as its next revision")
	c.Flags().BoolVar(&revise, "revise", false, "look again at a delivered window, and deliver what the source has changed since as its next revision")
	c.MarkFlagsMutuallyExclusive("rerun", "revise")
	c.Flags().StringVar(&from, "from", "", "first moment of the window, RFC 3339")
	c.Flags().StringVar(&to, "to", "", "first moment after it, RFC 3339")
	c.Flags().BoolVar(&watch, "watch", false, "show progress until the run ends; a red run is exit code 1")
	return c
}

func windowOf(from, to string) (*httpapi.WindowView, error) {
	if from == "" && to == "" {
		return nil, nil
	}
	f, err1 := time.Parse(time.RFC3339, from)
	t, err2 := time.Parse(time.RFC3339, to)
	if err := errors.Join(err1, err2); err != nil {
		return nil, usagef("--from and --to: both are needed, such as 2026-11-19T00:00:00Z: %w", err)
	}
	return &httpapi.WindowView{From: f, To: t}, nil
}

func (a *app) previewCommand() *cobra.Command {
	var n int
	c := &cobra.Command{
		Use: "preview TASK", Short: "Show the next runs of a task", Args: cobra.ExactArgs(1),
		Long: "Show when the next runs fire, which windows they deliver and under which names. Times are in the\ntask's zone; -o json has them in UTC too.",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			p, err := client.Preview(cmd.Context(), account, args[0], n)
			if err != nil {
				return err
			}
			t := table{head: []string{"fires", "window from", "to", "hours", "first file"}}
			for _, r := range p.Runs {
				name := ""
				if len(r.Files) > 0 {
					name = r.Files[0].Name
				}
				t.add(r.FireLocal, r.FromLocal, r.ToLocal, fmt.Sprintf("%g", r.Hours), name)
			}
			return a.print(p, t)
		},
	}
	c.Flags().IntVarP(&n, "runs", "n", 10, "how many runs, at most 100")
	return c
}
