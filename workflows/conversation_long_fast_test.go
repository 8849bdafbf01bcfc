//go:build !soak

package workflows_test

// longLife is how many messages the long conversation has; 20,000 under the tag soak.
const longLife = 4_000
