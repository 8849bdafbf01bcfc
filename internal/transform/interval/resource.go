package interval

// Resources that only rows of agents are made of.
const (
	handleBreakdown = "handle_time_breakdown" // after handle_time, which names the segments
	chatAgents      = "rt_agentactivity"
)
