package staging_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/seal"
	"transporter/internal/staging"
	"transporter/internal/store"
)

// blockStage is a stage whose objects lie in a folder.
func blockStage(t *testing.T) (*staging.Stage, string) {
	folder := t.TempDir()
	st, err := store.NewFile(folder)
	require.NoError(t, err)
	ring, err := seal.GenerateRing("k1")
	require.NoError(t, err)
	return staging.New(st, seal.NewBox(ring)), folder
}

// writeBlocks stages blocks of so many bytes, labelled 00, 01, …
func writeBlocks(t *testing.T, s *staging.Stage, sizes ...int) (contract.Ref, [][]byte) {
	w, err := s.CreateBlocks(t.Context(), "blocks")
	require.NoError(t, err)
	defer w.Abort()
	var blocks [][]byte
	for i, size := range sizes {
		block := bytes.Repeat([]byte{byte('a' + i)}, size)
		blocks = append(blocks, block)
		for _, part := range [][]byte{block[:size/3], block[size/3:]} {
			_, err := w.Write(part)
			require.NoError(t, err)
		}
		require.NoError(t, w.EndBlock(fmt.Appendf(nil, "%02d", i)))
	}
	ref, err := w.Commit(t.Context())
	require.NoError(t, err)
	return ref, blocks
}

// What is in blocks is read as any other object, block by block, and past blocks.
func TestBlocksAreReadAndPassedOver(t *testing.T) {
	s, _ := blockStage(t)
	ref, blocks := writeBlocks(t, s, 5, 200_000, 1, 70_000, 3_000_000, 9)
	whole := bytes.Join(blocks, nil)
	require.EqualValues(t, len(whole), ref.Size)
	plain, err := s.Open(t.Context(), ref)
	require.NoError(t, err)
	text, err := io.ReadAll(plain)
	require.NoError(t, err)
	require.True(t, bytes.Equal(whole, text))
	require.NoError(t, plain.Close())

	for from := range len(blocks) + 1 {
		for read := range 3 { // bytes of what comes before
			b, err := s.OpenBlocks(t.Context(), ref)
			require.NoError(t, err)
			_, err = io.ReadFull(b, make([]byte, read))
			require.NoError(t, err)
			skipped, err := b.Skip(func(label []byte) bool { return string(label) < fmt.Sprintf("%02d", from) })
			require.NoError(t, err)
			require.Equal(t, from > 0, skipped)
			text, err := io.ReadAll(b)
			require.NoError(t, err)
			want := bytes.Join(blocks[from:], nil)
			if from == 0 {
				want = want[read:]
			}
			require.True(t, bytes.Equal(want, text), "from block %d", from)
			require.NoError(t, b.Close())
		}
	}
}

// An object without blocks is read, and nothing in it passed over.
func TestObjectsWithoutBlocks(t *testing.T) {
	s, _ := blockStage(t)
	for _, content := range []string{"", "x", strings.Repeat("text ", 100_000)} {
		w, err := s.Create(t.Context(), "plain")
		require.NoError(t, err)
		_, err = io.WriteString(w, content)
		require.NoError(t, err)
		require.NoError(t, w.EndBlock([]byte("none")))
		ref, err := w.Commit(t.Context())
		require.NoError(t, err)
		b, err := s.OpenBlocks(t.Context(), ref)
		require.NoError(t, err)
		skipped, err := b.Skip(func([]byte) bool { return true })
		require.NoError(t, err)
		require.False(t, skipped)
		text, err := io.ReadAll(b)
		require.NoError(t, err)
		require.Equal(t, content, string(text))
		require.NoError(t, b.Close())
	}
}

// Bytes that are lost or changed are Corrupt, also in what is passed over.
func TestDamagedBlocks(t *testing.T) {
	s, folder := blockStage(t)
	ref, _ := writeBlocks(t, s, 100_000, 100_000, 100_000)
	var file string
	require.NoError(t, filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.HasSuffix(path, filepath.Base(ref.Key)) {
			file = path
		}
		return err
	}))
	sound, err := os.ReadFile(file)
	require.NoError(t, err)
	for name, damaged := range map[string][]byte{
		"cut": sound[:len(sound)-20], "changed": append(bytes.Clone(sound[:len(sound)-30]), append([]byte{sound[len(sound)-30] ^ 1}, sound[len(sound)-29:]...)...),
	} {
		require.NoError(t, os.WriteFile(file, damaged, 0o600))
		b, err := s.OpenBlocks(t.Context(), ref)
		require.NoError(t, err, name)
		_, err = b.Skip(func([]byte) bool { return true })
		require.True(t, fault.Is(err, fault.Corrupt), "%s: %v", name, err)
		require.NoError(t, b.Close())
	}
	require.NoError(t, os.WriteFile(file, sound, 0o600))
	ref.Size++ // another object than was meant
	b, err := s.OpenBlocks(t.Context(), ref)
	require.NoError(t, err)
	defer b.Close()
	_, err = b.Skip(func([]byte) bool { return true })
	require.True(t, fault.Is(err, fault.Corrupt), "%v", err)
}
