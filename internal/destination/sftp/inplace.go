package sftp

import (
	"context"
	"os"

	"transporter/internal/destination"
)

// mine reports whether what lies under the final name is known to be of this delivery: this
// file, or one that was never published.
func (p placed) mine(f destination.File) bool {
	return p.SHA256 == f.SHA256 || p.SHA256 != "" && !p.Done
}

// placed is what the journal of a file keeps where the server does not say whose the file
// under a final name is: it is written there from the start, or cannot be looked at.
type placed struct {
	SHA256 string `json:"sha256"`
	Done   bool   `json:"done,omitempty"` // published
}

// uploadInPlace writes the file under its final name. A file there that is not known to be
// ours is a fault.Collision.
func (s *session) uploadInPlace(ctx context.Context, f destination.File, there comparison, progress destination.Progress) error {
	var note placed
	if _, err := f.Recall(ctx, &note); err != nil {
		return err
	}
	ours := note.mine(f)
	if there == unreadable && ours && note.Done {
		progress(f.Size) // it was published whole
		return nil
	}
	fresh := !ours && !f.Replace
	if fresh && there != absent && there != hidden {
		return destination.Collide(f.Name)
	}
	if err := f.Remember(ctx, placed{SHA256: f.SHA256}); err != nil {
		return err
	}
	var err error
	final, offset := s.final(f.Name), int64(0)
	switch {
	case fresh:
		err = s.create(ctx, f, final)
	case ours:
		offset, err = s.resumeAt(ctx, final, f)
	}
	if err != nil {
		return err
	}
	return s.send(ctx, f, final, offset, progress)
}

// create makes the empty file, which must not exist: whoever made it meanwhile keeps it.
func (s *session) create(ctx context.Context, f destination.File, final string) error {
	file, err := s.client.OpenFile(final, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err == nil {
		return file.Close()
	}
	if _, statErr := s.client.Stat(final); statErr == nil {
		if err := f.Journal.Save(ctx, nil); err != nil {
			return err
		}
		return destination.Collide(f.Name)
	}
	return s.classifyWrite(ctx, final, f.Size, err)
}

// publishInPlace makes sure that the file is there and notes that it is published.
func (s *session) publishInPlace(ctx context.Context, f destination.File, there comparison) error {
	var note placed
	if _, err := f.Recall(ctx, &note); err != nil {
		return err
	}
	ours := note.mine(f)
	switch {
	case there == same:
	case there == absent || there == different && ours:
		return gone(f)
	case !ours: // different, unreadable or hidden
		return destination.Collide(f.Name)
	}
	return f.Remember(ctx, placed{SHA256: f.SHA256, Done: true})
}

// discardInPlace removes the file if it is ours and not published.
func (s *session) discardInPlace(ctx context.Context, f destination.File) error {
	var note placed
	if _, err := f.Recall(ctx, &note); err != nil || note.SHA256 == "" || note.Done {
		return err
	}
	if err := s.remove(ctx, s.final(f.Name)); err != nil {
		return err
	}
	return f.Journal.Save(ctx, nil)
}
