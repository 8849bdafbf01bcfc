package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"transporter/internal/sandbox/live"
)

// agentOptions are the flags of the agents in conversations that apps open. GET and PUT
// /_admin/live/agents show and replace what they say.
type agentOptions struct {
	mode  string
	speed float64
}

// What agents do by themselves.
const (
	agentsNone = "none" // only what /_admin/live/{account}/conversations/{id}/acts tells them
	agentsAuto = "auto" // accept, read, type and answer
)

func (o *agentOptions) add(f *pflag.FlagSet) {
	f.StringVar(&o.mode, "agents", agentsNone, "what agents do by themselves: none, or auto to accept, read, type and answer")
	f.Float64Var(&o.speed, "agent-speed", 1, "how many times faster than people automatic agents are")
}

// staff sets the engine's agents to work as a server that lets happen what is due.
func (o *agentOptions) staff(e *live.Engine) (server, error) {
	if o.mode != agentsNone && o.mode != agentsAuto {
		return server{}, fmt.Errorf("--agents: %q must be %s or %s", o.mode, agentsNone, agentsAuto)
	}
	if err := e.SetAgents(live.Agents{Automatic: o.mode == agentsAuto, Speed: o.speed}); err != nil {
		return server{}, fmt.Errorf("--agent-speed: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	return server{
		serve: func() error { e.Run(ctx); return nil },
		stop:  func(context.Context) error { stop(); return nil },
	}, nil
}
