package workflows

import (
	"cmp"
	"slices"
	"time"

	"transporter/internal/contract"
)

// turnTime is how much time of its slots a process is ahead of the others before one that
// there are too few of goes to another: often enough that nobody starves, seldom enough that
// handing over costs nothing.
const turnTime = 30 * time.Second

// share divides the room by what everybody wants: the most urgent first, among equals evenly,
// one each in turn. What does not divide evenly goes to those who had least, and stays there
// for a while. Turns for which nothing is left are held: a process that has a slot for a more
// urgent one, and nothing to send of that just now, must not take it for them.
func share(room int, holders []contract.BudgetHolder) (given map[string]int, held int) {
	line := slices.SortedFunc(slices.Values(holders), func(a, b contract.BudgetHolder) int {
		return cmp.Or(cmp.Compare(a.Used/turnTime, b.Used/turnTime), cmp.Compare(b.Holds, a.Holds), cmp.Compare(a.Process, b.Process))
	})
	given = make(map[string]int, len(line))
	for turn := range len(contract.Turns{}) {
		if room <= 0 {
			held++
		}
		for round, more := 0, true; more; round++ {
			more = false
			for _, h := range line {
				if round < h.Wants[turn] && room > 0 {
					given[h.Process]++
					room--
					more = true
				}
			}
		}
	}
	return given, held
}
