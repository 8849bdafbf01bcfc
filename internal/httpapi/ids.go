package httpapi

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"transporter/internal/contract"
	"transporter/internal/fault"

	"github.com/oklog/ulid/v2"
)

// newID returns a ULID. With a seed (scope and Idempotency-Key) it is derived from it, so
// that a repeated creation names the same thing; without, it is new.
func (s *Server) newID(seed string) string {
	if seed != "" {
		return seedID(seed)
	}
	return ulid.MustNew(ulid.Timestamp(s.cfg.Now()), rand.Reader).String()
}

func seedID(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	var id ulid.ULID
	copy(id[:], sum[:])
	return id.String()
}

// seed makes the seed of a creation; no key, no seed.
func seed(key string, scope ...string) string {
	if key == "" {
		return ""
	}
	return strings.Join(append(scope, key), "\x00")
}

// checkID refuses what cannot be an id of ours before it reaches a query.
func checkID(param, what, id string) error {
	if _, err := ulid.ParseStrict(id); err != nil {
		return notFound(param, what, id)
	}
	return nil
}

func notFound(param, what, id string) error {
	const longest = 64 // of what is repeated in a text
	if len(id) > longest {
		id = id[:longest] + "…"
	}
	return fault.New(fault.NotFound, "there is no %s %q", what, id).WithField("path." + param)
}

// runName is the parsed id of a run in URLs: {task}.g{generation}.{fire}[.r{n}][.a{n}],
// the workflow id without the account and without characters that a path would need to
// escape.
type runName struct {
	Task       string
	Generation int
	Fire       time.Time
	Revision   int
	Attempt    int // at least 1
}

const runTime = "20060102T150405Z"

var (
	runNameForm    = regexp.MustCompile(`^([0-9A-Z]{26})\.g(\d{1,9})\.(\d{8}T\d{6}Z)(?:\.r(\d{1,9}))?(?:\.a(\d{1,9}))?$`)
	workflowIDForm = regexp.MustCompile(`^report/([^/]+)/([^/]+)/g(\d{1,9})-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)(?:/r(\d{1,9}))?(?:/a(\d{1,9}))?$`)
)

func (n runName) String() string {
	id := fmt.Sprintf("%s.g%d.%s", n.Task, n.Generation, n.Fire.UTC().Format(runTime))
	if n.Revision > 0 {
		id += fmt.Sprintf(".r%d", n.Revision)
	}
	if n.Attempt > 1 {
		id += fmt.Sprintf(".a%d", n.Attempt)
	}
	return id
}

func (n runName) workflowID(account string) string {
	return contract.RunID(account, n.Task, n.Generation, n.Fire, n.Revision, n.Attempt)
}

// parseRun reads the id of a run in a URL; its workflow ID, as messages and the Temporal UI
// show it, is taken too.
func parseRun(id string) (runName, error) {
	if n, ok := runOf(id); ok {
		return n, nil
	}
	m := runNameForm.FindStringSubmatch(id)
	if m == nil {
		return runName{}, notFound("run", "run", id)
	}
	fire, err := time.Parse(runTime, m[3])
	if err != nil {
		return runName{}, notFound("run", "run", id)
	}
	return runName{Task: m[1], Generation: number(m[2], 0), Fire: fire, Revision: number(m[4], 0), Attempt: number(m[5], 1)}, nil
}

// runOf reads a workflow id; ok is false for one that is not a run's.
func runOf(workflowID string) (n runName, ok bool) {
	m := workflowIDForm.FindStringSubmatch(workflowID)
	if m == nil {
		return runName{}, false
	}
	fire, err := time.Parse(time.RFC3339, m[4])
	if err != nil {
		return runName{}, false
	}
	return runName{Task: m[2], Generation: number(m[3], 0), Fire: fire, Revision: number(m[5], 0), Attempt: number(m[6], 1)}, true
}

func number(s string, absent int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return absent
	}
	return n
}
