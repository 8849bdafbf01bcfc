package manifest_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/manifest"
	"transporter/internal/task"
)

// partner is a receiver's folder, with the pair that signs what lies there.
type partner struct {
	fs     fstest.MapFS
	public ed25519.PublicKey
	key    ed25519.PrivateKey
}

func newPartner(t require.TestingT) *partner {
	public, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return &partner{fstest.MapFS{}, public, private}
}

// hour is the window of an hour of the day.
func hour(h int) task.Window {
	from := time.Date(2026, 11, 19, h, 0, 0, 0, time.UTC)
	return task.Window{From: from, To: from.Add(time.Hour)}
}

// of is a manifest of an hour, whose window before is that of the hour before.
func of(h int, files ...manifest.File) manifest.Manifest {
	m := manifest.Manifest{
		Format: manifest.Format, Account: "le1", Task: "01T", Leg: "01D.leg", Report: "msg.messages@1.0", Window: hour(h),
		Zone: "UTC", Generation: 1, Files: append([]manifest.File{}, files...),
	}
	for _, f := range files {
		m.Rows += f.Rows
	}
	if h > 0 {
		before := hour(h - 1)
		m.Previous = &before
	}
	return m
}

// data puts a file and returns its line in a manifest.
func (p *partner) data(name, content string, part int) manifest.File {
	p.fs[name] = &fstest.MapFile{Data: []byte(content)}
	sum := sha256.Sum256([]byte(content))
	return manifest.File{
		Name: path.Base(name), Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), Rows: int64(strings.Count(content, "\n")), Part: part,
	}
}

func (p *partner) sign(t require.TestingT, name string, m manifest.Manifest) {
	text, err := manifest.Sign(m, p.key)
	require.NoError(t, err)
	p.fs[name] = &fstest.MapFile{Data: text}
}

// flat delivers an hour in the flat layout.
func (p *partner) flat(t require.TestingT, h int, change ...func(*manifest.Manifest)) {
	name := fmt.Sprintf("in/msg_%02d", h)
	m := of(h, p.data(name+"_p001.csv", "a\nb\n", 1), p.data(name+"_p002.csv", "c\n", 2))
	for _, c := range change {
		c(&m)
	}
	p.sign(t, name+manifest.Suffix, m)
}

// partition delivers an hour in the partitioned layout.
func (p *partner) partition(t require.TestingT, h int) string {
	dir := fmt.Sprintf("feeds/msg/version=1/format=csv/dt=2026-11-19/hr=%02d", h)
	m := of(h, p.data(dir+"/msg.csv", "a\n", 1))
	m.Task = "01P"
	p.sign(t, dir+"/"+manifest.Partition, m)
	p.fs[dir+"/"+manifest.Success] = &fstest.MapFile{}
	return dir
}

func (p *partner) check(t require.TestingT) manifest.Report {
	r, err := manifest.Check(context.Background(), p.fs, p.public)
	require.NoError(t, err)
	return r
}

