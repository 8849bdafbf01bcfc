package account

import (
	"cmp"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/task"
)

// Plans (T22). The basic one runs tasks just once, over at most 24 hours, to the cloud
// store only; the premium one does everything. Both can be set otherwise, for all accounts
// (Plans) and for one (Snapshot.Limits).
const (
	PlanBasic   = "basic"
	PlanPremium = "premium"
)

// KindStore is the kind of a destination that is the cloud store.
const KindStore = "store"

// Limits is what a plan allows. A zero field says nothing: the limits of the account are
// completed by those of its plan, see Snapshot.Allowed.
type Limits struct {
	Tasks        int           `json:"tasks,omitempty"`        // in all
	PerReport    int           `json:"perReport,omitempty"`    // of one report
	Window       task.Duration `json:"window,omitempty"`       // the longest
	Frequencies  []string      `json:"frequencies,omitempty"`  // the kinds, such as task.Once
	Destinations []string      `json:"destinations,omitempty"` // the kinds, such as KindStore
}

// Default limits of both plans (T22).
const (
	DefaultTasks     = 15
	DefaultPerReport = 3
)

// MaxLimit bounds the limits themselves, so that an account with as many tasks fits into its
// workflow's state.
const MaxLimit = 200

// Plans are the limits of each plan in a deployment; zero fields take the defaults.
type Plans struct {
	Basic   Limits `json:"basic,omitzero"`
	Premium Limits `json:"premium,omitzero"`
}

// of returns the limits of the plan; an account without one has the premium plan.
func (p Plans) of(plan string) Limits {
	if plan == PlanBasic {
		return p.Basic
	}
	return p.Premium
}

// defaultPlans are the plans of a deployment that says nothing.
func defaultPlans() Plans {
	return Plans{
		Basic: Limits{
			Tasks: DefaultTasks, PerReport: DefaultPerReport, Window: task.Duration(24 * time.Hour),
			Frequencies: []string{task.Once}, Destinations: []string{KindStore},
		},
		Premium: Limits{Tasks: DefaultTasks, PerReport: DefaultPerReport},
	}
}

// Allowed returns what the account may do: its own limits, completed by those of its plan in
// the deployment and then by the defaults. What is still zero or empty is not limited.
func (s Snapshot) Allowed(deployed Plans) Limits {
	return s.Limits.or(deployed.of(s.Plan)).or(defaultPlans().of(s.Plan))
}

// or completes the limits.
func (l Limits) or(rest Limits) Limits {
	l.Tasks = cmp.Or(l.Tasks, rest.Tasks)
	l.PerReport = cmp.Or(l.PerReport, rest.PerReport)
	l.Window = cmp.Or(l.Window, rest.Window)
	if len(l.Frequencies) == 0 {
		l.Frequencies = rest.Frequencies
	}
	if len(l.Destinations) == 0 {
		l.Destinations = rest.Destinations
	}
	return l
}

// Check refuses limits that cannot be kept, as fault.InvalidSpec that names the field.
func (l Limits) Check() error {
	for _, n := range []struct {
		field string
		value int
	}{{"limits.tasks", l.Tasks}, {"limits.perReport", l.PerReport}} {
		if n.value < 0 || n.value > MaxLimit {
			return fault.New(fault.InvalidSpec, "%d is no limit: 1 to %d, or 0 for the default", n.value, MaxLimit).WithField(n.field)
		}
	}
	if l.Window < 0 {
		return fault.New(fault.InvalidSpec, "it is negative").WithField("limits.window").WithFix(`write one such as "24h", or leave it out`)
	}
	for _, kind := range l.Frequencies {
		if !slices.Contains(task.Frequencies(), kind) {
			return fault.New(fault.InvalidSpec, "%.20q is no frequency", kind).WithField("limits.frequencies").WithFix("use once, interval, daily or weekly")
		}
	}
	return nil
}
