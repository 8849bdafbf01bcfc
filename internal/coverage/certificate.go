package coverage

import (
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"time"

	"transporter/internal/fault"
	"transporter/internal/signed"
	"transporter/internal/task"
)

// Certificate says that windows tile [From, To) and that each is delivered or empty, or
// lists exactly what breaks that.
type Certificate struct {
	Format   string    `json:"format"` // CertificateFormat
	Account  string    `json:"account"`
	Task     string    `json:"task"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	IssuedAt time.Time `json:"issuedAt"`
	Complete bool      `json:"complete"` // no problem
	Windows  []Proof   `json:"windows"`  // delivered and empty ones, in order
	Problems []Problem `json:"problems"` // in order of time
}

// CertificateFormat names the form of certificates; a change of meaning changes it.
const CertificateFormat = "transporter-coverage-1"

// Proof is a window that is delivered, or empty, with the hash of its receipt.
type Proof struct {
	task.Window

	Status     Status `json:"status"`
	Generation int    `json:"generation"`
	Revision   int    `json:"revision"`
	Rows       int64  `json:"rows"`
	Receipt    string `json:"receiptSha256"` // of the receipt as canonical JSON, hex
}

// Problem is time of the range that no receipt vouches for, and why: the status of the
// window, or one of NoWindow, TwoWindows and NoReceipt.
type Problem struct {
	task.Window

	Why string `json:"why"`
}

// Reasons of problems that are not statuses.
const (
	NoWindow   = "no_window"
	TwoWindows = "two_windows"
	NoReceipt  = "no_receipt"
)

// Certify makes the certificate of the lines of q. The hash of a line's receipt is asked
// for when it has one; "" says that the receipt is gone.
func Certify(q Query, lines []Line, hash func(Line) (string, error)) (Certificate, error) {
	c := Certificate{
		Format: CertificateFormat, Account: q.Account, Task: q.Task, From: q.From.UTC(), To: q.To.UTC(), IssuedAt: q.Now.UTC(),
		Windows: []Proof{}, Problems: []Problem{},
	}
	spans := make([]task.Window, 0, len(lines))
	for _, l := range lines {
		span := task.Window{From: l.From.UTC(), To: l.To.UTC()}
		spans = append(spans, span)
		if l.Status != Delivered && l.Status != Empty {
			c.Problems = append(c.Problems, Problem{span, string(l.Status)})
			continue
		}
		sum, err := hash(l)
		if err != nil {
			return c, err
		}
		if sum == "" {
			c.Problems = append(c.Problems, Problem{span, NoReceipt})
			continue
		}
		c.Windows = append(c.Windows, Proof{span, l.Status, l.Generation, l.Revision, l.Rows, sum})
	}
	c.Problems = append(c.Problems, seams(spans, c.From, c.To)...)
	slices.SortStableFunc(c.Problems, func(a, b Problem) int { return a.From.Compare(b.From) })
	c.Complete = len(c.Problems) == 0
	return c, nil
}

// seams returns where the spans, which are in order, do not tile [from, to).
func seams(spans []task.Window, from, to time.Time) (all []Problem) {
	end := from
	for i, s := range spans {
		switch {
		case end.Before(s.From):
			all = append(all, Problem{task.Window{From: end, To: s.From}, NoWindow})
		case i > 0 && s.From.Before(end):
			all = append(all, Problem{task.Window{From: s.From, To: end}, TwoWindows})
		}
		if s.To.After(end) {
			end = s.To
		}
	}
	if end.Before(to) {
		all = append(all, Problem{task.Window{From: end, To: to}, NoWindow})
	}
	return all
}

// Signed is a certificate with its signature, see package signed.
type Signed struct {
	Certificate json.RawMessage `json:"certificate"`
	Signature   []byte          `json:"signature"`
}

// Sign signs the certificate.
func Sign(c Certificate, key ed25519.PrivateKey) (s Signed, err error) {
	s.Certificate, s.Signature, err = signed.Sign(c, key)
	return s, err
}

// Verify checks a signed certificate without asking anybody: that the key signed it, that
// the windows and problems it lists are sound, and that it says complete only if its
// windows tile the range. Anything else is fault.Corrupt.
func Verify(text []byte, key ed25519.PublicKey) (c Certificate, err error) {
	var s Signed
	if err := json.Unmarshal(text, &s); err != nil {
		return c, fault.New(fault.Corrupt, "certificate is no JSON of one: %w", err)
	}
	if err := signed.Verify("certificate", s.Certificate, s.Signature, key, &c); err != nil {
		return c, err
	}
	return c, c.sound()
}

// sound holds what the certificate claims against what it lists.
func (c Certificate) sound() error {
	wrong := func(format string, args ...any) error {
		return fault.New(fault.Corrupt, "certificate: "+format, args...)
	}
	if c.Format != CertificateFormat {
		return wrong("format is %q, not %s", c.Format, CertificateFormat)
	}
	if c.Complete != (len(c.Problems) == 0) {
		return wrong("it says complete: %t and lists %d problems", c.Complete, len(c.Problems))
	}
	spans := make([]task.Window, 0, len(c.Windows))
	for _, w := range c.Windows {
		if w.Status != Delivered && w.Status != Empty || len(w.Receipt) != signed.SHA256Hex {
			return wrong("the window from %s has no receipt", w.From)
		}
		spans = append(spans, w.Window)
	}
	if gaps := seams(spans, c.From, c.To); c.Complete && len(gaps) > 0 {
		return wrong("the windows do not tile: %s at %s", gaps[0].Why, gaps[0].From)
	}
	return nil
}