func TestAFolderOfManyTasksIsWhole(t *testing.T) {
	p := newPartner(t)
	for h := range 3 {
		p.flat(t, h)
		p.partition(t, h)
	}
	p.sign(t, "in/msg_03.manifest.json", of(3)) // without rows
	p.fs[".DS_Store"] = &fstest.MapFile{Data: []byte("x")}
	r := p.check(t)
	require.Empty(t, r.Problems)
	require.Empty(t, r.Notes)
	require.Equal(t, 9, r.Files)
	require.Equal(t, []manifest.Summary{
		{Task: "01P", Leg: "01D.leg", Report: "msg.messages@1.0", From: hour(0).From, To: hour(2).To, Windows: 3, Rows: 3},
		{Task: "01T", Leg: "01D.leg", Report: "msg.messages@1.0", From: hour(0).From, To: hour(3).To, Windows: 4, Rows: 9},
	}, r.Tasks)
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	other := func(t *testing.T) *partner { p := newPartner(t); p.flat(t, 1); return p }
	for name, c := range map[string]struct {
		spoil func(*testing.T, *partner)
		path  string
		says  string
	}{
		"a byte changed":           {func(t *testing.T, p *partner) { p.fs["in/msg_01_p002.csv"].Data = []byte("d\n") }, "in/msg_01_p002.csv", "SHA-256"},
		"cut short":                {func(t *testing.T, p *partner) { p.fs["in/msg_01_p001.csv"].Data = []byte("a\n") }, "in/msg_01_p001.csv", "2 bytes"},
		"a part is gone":           {func(t *testing.T, p *partner) { delete(p.fs, "in/msg_01_p002.csv") }, "in/msg_01_p002.csv", "not there"},
		"a file that nobody lists": {func(t *testing.T, p *partner) { p.data("in/msg_09.csv", "x", 1) }, "in/msg_09.csv", "no manifest lists it"},
		"signed by another": {func(t *testing.T, p *partner) {
			p.fs["in/msg_01.manifest.json"] = other(t).fs["in/msg_01.manifest.json"]
		}, "in/msg_01.manifest.json", "signature"},
		"changed after it was signed": {func(t *testing.T, p *partner) {
			f := p.fs["in/msg_01.manifest.json"]
			f.Data = []byte(strings.Replace(string(f.Data), `"rows": 3`, `"rows": 4`, 1))
		}, "in/msg_01.manifest.json", "signature"},
		"no manifest at all":        {func(t *testing.T, p *partner) { p.fs["in/msg_01.manifest.json"].Data = []byte(`{"files":[]}`) }, "in/msg_01.manifest.json", "no JSON of a manifest"},
		"counts that do not add up": {func(t *testing.T, p *partner) { p.flat(t, 1, func(m *manifest.Manifest) { m.Rows++ }) }, "in/msg_01.manifest.json", "4 rows"},
		"a part that is not listed": {func(t *testing.T, p *partner) { p.flat(t, 1, func(m *manifest.Manifest) { m.Files[1].Part = 3 }) }, "in/msg_01.manifest.json", "part 2 is due"},
		"a name outside":            {func(t *testing.T, p *partner) { p.flat(t, 1, func(m *manifest.Manifest) { m.Files[1].Name = "../x" }) }, "in/msg_01.manifest.json", "no name of a file beside it"},
		"an unknown format": {func(t *testing.T, p *partner) {
			p.flat(t, 1, func(m *manifest.Manifest) { m.Format = "transporter-manifest/9" })
		}, "in/msg_01.manifest.json", "transporter-manifest/9"},
		"a window that is missing": {func(t *testing.T, p *partner) { p.flat(t, 4) }, "in/msg_04.manifest.json", "2026-11-19T03:00:00Z to 2026-11-19T04:00:00Z"},
		"windows that overlap": {func(t *testing.T, p *partner) {
			p.flat(t, 4, func(m *manifest.Manifest) { m.From, m.Previous = hour(1).From.Add(time.Minute), nil })
		}, "in/msg_04.manifest.json", "overlaps"},
		"a window twice":                   {func(t *testing.T, p *partner) { p.sign(t, "in/again.manifest.json", of(1)) }, "in/msg_01.manifest.json", "twice"},
		"a partition that is not finished": {func(t *testing.T, p *partner) { delete(p.fs, p.partition(t, 0)+"/_SUCCESS") }, "feeds/msg/version=1/format=csv/dt=2026-11-19/hr=00", "_SUCCESS"},
		"a partition without its manifest": {func(t *testing.T, p *partner) { delete(p.fs, p.partition(t, 0)+"/_manifest.json") }, "feeds/msg/version=1/format=csv/dt=2026-11-19/hr=00/_SUCCESS", "no manifest"},
		"a marker with content":            {func(t *testing.T, p *partner) { p.data(p.partition(t, 0)+"/_SUCCESS", "ok", 1) }, "feeds/msg/version=1/format=csv/dt=2026-11-19/hr=00/_SUCCESS", "empty"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPartner(t)
			p.flat(t, 1)
			p.flat(t, 2)
			require.Empty(t, p.check(t).Problems)
			c.spoil(t, p)
			r := p.check(t)
			require.NotEmpty(t, r.Problems)
			require.True(t, has(r.Problems, c.path, c.says), "%+v", r.Problems)
		})
	}
}

func has(all []manifest.Finding, path, text string) bool {
	for _, f := range all {
		if f.Path == path && strings.Contains(f.Text, text) {
			return true
		}
	}
	return false
}

// What an operator did on purpose is a note: it is whole all the same.
func TestWhatIsRightIsNoProblem(t *testing.T) {
	for name, c := range map[string]struct {
		make func(*testing.T, *partner)
		says string
	}{
		"a revision": {func(t *testing.T, p *partner) {
			m := of(2, p.data("in/msg_02_r1.csv", "n\n", 1))
			m.Revision = 1
			p.sign(t, "in/msg_02_r1.manifest.json", m)
		}, "delivered again"},
		"an edit that begins in the past": {func(t *testing.T, p *partner) {
			m := of(2)
			m.Generation, m.From, m.Previous = 2, hour(2).From.Add(30*time.Minute), nil
			p.sign(t, "in/new.manifest.json", m)
		}, "generation 2 holds"},
		"an empty window of a task that sends nothing for those": {func(t *testing.T, p *partner) {
			p.flat(t, 5, func(m *manifest.Manifest) { m.SkipsEmpty = true })
		}, "had no rows"},
		"a window of a part of which nothing was exported": {func(t *testing.T, p *partner) {
			p.flat(t, 3, func(m *manifest.Manifest) {
				m.Absent = []task.Window{{From: hour(3).From, To: hour(3).From.Add(15 * time.Minute)}}
			})
		}, "the platform had exported nothing of 2026-11-19T03:00:00Z to 2026-11-19T03:15:00Z: what happened then is not known"},
		"a pause that was not caught up": {func(t *testing.T, p *partner) {
			p.flat(t, 9, func(m *manifest.Manifest) { before := hour(2); m.Previous = &before })
		}, ""},
		"a destination that was added later": {func(t *testing.T, p *partner) {
			p.flat(t, 3, func(m *manifest.Manifest) { m.Leg = "01E.leg" })
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPartner(t)
			p.flat(t, 1)
			p.flat(t, 2)
			c.make(t, p)
			r := p.check(t)
			require.Empty(t, r.Problems)
			if c.says == "" {
				require.Empty(t, r.Notes)
				return
			}
			require.Len(t, r.Notes, 1)
			require.Contains(t, r.Notes[0].Text, c.says)
		})
	}
}

// Whatever windows are taken away, each hole behind the first that is left is found.
func TestEveryHoleIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		partitioned := rapid.Bool().Draw(t, "partitioned")
		there := rapid.SliceOfN(rapid.Bool(), 1, 24).Draw(t, "there")
		p, holes, begun := newPartner(t), 0, false
		for h, is := range there {
			if !is {
				continue
			}
			if begun && !there[h-1] {
				holes++
			}
			if partitioned {
				p.partition(t, h)
			} else {
				p.flat(t, h)
			}
			begun = true
		}
		require.Len(t, p.check(t).Problems, holes)
	})
}
