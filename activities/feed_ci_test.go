//go:build !soak

package activities_test

// truthTables are one of each kind: ties, an order in the key, open rows, null keys, a date in the
// key, two orders, whole exports, minutes.
func truthTables() []string {
	return []string{"convos_metrics", "rep_activity", "admin_activity", "rep_hierarchy", "quick_reply_buttons", "flow_completions", "dim_queues", "queue_wfm"}
}
