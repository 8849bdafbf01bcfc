package task

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Layouts of a leg.
const (
	LayoutFlat        = "flat"        // every file directly in the leg's path, under names of a template
	LayoutPartitioned = "partitioned" // FEED/version=V/format=F/dt=…/hr=…/mi=…/FILE, as feeds of object stores have it
)

// Compressions of a leg's files.
const (
	CompressionNone = "none"
	CompressionGzip = "gzip" // before the encryption, as feeds have it: decrypt, unpack, parse
)

// Files of a delivery besides its data.
const (
	manifestSuffix    = ".manifest.json" // flat: after the name of the first file
	partitionManifest = "_manifest.json"
	partitionMarker   = "_SUCCESS" // empty, written last
)

// Ends of the names of encrypted files.
const (
	suffixPGP       = ".pgp"
	suffixArmored   = ".asc"
	suffixPartition = ".enc" // as feeds name a second encryption
	suffixGzip      = ".gz"
)

// Names makes the names of what one leg delivers, below the leg's path. A name belongs to
// one window and part: nothing else of the task has it.
type Names struct {
	leg      Leg
	template *NameTemplate // flat
	feed     string        // partitioned
}

// Names returns the names of the leg. What is wrong with its settings is fault.InvalidSpec
// on the field.
func (l Leg) Names() (*Names, error) {
	n := &Names{leg: l, feed: l.Feed}
	if l.partitioned() {
		return n, l.checkFeed()
	}
	if err := l.onlyPartitioned(); err != nil {
		return nil, err
	}
	text := l.FileName
	if len(l.FileNameElements) > 0 {
		var err error
		if text, err = l.elements(); err != nil {
			return nil, err
		}
	}
	var err error
	n.template, err = ParseName(text)
	return n, err
}

func (l Leg) partitioned() bool { return l.Layout == LayoutPartitioned }

// Naming tells two legs to one place apart: equal ones would write the same names.
func (l Leg) Naming() string {
	switch {
	case l.partitioned():
		return "partitioned:" + l.Feed + ":" + l.FeedVersion // no template has a colon
	case len(l.FileNameElements) > 0:
		return "elements:" + strings.Join(l.FileNameElements, ",")
	}
	return l.FileName
}

// Data returns the name of a data file as it leaves, and within it the name of the clear
// file for the receiver.
func (n *Names) Data(d NameData) (name, inner string) {
	if n.template != nil {
		name = n.flat(d)
	} else {
		name = path.Join(n.folder(d), n.file(d, d.Part-1, d.Parts > 1))
	}
	if n.leg.Gzips() {
		name += suffixGzip
	}
	return name + n.suffix(), path.Base(name)
}

// Manifest returns the name of the manifest: of one folder with the data files.
func (n *Names) Manifest(d NameData) string {
	if n.template == nil {
		return path.Join(n.folder(d), partitionManifest)
	}
	d.Part, d.Parts = 1, 1
	return strings.TrimSuffix(n.template.Render(d), "."+d.Format) + manifestSuffix
}

// flat is the name by the template; a second file is told apart before the extension.
func (n *Names) flat(d NameData) string {
	name := n.template.Render(d)
	if d.Of == "" {
		return name
	}
	ext := "." + safe(d.Format)
	if base, ok := strings.CutSuffix(name, ext); ok {
		return base + "." + d.Of + ext
	}
	return name + "." + d.Of
}

// Template returns the text of the flat layout's template in force; empty for partitions.
func (n *Names) Template() string {
	if n.template == nil {
		return ""
	}
	return n.template.String()
}

// Marker returns the name of the empty file that says that all is there; empty where the
// layout has none.
func (n *Names) Marker(d NameData) string {
	if n.template != nil {
		return ""
	}
	return path.Join(n.folder(d), partitionMarker)
}

// Others yields, for a partition, every name that data files of d's kind can have there: single and
// numbered, in whatever compression and encryption. Numbered ones never end; stop each run of them at the
// first that nobody holds.
func (n *Names) Others(d NameData) (single []string, numbered func(i int) []string) {
	suffixes := []string{"", suffixGzip, suffixPartition, suffixGzip + suffixPartition}
	all := func(name string) []string {
		out := make([]string, len(suffixes))
		for i, s := range suffixes {
			out[i] = path.Join(n.folder(d), name) + s
		}
		return out
	}
	return all(n.file(d, 0, false)), func(i int) []string { return all(n.file(d, i, true)) }
}

// folder is the partition: FEED/version=V/format=F/dt=…
func (n *Names) folder(d NameData) string {
	feed := n.feed
	if feed == "" {
		feed = feedOf(d.Report)
	}
	version, _, _ := strings.Cut(d.Version, ".")
	if n.leg.FeedVersion != "" {
		version = n.leg.FeedVersion
	}
	return path.Join(feed, "version="+safe(version), "format="+safe(d.Format), d.Partition)
}

