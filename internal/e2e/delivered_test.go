package e2e

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/httpapi"
	"transporter/internal/keys"
	"transporter/internal/pgp"
	"transporter/internal/seal"
)

// largestLine bounds one line of a delivered file or of the sandbox's answer.
const largestLine = 64 << 20

// files lists everything that lies at a destination, also temporary and half files, by
// path below the destination's folder, sorted. Final files of the cloud store begin with
// "files/".
func (b *brand) files(t *testing.T, destination string) []string {
	t.Helper()
	root := b.folder(t, destination)
	names := []string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		names = append(names, name)
		return err
	})
	require.NoError(t, err)
	slices.Sort(names)
	return names
}

// folder is where the files of a destination lie on disk.
func (b *brand) folder(t *testing.T, destination string) string {
	t.Helper()
	if destination == b.cloud {
		return b.storeDir()
	}
	require.Equal(t, b.partner, destination, "the destination must be one of the brand's")
	return filepath.Join(b.sftp.root, b.directory)
}

// contents is every file at a destination with its bytes, so that a change is seen.
func (b *brand) contents(t *testing.T, destination string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range b.files(t, destination) {
		all[name] = string(b.raw(t, destination, name))
	}
	return all
}

// raw is a file as its receiver gets it: the cloud store seals what is not OpenPGP.
func (b *brand) raw(t *testing.T, destination, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(b.folder(t, destination), name))
	require.NoError(t, err)
	if destination != b.cloud || !seal.IsSealed(content) {
		return content
	}
	ring, err := keys.Store(b.Keys())
	require.NoError(t, err)
	clear, err := seal.NewBox(ring).Unseal(bytes.NewReader(content))
	require.NoError(t, err)
	content, err = io.ReadAll(clear)
	require.NoError(t, err)
	return content
}

// data are the data files of a run at a destination, in the order of their parts. What the
// run says was delivered must lie there, under its final name, byte for byte.
func (b *brand) data(t *testing.T, run httpapi.RunDetail, destination string) []delivered {
	t.Helper()
	var list []delivered
	for _, f := range run.Files {
		if !strings.HasPrefix(f.Leg, destination+".") {
			continue
		}
		d := delivered{FileView: f}
		for _, name := range b.files(t, destination) {
			if strings.HasSuffix("/"+name, "/"+f.Name) { // a partition is in the name
				d.at, d.raw = name, b.raw(t, destination, name)
			}
		}
		require.NotEmpty(t, d.at, "%s is not at the destination", f.Name)
		require.Equal(t, f.Size, int64(len(d.raw)), f.Name)
		list = append(list, d)
	}
	return list
}

// delivered is one data file as it lies at a destination.
type delivered struct {
	httpapi.FileView
	at  string
	raw []byte
}

// clear decrypts the file with a private key.
func (d delivered) clear(t *testing.T, pair *pgp.KeyPair) []byte {
	t.Helper()
	if !d.Encrypted {
		return d.raw
	}
	r, err := pgp.Decrypt(bytes.NewReader(d.raw), unlockedPrivate(t, pair), "")
	require.NoError(t, err, d.Name)
	out, err := io.ReadAll(r)
	require.NoError(t, err, d.Name)
	return out
}

// rows decrypts what the run delivered to a destination and counts the rows of each
// conversation. Files of the raw report count one for each conversation record.
func (b *brand) rows(t *testing.T, run httpapi.RunDetail, destination string) map[string]int {
	t.Helper()
	return b.rowsFor(t, run, destination, receiver(t))
}

// rowsFor is rows for a receiver with another key.
func (b *brand) rowsFor(t *testing.T, run httpapi.RunDetail, destination string, pair *pgp.KeyPair) map[string]int {
	t.Helper()
	got := map[string]int{}
	for _, f := range b.data(t, run, destination) {
		for id, n := range countRows(t, f.Name, f.clear(t, pair)) {
			got[id] += n
		}
	}
	return got
}

// countRows counts the rows of a CSV, JSON or JSON Lines file by their first key column:
// the conversation's id, else that of the user or skill.
func countRows(t *testing.T, name string, content []byte) map[string]int {
	t.Helper()
	got := map[string]int{}
	switch {
	case strings.Contains(name, ".csv"):
		in := csv.NewReader(bytes.NewReader(content))
		in.Comment = '#' // the metadata header
		all, err := in.ReadAll()
		require.NoError(t, err)
		require.NotEmpty(t, all, "%s has no column headers", name)
		column := slices.IndexFunc(all[0], isKey)
		require.GreaterOrEqual(t, column, 0, "%s has no key column: %v", name, all[0])
		for _, row := range all[1:] {
			got[row[column]]++
		}
	case strings.Contains(name, ".jsonl"):
		in := bufio.NewScanner(bytes.NewReader(content))
		in.Buffer(nil, largestLine)
		for in.Scan() {
			countObject(t, in.Bytes(), got)
		}
		require.NoError(t, in.Err())
	default:
		var file struct{ Rows, ConversationHistoryRecords []json.RawMessage }
		require.NoError(t, json.Unmarshal(content, &file), name)
		for _, row := range append(file.Rows, file.ConversationHistoryRecords...) {
			countObject(t, row, got)
		}
	}
	return got
}

func isKey(column string) bool {
	return column == "conversation_id" || column == "user_id" || column == "skill_id"
}

// countObject counts one JSON row; the object of the metadata header is none.
func countObject(t *testing.T, row []byte, got map[string]int) {
	t.Helper()
	var r struct {
		Conversation string `json:"conversation_id"`
		User         string `json:"user_id"`
		Skill        string `json:"skill_id"`
		Info         struct{ ConversationID string }
		Head         json.RawMessage `json:"_transporter"`
	}
	require.NoError(t, json.Unmarshal(row, &r))
	for _, id := range []string{r.Conversation, r.Info.ConversationID, r.User, r.Skill} {
		if id != "" {
			got[id]++
			return
		}
	}
	require.NotEmpty(t, r.Head, "a row without key: %s", row)
}
