package latest

// LookFrom has keys looked up from so many times more rows on, in blocks of so many bytes, and returns
// what undoes it.
func LookFrom(times int64, block int) (undo func()) {
	oldTimes, oldBlock := lookFrom, blockBytes
	lookFrom, blockBytes = times, block
	return func() { lookFrom, blockBytes = oldTimes, oldBlock }
}
