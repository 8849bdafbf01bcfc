package s3

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the protocol's, for stores without better
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"transporter/internal/destination"
	"transporter/internal/fault"
)

// sideBySide is how many parts of one file are sent at once: a single connection to Amazon
// carries some tens of MB/s, whatever the line.
const sideBySide = 4

// sending is the upload of the missing parts of one file.
type sending struct {
	s        *session
	f        destination.File
	progress destination.Progress
	limit    chan struct{} // holds sideBySide
	group    sync.WaitGroup

	mu     sync.Mutex
	st     *state
	after  map[int][]byte // sums at the end of parts that are not in the leading run yet
	failed error
}

// sendParts reads the file once, from the end of the leading run of acknowledged parts,
// and sends what is missing. A part that fails lets the others on their way arrive.
func (s *session) sendParts(ctx context.Context, f destination.File, st *state, progress destination.Progress) error {
	w := &sending{s: s, f: f, progress: progress, st: st, limit: make(chan struct{}, sideBySide), after: map[int][]byte{}}
	all := destination.NewSums(s.profile.sum())
	first := st.run()
	if first > 0 {
		if err := all.Restore(st.Sums); err != nil {
			return fault.New(fault.Corrupt, "read how far %s was uploaded: %w", f.Name, err)
		}
	}
	progress(min(int64(first)*st.Part, f.Size))
	err := w.read(ctx, all, first)
	w.group.Wait()
	switch {
	case w.failed != nil && (err == nil || errors.Is(err, errStopped)):
		return w.failed
	case err != nil:
		return err
	case all.SHA256() != f.SHA256:
		return fault.New(fault.Corrupt, "%s has SHA-256 %s, not the recorded %s", f.Name, all.SHA256(), f.SHA256)
	}
	st.Checksum = all.Whole()
	if err := f.Remember(ctx, st); err != nil {
		return err
	}
	progress(f.Size)
	return nil
}

// errStopped says that reading ended because sending failed.
var errStopped = errors.New("a part could not be sent")

// read reads all parts after the first ones, in order.
func (w *sending) read(ctx context.Context, all destination.Sums, first int) error {
	src, err := w.f.Source(ctx, min(int64(first)*w.st.Part, w.f.Size))
	if err != nil {
		return err
	}
	defer src.Close()
	lender := w.s.d.config.Buffers.lend(min(w.st.Part, w.f.Size))
	for number := first + 1; number <= w.st.count(); number++ {
		if err := w.next(ctx, src, all, number, lender); err != nil {
			return err
		}
	}
	_, err = io.ReadFull(src, make([]byte, 1)) // the source fails if there is more
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// next reads a part and sends it in the background unless it is there.
func (w *sending) next(ctx context.Context, src io.Reader, all destination.Sums, number int, lender *lender) error {
	w.limit <- struct{}{}
	release := func() { <-w.limit }
	piece, give, err := lender.get(ctx)
	if err != nil {
		release()
		return err
	}
	done := func() { give(); release() }
	piece = piece[:w.st.sizeOf(number)]
	skip, err := w.fill(src, piece, all, number)
	if err != nil || skip {
		done()
		return err
	}
	w.group.Go(func() {
		defer done()
		acknowledged, err := w.s.sendPart(ctx, w.st.Key, w.st.Upload, number, piece)
		w.finished(ctx, number, acknowledged, err)
	})
	return nil
}

// fill reads the part; skip is true if it need not be sent.
func (w *sending) fill(src io.Reader, piece []byte, all destination.Sums, number int) (skip bool, err error) {
	if _, err := io.ReadFull(src, piece); err != nil {
		return false, err
	}
	_, _ = all.Write(piece) // never fails
	snapshot, err := all.Snapshot()
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return false, errStopped
	}
	w.after[number] = snapshot
	return w.st.has(number), nil
}

// finished records a part that was acknowledged, or the first error.
func (w *sending) finished(ctx context.Context, number int, p part, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.st.add(number, p)
		w.advance()
		err = w.f.Remember(context.WithoutCancel(ctx), w.st) // what has arrived is remembered in any case
	}
	if err != nil && w.failed == nil {
		w.failed = err
	}
}

// advance moves the sums of the state to the end of the leading run.
func (w *sending) advance() {
	run := w.st.run()
	sums, known := w.after[run]
	if !known {
		return
	}
	w.st.Sums = sums
	for number := range w.after {
		if number <= run {
			delete(w.after, number)
		}
	}
	w.progress(min(int64(run)*w.st.Part, w.f.Size))
}

// sendPart sends one part and returns what the store says of it. The store refuses bytes
// that do not have the checksum which goes with them.
func (s *session) sendPart(ctx context.Context, key, upload string, number int, piece []byte) (part, error) {
	in := &s3.UploadPartInput{
		Bucket: s.bucket(), Key: &key, UploadId: &upload, PartNumber: aws.Int32(int32(number)),
		Body: bytes.NewReader(piece), ContentLength: aws.Int64(int64(len(piece))),
	}
	ours, md5sum := s.profile.checksum(piece), ""
	if s.profile.algorithm == "" {
		sum := md5.Sum(piece) //nolint:gosec // as above
		md5sum = hex.EncodeToString(sum[:])
		in.ContentMD5 = aws.String(base64.StdEncoding.EncodeToString(sum[:]))
	}
	in.ChecksumCRC32, in.ChecksumCRC64NVME = s.profile.fields(ours)
	out, err := s.api.UploadPart(ctx, in, s.d.client.unsigned)
	if err != nil {
		return part{}, s.classify(ctx, "upload", key, err)
	}
	got := part{ETag: aws.ToString(out.ETag), Checksum: ours}
	if theirs := s.profile.pick(out.ChecksumCRC32, out.ChecksumCRC64NVME); theirs != "" && theirs != ours {
		return part{}, fault.New(fault.IntegrityMismatch, "part %d of %s has checksum %s there, %s was sent", number, key, theirs, ours)
	}
	if md5sum != "" && strings.Trim(got.ETag, `"`) != md5sum {
		return part{}, fault.New(fault.IntegrityMismatch, "part %d of %s has ETag %s there, MD5 %s was sent", number, key, got.ETag, md5sum)
	}
	return got, nil
}

// checksum returns the checksum of a part as the protocol writes it.
func (p Profile) checksum(piece []byte) string {
	sum := p.sum()
	sum.Write(piece)
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}
