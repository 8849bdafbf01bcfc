package httpapi

// RunName returns the id of the workflow's run in URLs.
func RunName(workflowID string) (string, bool) {
	n, ok := runOf(workflowID)
	return n.String(), ok
}

// WorkflowID is the inverse of RunName.
func WorkflowID(account, name string) (string, error) {
	n, err := parseRun(name)
	return n.workflowID(account), err
}

// ProblemOf is the mapping of errors to answers.
var ProblemOf = problemOf

// Pause is the wait before a workflow is asked again.
var Pause = pause
