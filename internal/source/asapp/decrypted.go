package asapp

import (
	"errors"
	"io"
	"path"

	"transporter/internal/fault"
	"transporter/internal/feed"
)

// decrypted is the content of an encrypted file. OpenPGP hides why its source failed, as to tell would help
// who probes for the key; here it tells a door that broke from a message that is damaged.
type decrypted struct {
	content io.Reader
	sealed  *remembering
	file    string
}

// decrypt begins to decrypt a file. What is wrong with the message is a damaged file.
func (s *Source) decrypt(src io.Reader, f feed.File) (io.Reader, error) {
	d := &decrypted{sealed: &remembering{src: src}, file: path.Base(f.Key)}
	var err error
	if d.content, err = s.Decrypt(d.sealed); err != nil {
		return nil, d.why(err)
	}
	return d, nil
}

func (d *decrypted) Read(p []byte) (int, error) {
	n, err := d.content.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // a bare io.EOF is the end, as of every reader
		err = d.why(err)
	}
	return n, err
}

// why returns what the door said, if it failed, and else what is wrong with the message.
func (d *decrypted) why(err error) error {
	switch {
	case d.sealed.err != nil:
		return d.sealed.err
	case fault.Is(err, fault.InvalidSpec):
		return fault.New(fault.ConfigMissing, "%w: %v", feed.ErrUndecodable, err).WithField("credentials.decrypt").
			WithFix("add the private key that it is encrypted to to the source, then resume the run")
	case fault.Is(err, fault.Corrupt):
		return feed.NotWhole(err, d.file, "OpenPGP")
	}
	return err
}

// remembering is a reader that knows with which error it ended, other than at its end.
type remembering struct {
	src io.Reader
	err error
}

func (r *remembering) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}
