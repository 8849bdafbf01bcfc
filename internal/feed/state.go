package feed

import (
	"errors"
	"fmt"
	"time"
)

// State says how far a leaf is.
type State string

// The states of a leaf ("_SUCCESS": docs.asapp.com/reporting/retrieve-s3).
const (
	Absent      State = "absent"      // neither files nor _SUCCESS
	InProgress  State = "in progress" // files without _SUCCESS
	Rewritten   State = "rewritten"   // a file is newer than _SUCCESS, and has not settled
	Broken      State = "broken"      // a gap in the splits, or two kinds of files of one age, and nothing has come for the settle time
	Undecodable State = "undecodable" // encrypted, and the source has no key for it
	Damaged     State = "damaged"     // a file is cut off or damaged: who reads it finds that, no listing does
	Complete    State = "complete"    // may be read; without files it has no rows
)

// ErrBroken is what is waited for with when a leaf is Broken: it is there, and does not become whole by
// itself.
var ErrBroken = errors.New("exported, but cannot be read as it is")

// ErrDamaged is the error of reading a leaf of which a file is cut off or damaged, in the bucket or on the way.
var ErrDamaged = errors.New("not whole")

// ErrUndecodable is the error of reading a leaf that is encrypted to a key that the source does not have.
var ErrUndecodable = errors.New("cannot be decoded")

// State returns how far the leaf is, and why if it is not complete. Age alone never completes a
// leaf: without _SUCCESS it stays in progress. Where a storage knows none, a leaf is complete when
// its export can be whole and its files have settled; that it stays so is seen by who lists it again
// after the reading, as everyone must.
//
// Times of the storage are compared with each other only, so now is the storage's: the Date of its
// answer, or, where it gives none, the newest last-modified that was seen anywhere in it. A now that
// is too early waits longer, one that is too late may read a leaf that is being rewritten.
func (l *Leaf) State(rules Rules, now time.Time) (State, string) {
	if l.Success == nil && len(l.Files) == 0 {
		return Absent, "nothing is there"
	}
	if state, reason := l.written(rules, now); state != Complete {
		return state, reason
	}
	if l.Fault != "" {
		if age := now.Sub(l.newest()); age < rules.Settle {
			return Rewritten, fmt.Sprintf("%s; its newest object is %v old", l.Fault, age.Round(time.Second))
		}
		return Broken, l.Fault
	}
	for _, f := range l.Files {
		if f.Encrypted && !rules.Decrypts {
			return Undecodable, f.Key + " is encrypted, and the source has no key for it"
		}
	}
	return Complete, ""
}

// written tells whether the leaf's files are there, and are left alone.
func (l *Leaf) written(rules Rules, now time.Time) (State, string) {
	switch {
	case l.Success == nil && rules.Refreshed == nil:
		return InProgress, fmt.Sprintf("%s there, %s is not", are(len(l.Files)), Success)
	case l.Success == nil && now.Before(rules.Refreshed(l.Stamp)):
		return InProgress, fmt.Sprintf("its export may go on until %s", rules.Refreshed(l.Stamp).UTC().Format(time.RFC3339))
	}
	for _, f := range l.Files {
		age := now.Sub(f.Modified)
		switch {
		case age >= rules.Settle:
		case l.Success == nil:
			return InProgress, fmt.Sprintf("%s is %v old", f.Key, age.Round(time.Second))
		case f.Modified.After(l.Success.Modified):
			return Rewritten, fmt.Sprintf("%s is newer than %s and %v old", f.Key, Success, age.Round(time.Second))
		}
	}
	return Complete, ""
}

// are counts files.
func are(files int) string {
	if files == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", files)
}

// newest returns when the last of its objects was written.
func (l *Leaf) newest() (at time.Time) {
	if l.Success != nil {
		at = l.Success.Modified
	}
	for _, f := range l.Files {
		at = latest(at, f.Modified)
	}
	return at
}
