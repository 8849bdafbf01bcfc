package feed

import (
	"strconv"
	"strings"
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
// are those of the export would rank 00 below 23 (Oddity counts such rows).
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

// Oddity is what is strange about which of two rows counts.
type Oddity string

// The oddities; they are counted, and change nothing.
const (
	Ordinary Oddity = ""
	// The row that counts is of an earlier run: a correction moved the time back that rows are
	// ranked by.
	OlderTime Oddity = "later run with an older time"
	// The row that counts is of a later hour of one day, and of an older file: the hours may be those
	// of the export and not of the data.
	OlderFile Oddity = "later hour in an older file"
)

// Odd compares the ranks of two rows of one key, of which the greater counts.
func Odd(a, b string) Oddity {
	winner, loser := parseRank(max(a, b)), parseRank(min(a, b))
	switch {
	case winner.times != loser.times:
		if winner.stamp < loser.stamp {
			return OlderTime
		}
	case (winner.times == noTimes || strings.HasSuffix(winner.times, noTimes+noTimes)) && // without export_ts
		winner.stamp[:len(time.DateOnly)] == loser.stamp[:len(time.DateOnly)] &&
		winner.stamp > loser.stamp && winner.modified < loser.modified:
		return OlderFile
	}
	return Ordinary
}

// noTimes is what is left of export_ts where it is null, also of a table that has no order.
const noTimes = string(rankEnd)

type parsedRank struct{ times, stamp, modified string }

func parseRank(rank string) parsedRank {
	parts := strings.Split(rank, string(rankEnd))
	const run = 4 // stamp, time, split, line
	if len(parts) < run || len(parts[len(parts)-run]) < len(time.DateOnly) {
		return parsedRank{stamp: "0000-00-00"}
	}
	at := len(parts) - run
	return parsedRank{times: strings.Join(append(parts[:at:at], ""), string(rankEnd)), stamp: parts[at], modified: parts[at+1]}
}
