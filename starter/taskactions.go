package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"transporter/internal/apiclient"
	"transporter/internal/httpapi"
)

// taskVerb is a command that changes one task and shows it.
func (a *app) taskVerb(c *cobra.Command, change func(context.Context, *apiclient.Client, string, string) (httpapi.TaskView, error)) *cobra.Command {
	c.Args = cobra.ExactArgs(1)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, account, err := a.scope(cmd.Context())
		if err != nil {
			return err
		}
		v, err := change(cmd.Context(), client, account, args[0])
		if err != nil {
			return err
		}
		return a.show(v, showTask(v)...)
	}
	return c
}

func (a *app) taskEnable() *cobra.Command {
	var catchUp string
	c := a.taskVerb(&cobra.Command{Use: "enable TASK", Short: "Let a task's runs fire"},
		func(ctx context.Context, client *apiclient.Client, account, id string) (httpapi.TaskView, error) {
			return client.EnableTask(ctx, account, id, catchUp)
		})
	c.Flags().StringVar(&catchUp, "catch-up", "", "which windows of the pause are delivered: all, latest or none (default)")
	return c
}

func (a *app) taskDisable() *cobra.Command {
	return a.taskVerb(&cobra.Command{
		Use: "disable TASK", Short: "Keep a task's runs from firing",
		Long: "Keep a task's runs from firing, and end its backfills. A run that is open goes on.",
	}, func(ctx context.Context, client *apiclient.Client, account, id string) (httpapi.TaskView, error) {
		return client.DisableTask(ctx, account, id)
	})
}

func (a *app) taskReset() *cobra.Command {
	return a.taskVerb(&cobra.Command{
		Use: "reset TASK", Short: "Begin a task anew",
		Long: "Begin a task anew, as if it had just been created: enabled, and a start in the past is delivered\nagain. Delivered files stay.",
	}, func(ctx context.Context, client *apiclient.Client, account, id string) (httpapi.TaskView, error) {
		return client.ResetTask(ctx, account, id)
	})
}

func (a *app) taskCopy() *cobra.Command {
	var as httpapi.CopyRequest
	c := a.taskVerb(&cobra.Command{Use: "copy TASK", Short: "Make a task like another, disabled unless --enabled"},
		func(ctx context.Context, client *apiclient.Client, account, id string) (httpapi.TaskView, error) {
			return client.CopyTask(ctx, account, id, as)
		})
	c.Flags().StringVar(&as.Description, "description", "", "the name of the copy")
	c.Flags().BoolVar(&as.Enabled, "enabled", false, "let its runs fire at once")
	return c
}

func (a *app) taskUpgrade() *cobra.Command {
	var version, backlog string
	c := a.taskVerb(&cobra.Command{
		Use: "upgrade TASK", Short: "Change the version of a task's report",
		Long: "Change the version of a task's report, to the newest or to the one that --to names. Only a version\nthat is named may be older than the task's.",
	}, func(ctx context.Context, client *apiclient.Client, account, id string) (httpapi.TaskView, error) {
		return client.UpgradeTask(ctx, account, id, version, backlog)
	})
	c.Flags().StringVar(&version, "to", "", "the version, such as 1.0, or a major alone")
	backlogFlag(c, &backlog)
	return c
}

func backlogFlag(c *cobra.Command, backlog *string) {
	c.Flags().StringVar(backlog, "backlog", "", "windows that are due and not delivered: keep delivers them as the task was, drop gives them up")
}

// taskDo does the same to several tasks; it fails if one was refused.
func (a *app) taskDo() *cobra.Command {
	var actions httpapi.TaskActions
	var key string
	c := &cobra.Command{
		Use: "do ACTION TASK...", Short: "Enable, disable, reset or delete several tasks", Args: cobra.MinimumNArgs(2),
		Long:    "Do the same to several tasks: enable, disable, reset or delete. A task that is refused does\nnot keep the others from it; the command then fails after the list.",
		Example: "  starter task do enable 01JD40K7M5Q3ZB1A9C8E7G6J4K 01JD41M2N3P4Q5R6S7T8V9W0X1 --catch-up latest",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, account, err := a.scope(cmd.Context())
			if err != nil {
				return err
			}
			actions.Action, actions.Tasks = args[0], args[1:]
			results, err := client.ActOnTasks(cmd.Context(), account, actions, apiclient.Write{Key: key})
			if err != nil {
				return err
			}
			return a.showResults(results)
		},
	}
	c.Flags().StringVar(&actions.CatchUp, "catch-up", "", "enable: which windows of the pause are delivered: all, latest or none (default)")
	idempotency(c, &key)
	return c
}

func (a *app) showResults(results []httpapi.TaskResult) error {
	t := table{head: []string{"task", "result"}}
	refused := 0
	for _, r := range results {
		text := "done"
		if r.Problem != nil {
			text = r.Problem.Detail
			refused++
		}
		t.add(r.Task, text)
	}
	if err := a.print(results, t); err != nil {
		return err
	}
	if refused > 0 {
		return fmt.Errorf("%d of %d tasks were refused", refused, len(results))
	}
	return nil
}
