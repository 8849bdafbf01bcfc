package fileexporter

import (
	"context"
	"iter"
	"slices"
	"strings"

	"transporter/internal/feed"
)

// level is one of the lists that lead to files, from feeds to intervals.
type level struct {
	call  string // that lists
	field string // of a request, that has a value of the list
	label string // before the value in a path
}

var levels = []level{
	{"listfeeds", "feed", ""},
	{"listfeedversions", "version", "version="},
	{"listfeedformats", "format", "format="},
	{"listfeeddates", "date", "dt="},
	{"listfeedintervals", "interval", ""},
}

// lists is the answer to any of the list calls.
type lists struct {
	Feeds     []string `json:"feeds"`
	Versions  []string `json:"versions"`
	Formats   []string `json:"formats"`
	Dates     []string `json:"dates"`
	Intervals []string `json:"intervals"`
	Files     []string `json:"files"`
}

// node is a folder of the tree: its path, and what the API calls it.
type node struct {
	path  string // "" or ends with a slash
	depth int    // how many lists led here
	in    map[string]string
}

// files reports whether the node has files instead of folders.
func (n node) files() bool { return n.depth == len(levels) }

// child is the node of a value of the next list. Values are sent back byte for byte, whichever of
// the two printed styles ("1", "version=1") they have; paths have the labels.
func (n node) child(value string) node {
	l := levels[n.depth]
	shown := value
	if !strings.HasPrefix(value, l.label) {
		shown = l.label + value
	}
	in := map[string]string{l.field: value}
	for k, v := range n.in {
		in[k] = v
	}
	return node{n.path + strings.Trim(shown, "/") + "/", n.depth + 1, in}
}

// children lists what is below a node, in the order of paths. A date without intervals has its files
// itself: the field is left out then, since leaving it out could also mean all of them.
func (d *Door) children(ctx context.Context, n node) ([]node, error) {
	var all lists
	if err := d.call(ctx, levels[n.depth].call, n.in, &all); err != nil {
		return nil, err
	}
	values := slices.Concat(all.Feeds, all.Versions, all.Formats, all.Dates, all.Intervals)
	if len(values) == 0 && n.depth == len(levels)-1 {
		return []node{{n.path, n.depth + 1, n.in}}, nil
	}
	below := make([]node, len(values))
	for i, value := range values {
		below[i] = n.child(value)
	}
	slices.SortFunc(below, func(a, b node) int { return strings.Compare(a.path, b.path) })
	return below, nil
}

// nodes yields the nodes with files whose paths go with the prefix, in order.
func (d *Door) nodes(ctx context.Context, at node, prefix string, yield func(node, error) bool) bool {
	if at.files() {
		return yield(at, nil)
	}
	below, err := d.children(ctx, at)
	if err != nil {
		yield(node{}, err)
		return false
	}
	for _, n := range below {
		if strings.HasPrefix(n.path, prefix) || strings.HasPrefix(prefix, n.path) {
			if !d.nodes(ctx, n, prefix, yield) {
				return false
			}
		}
	}
	return true
}

// Folders implements feed.Door.
func (d *Door) Folders(ctx context.Context, folder string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		last := ""
		d.folders(ctx, node{}, folder, func(name string, err error) bool {
			if err == nil && name == last { // the hour of several intervals
				return true
			}
			last = name
			return yield(name, err)
		})
	}
}

func (d *Door) folders(ctx context.Context, at node, folder string, yield func(string, error) bool) bool {
	if at.files() {
		return true
	}
	below, err := d.children(ctx, at)
	if err != nil {
		yield("", err)
		return false
	}
	for _, n := range below {
		goOn := true
		if rest, is := strings.CutPrefix(n.path, folder); is && rest != "" {
			name, _, _ := strings.Cut(rest, "/")
			goOn = yield(name, nil)
		} else if strings.HasPrefix(folder, n.path) {
			goOn = d.folders(ctx, n, folder, yield)
		}
		if !goOn {
			return false
		}
	}
	return true
}

// List implements feed.Door. The API tells names alone: size, ETag and time are those that the
// storage tells of each file when its first byte is asked for.
func (d *Door) List(ctx context.Context, prefix string) iter.Seq2[feed.Object, error] {
	return func(yield func(feed.Object, error) bool) {
		if ctx.Err() != nil {
			yield(feed.Object{}, ctx.Err())
			return
		}
		d.nodes(ctx, node{}, prefix, func(n node, err error) bool {
			if err != nil {
				return yield(feed.Object{}, err)
			}
			return d.listFiles(ctx, n, prefix, yield)
		})
	}
}

func (d *Door) listFiles(ctx context.Context, n node, prefix string, yield func(feed.Object, error) bool) bool {
	var all lists
	if err := d.call(ctx, "listfeedfiles", n.in, &all); err != nil {
		yield(feed.Object{}, err)
		return false
	}
	slices.Sort(all.Files)
	for _, name := range all.Files {
		if !strings.HasPrefix(n.path+name, prefix) {
			continue
		}
		o, err := d.look(ctx, n, name)
		if !yield(o, err) || err != nil {
			return false
		}
	}
	return true
}
