package feed

// Place is where the leaves of a table lie.
type Place struct {
	Feed    string `json:"feed"`    // folder, the table's name
	Version string `json:"version"` // of the feed's format: "1"
	Format  string `json:"format"`  // jsonl
}

// Leaf is one partition as a listing shows it. Files are those to be read; what else lies there is
// in Ignored.
type Leaf struct {
	Place
	Stamp

	Folders  []string `json:"folders"`            // where its objects lie: one, unless a path is written in two ways
	Success  *Object  `json:"success,omitempty"`  // _SUCCESS; nil: it is not there
	Files    []File   `json:"files"`              // data files in the order of their splits
	Ignored  []string `json:"ignored,omitempty"`  // keys of objects that are no part of it, with the reason
	Warnings []string `json:"warnings,omitempty"` // what is odd, and does not matter
	Fault    string   `json:"fault,omitempty"`    // why its files contradict each other; empty: they do not
}

// File is a data file of a leaf.
type File struct {
	Object

	Split     int  `json:"split"` // None for the only one
	Gzip      bool `json:"gzip,omitempty"`
	Encrypted bool `json:"encrypted,omitempty"`
}

// Size returns the bytes of its files, as stored.
func (l *Leaf) Size() int64 {
	var size int64
	for _, f := range l.Files {
		size += f.Size
	}
	return size
}
