package staging

// IDBytes is what Pages.Within weighs an ID as.
const IDBytes = idBytes

// SmallRuns makes runs of a few records, so that a small test has many.
func (p *Pages) SmallRuns() *Pages {
	p.runBytes = 4 << 10
	return p
}
