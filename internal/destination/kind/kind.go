// Package kind describes the kinds of destinations as data. From one description come the
// body that the API takes and its JSON Schema, what it shows, the flags of the command line
// and the settings that an adapter is opened with: a new kind is one folder for its adapter
// and one file here.
package kind

import "slices"

// Type is the type of a field's value.
type Type int

// The types, with what they are in JSON and how Values keep them.
const (
	Text     Type = iota // a string, as it is
	Integer              // a number without fraction, in decimal
	Boolean              // true or false, in words
	List                 // a list of strings, one a line
	Integers             // a list of numbers without fraction, one a line
	Map                  // an object of strings, as JSON
)

// Field is one value that a kind of destination takes.
type Field struct {
	Name      string // in JSON
	Type      Type
	Doc       string // a sentence for people, such as "Name or address."
	Example   any    // as in JSON; nil where the field is left out of the kind's example
	Required  bool
	Default   string   // what is kept when it is absent, as Values keep it; empty: nothing
	Enum      []string // the only values of a Text
	MaxLength int      // of a Text, or of each value of a List or Map, in characters; 0: maxText
	Min, Max  int      // of an Integer or each of Integers; both 0: any
	MaxItems  int      // of a List, Integers or Map; 0: maxItems
	File      bool     // a long text that people have as a file: the command line takes its path
}

// Bounds of what a field holds unless it says otherwise: an account with all its
// destinations must fit into one workflow's state.
const (
	maxText  = 1000
	maxItems = 16
)

// Kind is one kind of destination. Secrets are texts; they are sealed and never shown.
type Kind struct {
	Name    string // of account.Destination.Kind
	Doc     string // what it is, such as "A folder of an SFTP server."
	Fields  []Field
	Secrets []Field
	// Check finds what is wrong with values that fit the fields taken one by one, as
	// fault.InvalidSpec with the field; nil where nothing can be.
	Check func(v Values, given Given) error
	// Place tells people where files go, without secrets.
	Place func(v Values) string
}

// Given are the names of the credentials that came with a request. It is nil where none
// came and those that are kept stay, and empty where there are none at all.
type Given map[string]bool

// All returns the kinds in the order in which people are told of them; worker/adapters.go
// opens them.
func All() []Kind { return slices.Clone(kinds) }

var kinds = []Kind{s3Kind, gcsKind, sftpKind, httpKind, emailKind, storeKind}

// Names returns the names of All.
func Names() []string {
	var names []string
	for _, k := range All() {
		names = append(names, k.Name)
	}
	return names
}

// Get returns the kind of the name.
func Get(name string) (Kind, bool) {
	all := All()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}
