package interval

import "slices"

// keys are the skills that have rows, in the order of rows.
func (f *Skills) keys() []string {
	all := slices.Clone(f.Skills)
	for skill := range f.table.rows {
		all = append(all, skill)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(f.Only) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(skill string) bool { return !slices.Contains(f.Only, skill) })
}

// write writes the row of a skill in an interval; the report's columns say what each is.
func (f *Skills) write(skill string, i int, t *skillTally) {
	r := &f.row
	r.interval(f.Axis, i)
	r.text("skillId", []byte(skill))
	r.text("skillName", f.Name([]byte(skill)))
	r.text("channel", []byte("messaging"))
	f.writeQueue(r, t)
	f.writeService(r, t, f.Threshold([]byte(skill)))
	from, to := f.Axis.Bounds(i)
	f.writeWork(r, t, to-from)
	r.count("csatAnswers", t.rated)
	r.count("csatPositive", t.ratedWell)
	r.ratio("csatPct", percent*t.ratedWell, t.rated)
	r.known("reconDelta", t.closed()-t.resolved, f.read[resolvedLive])
}

const percent = 100

func (t *skillTally) closed() int64 { return t.byAgent + t.byConsumer + t.bySystem }

func (f *Skills) writeQueue(r *row, t *skillTally) {
	r.count("offered", t.started+t.returned)
	r.count("offeredNew", t.fresh)
	r.count("offeredTransferIn", t.started-t.fresh)
	r.count("assigned", t.assigned)
	r.count("handled", t.handled)
	r.count("concluded", t.concluded)
	r.count("closed", t.closed())
	r.count("transferredOut", t.concluded-t.closed())
	r.count("resolvedByAgent", t.byAgent)
	r.count("resolvedByConsumer", t.byConsumer)
	r.count("resolvedBySystem", t.bySystem)
	r.count("abandonedInQueue", t.abandonedInQueue)
	r.count("abandonedTotal", t.abandoned)
	r.ratio("abandonRate", t.abandoned, t.concluded)
	r.count("interactive", t.interactive)
	r.count("nonresponsiveConsumer", t.silentCons)
	r.count("nonresponsiveAgent", t.silentAg)
}

func (f *Skills) writeService(r *row, t *skillTally, threshold int64) {
	all := mean{n: int64(len(t.waits))}
	for _, w := range t.waits {
		all.sum += w
	}
	r.mean("waitAvg", all)
	r.mean("waitNewAvg", t.waitNew)
	r.mean("waitTransferAvg", t.waitTransfer)
	r.mean("waitBotTransferAvg", t.waitBot)
	for _, p := range []struct {
		name string
		of   int
	}{{"waitMax", 100}, {"waitP50", 50}, {"waitP90", 90}} {
		value, ok := percentile(t.waits, p.of)
		r.known(p.name, value, ok)
	}
	r.mean("firstResponseAvg", t.firstResponse)
	r.count("slThreshold", threshold)
	r.count("slAnsweredWithin", t.within)
	r.count("slAbandonedShort", t.short)
	r.ratio("slPct", percent*t.within, t.started-t.short)
	r.flag("slSettled", t.unsettled == 0)
}

func (f *Skills) writeWork(r *row, t *skillTally, length int64) {
	handle := mean{}
	if f.read[handleTime] {
		handle = mean{t.handleMS, t.handled}
	}
	r.known("handleTime", t.handleMS, f.read[handleTime])
	r.mean("ahtMs", handle)
	r.raw("nht", t.netHandle)
	r.count("segmentTime", t.segments.sum)
	r.mean("segmentAvg", t.segments)
	r.count("messagesSent", t.messages)
	r.raw("backlogStart", t.backlogStart)
	r.raw("backlogEnd", t.backlogEnd)
	r.raw("backlogActionableEnd", t.actionableEnd)
	r.count("openAssignedEnd", t.open)
	r.ratio("agentsOnlineAvg", t.online, length)
	r.raw("loadAvg", t.load)
}
