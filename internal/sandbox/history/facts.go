package history

// Facts is what search filters look at in one conversation, as it is known now.
// Times are epoch milliseconds UTC; an end that has not come is Open.
type Facts struct {
	Start           int64
	End             int64 // moves when a survey is submitted or times out
	ConversationEnd int64
	FullDialogEnd   int64
	Updated         int64
	Duration        int64 // milliseconds, until now while open
	Closed          bool
	LatestSkill     int64
	LatestAgent     int64 // 0 when there was none
	Skills          []int64
	Agents          []int64
	Groups          []int64
	MCS             int64
	AlertedMCS      int64
	CSAT            int64 // 0 when there is none
	Source          string
	Device          string
	QueueState      string
}

// Open is the end of what has not ended, as the source writes it.
const Open int64 = -1

// Status is the source's word for the conversation's state.
func (f *Facts) Status() string {
	if f.Closed {
		return "CLOSE"
	}
	return "OPEN"
}
