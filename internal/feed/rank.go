package feed

import (
	"bytes"
	"slices"
	"strconv"
	"time"
)

// A rank orders rows of one key; as bytes, the greatest counts. It is printable:
//
//	2026-11-20T05:12:03.5!2026-11-20T06:00:00!2026-11-20 05 --!2026-11-20T06:04:11!B12!D4711
//
// First come the table's order columns and export_ts, each as a time and closed by "!", which is less
// than any character of one: null is nothing before it, and so last in a descending order. Then
// follows what the row is not asked for: the leaf's stamp, when the storage says that the file was
// written, its split, and the line. The stamp goes before the file's time, so that a leaf of last
// week that is exported anew does not outrank today's; also within one day, where a feed whose hours
// are those of the export ranks 00 below 23.
const rankEnd = '!'

// Origin is where rows come from.
type Origin struct {
	Stamp

	Modified time.Time // of the file, by the storage's clock
	Split    int       // None for the only file of a leaf
}

// appendRank appends what rows of one file have in common.
func (o Origin) appendRank(dst []byte) []byte {
	dst = append(dst, o.Date...)
	dst = appendClock(dst, o.Hour)
	dst = appendClock(dst, o.Minute)
	dst = append(dst, rankEnd)
	dst = o.Modified.UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999999")
	dst = append(dst, rankEnd)
	if o.Split == None {
		dst = append(dst, '-')
	} else {
		dst = appendCount(dst, int64(o.Split))
	}
	return append(dst, rankEnd)
}

func appendClock(dst []byte, n int) []byte {
	if n == None {
		return append(dst, " --"...)
	}
	return append(dst, ' ', '0'+byte(n/10), '0'+byte(n%10))
}

// appendCount appends a number from 0 on, so that they are in order as bytes: how many digits it has
// as a letter, and the digits.
func appendCount(dst []byte, n int64) []byte {
	at := len(dst)
	dst = strconv.AppendInt(append(dst, 0), n, 10)
	dst[at] = 'A' + byte(len(dst)-at-2)
	return dst
}

// Reranked returns a rank with the end of another: with what that one says of where its row is from.
func Reranked(rank, from []byte) []byte {
	return slices.Concat(rank[:runOf(rank)], from[runOf(from):])
}

// runOf is where a rank begins to say where its row is from: its last three parts and the line.
func runOf(rank []byte) int {
	at := len(rank)
	for range 4 {
		at = bytes.LastIndexByte(rank[:at], rankEnd)
	}
	return at + 1
}