// file is the name of a clear file: FEED.FORMAT, and .00, .01 … where there are several; of a second
// file FEED_NAME.FORMAT, which the grammar of feeds takes for another feed's.
func (n *Names) file(d NameData, i int, several bool) string {
	feed := n.feed
	if feed == "" {
		feed = feedOf(d.Report)
	}
	if d.Of != "" {
		feed += "_" + d.Of
	}
	name := feed + "." + safe(d.Format)
	if several {
		name += fmt.Sprintf(".%02d", i)
	}
	return name
}

func (n *Names) suffix() string {
	switch {
	case n.leg.Encryption.Mode != EncryptPGP:
		return ""
	case n.leg.partitioned():
		return suffixPartition
	case n.leg.Encryption.Armor:
		return suffixArmored
	}
	return suffixPGP
}

// Gzips reports whether the leg's files are compressed before they are encrypted.
func (l Leg) Gzips() bool { return l.Compression == CompressionGzip }

var (
	feedVersion = regexp.MustCompile(`^[1-9][0-9]{0,5}$`)
	feedName    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	notInFeed   = regexp.MustCompile(`[^a-z0-9_]+`)
)

// maxFeed bounds the name of a feed, in bytes: it is in the path and in the file name.
const maxFeed = 80

// feedOf makes the name of a report's feed: msg.messages is msg_messages.
func feedOf(report string) string {
	return strings.Trim(notInFeed.ReplaceAllString(strings.ToLower(report), "_"), "_")
}

// onlyPartitioned refuses, in the flat layout, what belongs to partitions.
func (l Leg) onlyPartitioned() error {
	for _, f := range []struct{ field, value string }{{"feed", l.Feed}, {"feedVersion", l.FeedVersion}, {"compression", l.Compression}} {
		if f.value != "" && f.value != CompressionNone {
			return invalid(f.field, "only the partitioned layout has it").WithFix(`remove it, or say "layout": "partitioned"`)
		}
	}
	return nil
}

func (l Leg) checkFeed() error {
	switch {
	case l.FileName != "":
		return invalid("fileName", "the partitioned layout names its files itself").WithFix("remove fileName, or use the flat layout")
	case len(l.FileNameElements) > 0:
		return invalid("fileNameElements", "the partitioned layout names its files itself").WithFix("remove fileNameElements, or use the flat layout")
	case l.Feed != "" && (!feedName.MatchString(l.Feed) || len(l.Feed) > maxFeed):
		return invalid("feed", "%q is no name of a feed", clip(l.Feed)).
			WithFix("use at most %d small letters, digits and underscores that begin with a letter, such as msg_messages", maxFeed)
	case l.FeedVersion != "" && !feedVersion.MatchString(l.FeedVersion):
		return invalid("feedVersion", "%q is no version of a feed", clip(l.FeedVersion)).WithFix("use a whole number such as 1")
	case l.Compression != "" && l.Compression != CompressionNone && l.Compression != CompressionGzip:
		return invalid("compression", "there is no compression %q", clip(l.Compression)).WithFix("use %s or %s", CompressionNone, CompressionGzip)
	}
	return nil
}

// checkPartition refuses what who reads partitions would misread: a header as a row, a container in
// another one.
func (s Spec) checkPartition(l Leg) error {
	switch {
	case !l.partitioned():
		return nil
	case s.Format == "jsonl" && len(s.MetadataHeader.Fields) > 0:
		return invalid("layout", "readers of partitions take every line of jsonl for a row, also that of the metadata header").
			WithFix("remove metadataHeader, or use the flat layout or another format")
	case l.Gzips() && (s.Format == "xlsx" || s.Format == "parquet"):
		return invalid("compression", "%s is compressed in itself", s.Format).WithFix("remove it, or choose jsonl or csv")
	}
	return nil
}

// maxElements is how many elements a file name is made of at most (T12).
const maxElements = 4

// NameElements returns what a file name may be made of when no template is written.
func NameElements() []string {
	return []string{"account", "date", "description", "fire", "from", "report", "task", "to"}
}

// elements writes the chosen elements as a template: joined by underscores, with part,
// revision and extension at their usual places.
func (l Leg) elements() (string, error) {
	const field = "fileNameElements"
	switch {
	case l.FileName != "":
		return "", invalid(field, "there are elements and a template").WithFix("remove fileNameElements or fileName")
	case len(l.FileNameElements) > maxElements:
		return "", invalid(field, "%d elements are too many", len(l.FileNameElements)).WithFix("choose at most %d, or write a template as fileName", maxElements)
	}
	for i, e := range l.FileNameElements {
		if !slices.Contains(NameElements(), e) {
			return "", invalid(field, "there is no element %q", clip(e)).WithFix("choose of %s", strings.Join(NameElements(), ", "))
		}
		if slices.Contains(l.FileNameElements[:i], e) {
			return "", invalid(field, "the element %q is there twice", e).WithFix("choose each once")
		}
	}
	return "{" + strings.Join(l.FileNameElements, "}_{") + "}{part}{revision}.{ext}", nil
}
