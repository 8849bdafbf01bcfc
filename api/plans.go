package main

import (
	"encoding/json"
	"reflect"

	"transporter/internal/account"
	"transporter/internal/httpapi"
)

// planLimits is the flag of a plan's limits.
type planLimits account.Limits

// Set reads the limits as the API takes those of an account.
func (p *planLimits) Set(text string) error {
	limits, err := httpapi.ParseLimits([]byte(text))
	*p = planLimits(limits)
	return err
}

// String returns what Set reads; nothing for limits that are not set.
func (p *planLimits) String() string {
	if reflect.ValueOf(*p).IsZero() {
		return ""
	}
	text, _ := json.Marshal(*p) // numbers and texts always encode
	return string(text)
}

// Type names the value in the help and in errors.
func (p *planLimits) Type() string { return "JSON object of limits" }
