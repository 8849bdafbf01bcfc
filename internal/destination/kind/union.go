package kind

import (
	"slices"
	"strings"
)

// Shared is a field together with the kinds that have it. Fields of one name have one type.
type Shared struct {
	Field
	Kinds []string
}

// Fields returns the public fields of all kinds, each name once, with Doc such as
// "s3, gcs: A folder within the bucket. store: A folder within the storage."
func Fields() []Shared { return union(func(k Kind) []Field { return k.Fields }) }

// Secrets returns the credentials of all kinds as Fields does.
func Secrets() []Shared { return union(func(k Kind) []Field { return k.Secrets }) }

func union(of func(Kind) []Field) []Shared {
	var all []Shared
	docs := map[string][]Shared{} // by field: one entry for each wording
	for _, k := range All() {
		for _, f := range of(k) {
			at := slices.IndexFunc(all, func(s Shared) bool { return s.Name == f.Name })
			if at < 0 {
				at = len(all)
				all = append(all, Shared{Field: f})
			}
			all[at].Kinds = append(all[at].Kinds, k.Name)
			docs[f.Name] = addDoc(docs[f.Name], f, k.Name)
		}
	}
	for i, s := range all {
		var words []string
		for _, d := range docs[s.Name] {
			words = append(words, strings.Join(d.Kinds, ", ")+": "+d.Doc)
		}
		all[i].Doc = strings.Join(words, " ")
	}
	return all
}

func addDoc(docs []Shared, f Field, kind string) []Shared {
	for i := range docs {
		if docs[i].Doc == f.Doc {
			docs[i].Kinds = append(docs[i].Kinds, kind)
			return docs
		}
	}
	return append(docs, Shared{f, []string{kind}})
}
