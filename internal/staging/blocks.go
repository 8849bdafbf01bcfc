package staging

import (
	"context"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"transporter/internal/contract"
)

// An object in blocks is one of Create whose bytes are compressed block by block. Before each block
// stands a frame that decoders pass over (RFC 8878, section 3.1.2), which says how long the block is and
// has its label:
//
//	0x184D2A50 (4 bytes, little-endian) · length of the rest (4 bytes, little-endian) ·
//	uvarint compressed length · uvarint clear length · label
//
// So Open reads it as any other, and OpenBlocks passes over blocks without decompressing them.
const (
	skipMagic  = 0x184D2A50
	frameBytes = 8
	maxLabel   = 128 << 10
)

// CreateBlocks is Create for bytes that come in blocks: EndBlock ends each.
func (s *Stage) CreateBlocks(ctx context.Context, prefix string) (*Writer, error) {
	return s.begin(ctx, prefix).through(s.box, func(dst io.Writer) (io.WriteCloser, func()) {
		enc := takeEncoder(nil)
		return &blockEncoder{dst: dst, enc: enc}, func() { giveEncoder(enc) }
	})
}

// EndBlock ends what was written since the last block, and labels it. In objects without blocks it
// does nothing.
func (w *Writer) EndBlock(label []byte) error {
	b, ok := w.enc.(*blockEncoder)
	if !ok {
		return nil
	}
	return w.why(b.end(label))
}

// blockEncoder holds one block in memory.
type blockEncoder struct {
	dst           io.Writer
	enc           *zstd.Encoder
	clear, packed []byte
}

func (b *blockEncoder) Write(p []byte) (int, error) {
	b.clear = append(b.clear, p...)
	return len(p), nil
}

func (b *blockEncoder) end(label []byte) error {
	if len(label) > maxLabel {
		return errors.New("end block: the label is too long")
	}
	b.packed = b.enc.EncodeAll(b.clear, b.packed[:0])
	head := make([]byte, frameBytes, frameBytes+2*binary.MaxVarintLen64+len(label))
	head = binary.AppendUvarint(head, uint64(len(b.packed)))
	head = binary.AppendUvarint(head, uint64(len(b.clear)))
	head = append(head, label...)
	binary.LittleEndian.PutUint32(head, skipMagic)
	binary.LittleEndian.PutUint32(head[4:], uint32(len(head)-frameBytes))
	b.clear = b.clear[:0]
	if _, err := b.dst.Write(head); err != nil {
		return err
	}
	_, err := b.dst.Write(b.packed)
	return err
}

// Close implements io.Closer: every byte is in a block.
func (b *blockEncoder) Close() error {
	if len(b.clear) > 0 {
		return errors.New("close object in blocks: the last one has not ended")
	}
	return nil
}

// Blocks reads an object of CreateBlocks, or one without blocks, which it cannot pass over. Read goes
// from block to block. What is passed over is authenticated, as all is, but not hashed; at the end the
// size is compared. It is not safe for concurrent use.
type Blocks struct {
	ref contract.Ref
	src *storedReader
	all io.Reader // of the seal

	dec   *zstd.Decoder
	block *io.LimitedReader // what is left of the compressed block
	clear int64             // and of its clear bytes
	label []byte
	whole bool // there are no blocks

	decoding bool // the block is being read
	at       int64
	err      error
}

// OpenBlocks opens the object at its first byte.
func (s *Stage) OpenBlocks(ctx context.Context, ref contract.Ref) (*Blocks, error) {
	src, err := s.open(ctx, ref, 0)
	if err != nil {
		return nil, err
	}
	b := &Blocks{ref: ref, src: src}
	if b.all, err = s.box.Unseal(src); err == nil {
		b.dec, err = takeDecoder(nil)
	}
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	return b, nil
}

// Skip passes over blocks, the one that is being read first, as long as past says so of the label. An
// object without blocks stays where it is.
func (b *Blocks) Skip(past func(label []byte) bool) (skipped bool, err error) {
	for b.err == nil && !b.whole {
		if b.block == nil {
			if b.err = b.next(); b.err != nil || b.whole {
				break
			}
		}
		if !past(b.label) {
			return skipped, b.decode()
		}
		skipped = true
		if _, err := io.Copy(io.Discard, b.block); err != nil {
			b.err = b.damage(err)
			break
		}
		if b.block.N > 0 {
			b.err = b.damage(io.ErrUnexpectedEOF)
			break
		}
		b.at, b.block = b.at+b.clear, nil
	}
	if errors.Is(b.err, io.EOF) {
		return skipped, nil // Read says it
	}
	return skipped, b.err
}

// Read implements io.Reader.
func (b *Blocks) Read(p []byte) (int, error) {
	for b.err == nil {
		if b.block == nil && !b.whole {
			if b.err = b.next(); b.err != nil {
				break
			}
		}
		if b.err = b.decode(); b.err != nil {
			break
		}
		n, err := b.dec.Read(p)
		b.at, b.clear = b.at+int64(n), b.clear-int64(n)
		switch {
		case errors.Is(err, io.EOF) && b.whole:
			b.err = b.end()
		case errors.Is(err, io.EOF) && (b.clear != 0 || b.block.N != 0):
			b.err = b.damage(errors.New("a block has another length than it says"))
		case errors.Is(err, io.EOF):
			b.block = nil
		case err != nil:
			b.err = b.damage(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, b.err
}
