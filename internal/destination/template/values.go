package template

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"time"

	"transporter/internal/destination"
)

// aboutFields are the fields that every text may use.
var aboutFields = map[string]func(destination.About) string{
	"account":     func(a destination.About) string { return a.Account },
	"delivery":    func(a destination.About) string { return a.Delivery },
	"description": func(a destination.About) string { return a.Description },
	"format":      func(a destination.About) string { return a.Format },
	"from":        func(a destination.About) string { return a.From.UTC().Format(time.RFC3339) },
	"report":      func(a destination.About) string { return a.Report },
	"revision":    func(a destination.About) string { return strconv.Itoa(a.Revision) },
	"task":        func(a destination.About) string { return a.Task },
	"to":          func(a destination.About) string { return a.To.UTC().Format(time.RFC3339) },
	"zone":        func(a destination.About) string { return a.Zone },
}

// fileFields are the fields of texts that are filled for every file.
var fileFields = map[string]func(destination.File) string{
	"file":   func(f destination.File) string { return path.Base(f.Name) },
	"name":   func(f destination.File) string { return f.Name },
	"part":   func(f destination.File) string { return strconv.Itoa(f.About.Part) },
	"parts":  func(f destination.File) string { return strconv.Itoa(f.About.Parts) },
	"role":   func(f destination.File) string { return string(f.About.Role) },
	"rows":   func(f destination.File) string { return strconv.FormatInt(f.About.Rows, 10) },
	"sha256": func(f destination.File) string { return f.SHA256 },
	"size":   func(f destination.File) string { return strconv.FormatInt(f.Size, 10) },
}

// deliveryFields are the fields of texts that are filled for all files together.
var deliveryFields = map[string]func([]destination.File) string{
	"files": func(all []destination.File) string { return strconv.Itoa(len(all)) },
	"rows":  func(all []destination.File) string { return strconv.FormatInt(Rows(all), 10) },
}

// FileFields returns the fields of a text about one file, in alphabetical order.
func FileFields() []string { return sorted(aboutFields, fileFields) }

// DeliveryFields returns the fields of a text about a whole delivery, in alphabetical order.
func DeliveryFields() []string { return sorted(aboutFields, deliveryFields) }

func sorted[V any](about map[string]func(destination.About) string, own map[string]func(V) string) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Keys(about) {
			if !yield(name) {
				return
			}
		}
		for name := range maps.Keys(own) {
			if !yield(name) {
				return
			}
		}
	})
}

// File returns the values of FileFields. Times are RFC 3339 in UTC; a file that is not data has
// part 0.
func File(f destination.File) map[string]string { return values(f.About, f, fileFields) }

// Delivery returns the values of DeliveryFields.
func Delivery(about destination.About, files []destination.File) map[string]string {
	return values(about, files, deliveryFields)
}

func values[V any](about destination.About, of V, own map[string]func(V) string) map[string]string {
	out := map[string]string{}
	for name, value := range aboutFields {
		out[name] = value(about)
	}
	for name, value := range own {
		out[name] = value(of)
	}
	return out
}

// Rows returns how many rows the files have together.
func Rows(files []destination.File) (sum int64) {
	for _, f := range files {
		sum += f.About.Rows
	}
	return sum
}
