package pgp

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
)

const messageType = "PGP MESSAGE"

// armorWriter writes a message as text. Its lines are collected, since the encoder
// writes each by itself.
type armorWriter struct {
	io.WriteCloser

	out *bufio.Writer
}

// newArmorWriter begins the text. Old readers expect its checksum; version 2 of the data
// must not have one (RFC 9580, section 6.1).
func newArmorWriter(dst io.Writer, version int) (*armorWriter, error) {
	out := bufio.NewWriterSize(dst, partialSize)
	enc, err := armor.EncodeWithChecksumOption(out, messageType, nil, version == versionMDC)
	if err != nil {
		return nil, fmt.Errorf("start armor: %w", err)
	}
	return &armorWriter{enc, out}, nil
}

func (w *armorWriter) Close() error {
	err := w.WriteCloser.Close()
	if err == nil {
		err = w.out.WriteByte('\n')
	}
	if err = errors.Join(err, w.out.Flush()); err != nil {
		return fmt.Errorf("end armor: %w", err)
	}
	return nil
}

// armoredPacket ends the armor after the packet in it.
type armoredPacket struct {
	io.WriteCloser

	text *armorWriter
}

func (p *armoredPacket) Close() error {
	if err := p.WriteCloser.Close(); err != nil {
		return err
	}
	return p.text.Close()
}

// unwrapped returns the packets of a message, which may be text. Binary packets have the
// first bit set (RFC 9580, section 4.2).
func unwrapped(src io.Reader) (*bufio.Reader, error) {
	r := bufio.NewReaderSize(src, partialSize)
	first, _ := r.Peek(1) // what is empty or unreadable shows where it is read
	if len(first) == 0 || first[0]&0x80 != 0 {
		return r, nil
	}
	block, err := armor.Decode(r)
	if err != nil || block.Type != messageType {
		return nil, broken("it is neither binary nor armored", err)
	}
	return bufio.NewReaderSize(block.Body, partialSize), nil
}
