// Package destinationtest is the contract of destination.Destination as a test suite.
// A new adapter runs it with a dozen lines: see the adapters beside it.
package destinationtest

import (
	"testing"

	"transporter/internal/destination"
)

// Peer is one empty place to deliver to, with a look behind it that does not go through
// the adapter.
type Peer struct {
	Destination destination.Destination

	// Plant puts a foreign file at a final name; Read returns what a final name holds.
	Plant func(t *testing.T, name string, content []byte)
	Read  func(t *testing.T, name string) (content []byte, exists bool)
	// Temps returns how many temporary files there are, in any folder. Nil where there are none.
	Temps func(t *testing.T) int
	// Damage flips the last byte of every temporary file; nil where there are none, or where
	// files are verified by what the place computed when it got them: that says nothing of
	// them at rest.
	Damage func(t *testing.T)
	// OnDemand tells that hashes are computed when they are asked for, so that level 2, too,
	// finds what Damage did.
	OnDemand bool
	// Lie takes the last byte of every temporary file away, while the place goes on telling
	// the size that it had; nil where its answers cannot be bent.
	Lie func(t *testing.T)
	// Flip flips one bit of what is sent next, on its way; nil where there is no way, or
	// nobody there who could tell.
	Flip func()

	// Cut breaks every open connection; later ones work. Nil where there is none.
	Cut func()
	// Forbidden is a destination in the same place without the right to write; nil where
	// there are no rights.
	Forbidden destination.Destination

	// Direct tells of a place where an upload is at once the final file, which nobody can look
	// at, replace on condition or take back through the adapter.
	Direct bool
	// Tells of a Direct place that gets no bytes but one message, after everything, which tells
	// where they are.
	Tells bool

	Highest destination.Level // best verification that the place can reach
	Want    destination.Level // that files are delivered with; zero: Highest
	Resumes bool              // an interrupted upload goes on from where it stopped
	InPlace bool              // nothing can be renamed: uploads write under final names
}

func (p Peer) want() destination.Level {
	if p.Want != 0 {
		return p.Want
	}
	return p.Highest
}

// Run runs the suite, its cases side by side; open returns a fresh Peer for each and
// registers its clean-up with t.
func Run(t *testing.T, open func(t *testing.T) Peer) {
	cases := []struct {
		name string
		run  func(t *testing.T, p Peer)
	}{
		{"delivers any content under any name", testDelivers},
		{"shows a file only when it is published", testHidden},
		{"goes on from what an interrupted upload left", testResume},
		{"does not trust a damaged tail", testDamagedTail},
		{"does not go on from other content", testOtherContent},
		{"does not send a published file again", testSentOnce},
		{"reaches the level that is asked for", testLevels},
		{"finds wrong bytes and sends them anew", testWrongBytes},
		{"never publishes what was flipped on its way", testFlipped},
		{"does not believe a size", testLie},
		{"finds an upload that is gone", testGone},
		{"publishes twice without harm", testPublishTwice},
		{"never replaces a foreign file unasked", testCollision},
		{"replaces a file when asked to", testReplace},
		{"takes back what is published", testWithdraw},
		{"leaves the temporary files of others alone", testForeignTemp},
		{"discards twice without harm", testDiscard},
		{"refuses names that leave the folder", testBadNames},
		{"refuses a source that is not what it says", testBadSource},
		{"stops when the context ends", testCancelled},
		{"delivers two tokens at once", testConcurrent},
		{"says which right is missing", testForbidden},
		{"survives a cut connection", testCut},
		{"probes and leaves nothing behind", testProbe},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			if p.Temps == nil {
				p.Temps = func(*testing.T) int { return 0 }
			}
			c.run(t, p)
		})
	}
}

// needBytes skips a case that is about bytes on their way where none are sent.
func needBytes(t *testing.T, p Peer) {
	t.Helper()
	if p.Tells {
		t.Skip("this place gets no bytes")
	}
}

// needTemps skips a case that is about temporary files where there are none.
func needTemps(t *testing.T, p Peer) {
	t.Helper()
	if p.Direct {
		t.Skip("this place has no temporary files")
	}
}
