package live

import (
	"errors"
	"fmt"
)

// Why a request is refused. The text behind it names the field and says what would be right.
var (
	ErrInvalid = errors.New("invalid request")
	ErrClosed  = errors.New("the conversation is closed")
	ErrForeign = errors.New("the conversation is another consumer's")
)

func invalid(format string, a ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, a...))
}
