package world

// Consumers come back by a fixed pattern, so that both directions are arithmetic: a block
// of numbers is lanes × slots, and all conversations of a regular's slot are his.
const (
	slots       = 512
	lanes       = 8
	regularsIn  = 8 // one slot in regularsIn belongs to a regular
	blockLength = slots * lanes
)

// consumer is the number of the first conversation of n's consumer.
func (a *Account) consumer(n int64) int64 {
	block, slot := n/blockLength, n%slots
	if mix(a.seed^uint64(block*slots+slot)*golden)%regularsIn == 0 {
		return block*blockLength + slot
	}
	return n
}

// conversationsOf lists the numbers of a consumer's conversations, oldest first.
func (a *Account) conversationsOf(consumer int64) []int64 {
	var list []int64
	for n := consumer; n < consumer/blockLength*blockLength+blockLength; n += slots {
		if a.consumer(n) == consumer {
			list = append(list, n)
		}
	}
	return list
}
