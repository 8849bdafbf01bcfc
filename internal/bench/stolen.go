package main

import (
	"fmt"
	"os"
)

// processors is what the processors have done since the machine began, in ticks.
type processors struct{ all, stolen uint64 }

// processorsNow reads it; where the system does not tell, nothing is stolen. A tick is stolen when
// the machine beneath gave the processor to somebody else while work was waiting (proc(5),
// /proc/stat, the eighth figure).
func processorsNow() processors {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return processors{}
	}
	var t [8]uint64
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d %d", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]); err != nil {
		return processors{}
	}
	p := processors{stolen: t[7]}
	for _, n := range t {
		p.all += n
	}
	return p
}

// since is the share of the processors' time that was stolen after an earlier look.
func (p processors) since(before processors) float64 {
	if p.all <= before.all {
		return 0
	}
	return float64(p.stolen-before.stolen) / float64(p.all-before.all)
}
