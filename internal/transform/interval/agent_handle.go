package interval

import (
	"crypto/sha256"

	"transporter/internal/transform/cell"
	"transporter/internal/transform/jsonrec"
)

// segmentKey stands for the id of a segment, which has about 100 characters.
type segmentKey [16]byte

func keyOf(segment []byte) segmentKey {
	sum := sha256.Sum256(segment)
	return segmentKey(sum[:])
}

// handle counts a segment of the Actual Handle Time API in the interval that it ended in.
func (f *Agents) handle(root jsonrec.Value) error {
	id, agent := cell.TextOf(root.Get("segmentId")), cell.TextOf(root.Get("agentId"))
	at, ok := cell.IntOf(root.Get("endTimeL"))
	switch {
	case id == nil:
		return missing("$.segmentId")
	case agent == nil:
		return missing("$.agentId")
	case !ok:
		return &jsonrec.Defect{Path: "$.endTimeL", Reason: "has no time, and must have one (epoch milliseconds)"}
	}
	f.handled[keyOf(id)] = f.known(agent)
	took, timed := cell.IntOf(root.Get("totalHandleTimeMillis"))
	if t := f.table.at(agent, at); t != nil && timed {
		t.handle.add(took)
	}
	return nil
}

// handleUnit counts one answer that handle time is the sum of. Files are of whole hours: those
// of segments that ended beside the window are passed over. Of a segment that goes on after the window the
// units are in the file of the hour in which it ends, which nobody reads for this window: it may be any
// later one, and each window would read them all. No answer is lost by that: of such a stay awaited counts
// the conversation's, which has all of them (TestNoAnswerIsLostOfSegmentsThatSpanHours).
func (f *Agents) handleUnit(root jsonrec.Value) error {
	from, begun := cell.IntOf(root.Get("startTimestamp"))
	to, ended := cell.IntOf(root.Get("endTimestamp"))
	if !begun || !ended {
		return &jsonrec.Defect{Path: "$.startTimestamp", Reason: "has no time, or none at $.endTimestamp, and must have both (epoch milliseconds)"}
	}
	if a, ours := f.handled[keyOf(root.Get("segmentId").Text())]; ours && !f.Days {
		f.worked([]byte(a.id), from, to)
	}
	return nil
}

func missing(path string) error {
	return &jsonrec.Defect{Path: path, Reason: "has no value, and must have one"}
}
