package liveperson

import (
	"context"
	"errors"

	"transporter/internal/budget"
)

// Shared is what all clients of a process have in common: the budget of each platform account
// and host, since the platform limits how many requests of an account run at once, whoever
// sends them; the cache of host names; the sessions and tokens that were issued; and the memory that large answers take. The zero
// value is ready; Close it when the process ends.
type Shared struct {
	Budgets budget.Budgets
	domains domains
	grants  grants
	large   largePlace
}

// Close logs out every user that the process has logged in, and gives back the slots that it
// has leased; what was issued ends by itself where the platform cannot be told so.
func (s *Shared) Close(ctx context.Context) error {
	var errs []error
	for _, g := range s.grants.take() {
		if g.end != nil {
			errs = append(errs, g.end(ctx))
		}
	}
	s.Budgets.Close(ctx)
	return errors.Join(errs...)
}
