package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"transporter/internal/account"
	"transporter/internal/task"
)

func TestFlags(t *testing.T) {
	none := func(string) (string, bool) { return "", false }
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no store":       {nil, "--store"},
		"unknown role":   {[]string{"--role=web"}, "--role"},
		"empty prefix":   {[]string{"--store=file:///x", "--secret-env-prefix="}, "--secret-env-prefix"},
		"no limits":      {[]string{"--store=file:///x", "--plan-basic=5"}, "--plan-basic"},
		"unknown limit":  {[]string{"--store=file:///x", `--plan-basic={"task":5}`}, "task: unknown field"},
		"too high":       {[]string{"--store=file:///x", `--plan-premium={"tasks":500}`}, "tasks: "},
		"no frequency":   {[]string{"--store=file:///x", `--plan-basic={"frequencies":["hourly"]}`}, "frequencies[0]: it must be one of"},
		"stray argument": {[]string{"--store=file:///x", "serve"}, "serve"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(c.args, none)
			require.ErrorContains(t, err, c.says)
		})
	}
	o, err := parse([]string{"--role=codec"}, none)
	require.NoError(t, err)
	require.Equal(t, defaultCodec, o.listen)
	o, err = parse(nil, func(name string) (string, bool) { return "file:///from/env", name == "TRANSPORTER_STORE" })
	require.NoError(t, err)
	require.Equal(t, []string{"file:///from/env", defaultAPI}, []string{o.store, o.listen})
}

func TestPlanFlags(t *testing.T) {
	lookup := func(name string) (string, bool) { return `{"perReport": 5}`, name == "TRANSPORTER_PLAN_PREMIUM" }
	o, err := parse([]string{"--store=file:///x", `--plan-basic={"tasks": 5, "window": "7d", "frequencies": ["once", "daily"]}`}, lookup)
	require.NoError(t, err)
	basic := account.Snapshot{Plan: account.PlanBasic}.Allowed(o.plans)
	require.Equal(t, account.Limits{
		Tasks: 5, PerReport: account.DefaultPerReport, Window: task.Duration(7 * 24 * time.Hour),
		Frequencies: []string{task.Once, task.Daily}, Destinations: []string{account.KindStore},
	}, basic)
	require.Equal(t, account.Limits{Tasks: account.DefaultTasks, PerReport: 5}, account.Snapshot{}.Allowed(o.plans))
	require.Equal(t, 7, account.Snapshot{Limits: account.Limits{Tasks: 7}}.Allowed(o.plans).Tasks, "an account's own come first")
}
