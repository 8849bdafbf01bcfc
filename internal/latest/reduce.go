package latest

import (
	"context"
	"slices"

	"transporter/internal/least"
	"transporter/internal/staging"
)

// mostSets bounds how many sets are open at once. Beyond, they are merged in levels first.
const mostSets = 64

// reduced are sets that were made of more, so few that all may be open.
type reduced struct {
	sets  []Tagged
	stage *staging.Stage
	made  []Set // by the way, below the scratch prefix
}

// reduce merges as many of the sets as is needed for at most so many. What it makes lies below
// scratch. What it returns is to be removed, also after an error.
func reduce(ctx context.Context, stage *staging.Stage, scratch string, sets []Tagged, most int, losers Losers) (*reduced, error) {
	r := &reduced{sets: slices.Clone(sets), stage: stage}
	for at, n := range least.Fewer(len(sets), most) {
		set, err := compact(ctx, stage, scratch, r.sets[at:at+n], losers)
		if err != nil {
			return r, err
		}
		r.made = append(r.made, set)
		r.sets = slices.Replace(r.sets, at, at+n, Tagged{Set: set})
	}
	return r, nil
}

// remove removes what was made by the way. A failure leaves it to whoever removes the prefix.
func (r *reduced) remove(ctx context.Context) {
	for _, set := range r.made {
		_ = r.stage.Remove(context.WithoutCancel(ctx), set.Runs...)
	}
}
