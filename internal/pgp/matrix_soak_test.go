//go:build soak

package pgp

// wholeMatrix tries the shapes that take long to make too.
const wholeMatrix = true
