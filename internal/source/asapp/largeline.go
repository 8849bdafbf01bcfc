package asapp

import (
	"context"
	"runtime/debug"
)

// giantLine is more than may lie about until it is collected by the way.
const giantLine = 16 << 20

// largeLine is the room of one file for lines that are larger than usual: of the files of a leaf one at a time
// holds one, and only if the reader of the leaf has room for it.
type largeLine struct {
	ctx  context.Context //nolint:containedctx // of the reading of the file, which it is a part of
	turn chan struct{}   // of the leaf's files: holds what one of them puts in
	mine bool
	most int                     // bytes, of this turn
	room func(bytes int64) error // source.Query.Room
}

// Take implements feed.Room.
func (l *largeLine) Take(bytes int) error {
	if !l.mine {
		select {
		case l.turn <- struct{}{}:
			l.mine = true
		case <-l.ctx.Done():
			return l.ctx.Err()
		}
	}
	if l.most <= giantLine && bytes > giantLine {
		debug.FreeOSMemory() // it would lie beside what is left of the one before it
	}
	l.most = max(l.most, bytes)
	if l.room == nil {
		return nil
	}
	return l.room(int64(bytes))
}

// Leave implements feed.Room.
func (l *largeLine) Leave() {
	if !l.mine {
		return
	}
	l.mine, l.most = false, 0
	<-l.turn
}
