package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden transcripts anew")

// transcript is a session at a terminal: commands, what they print, their exit codes. Ids
// and times are written as words, the same id always as the same word.
type transcript struct {
	*bench
	text  strings.Builder
	words map[string]string
}

var (
	idForm          = regexp.MustCompile(`\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b`)
	runForm         = regexp.MustCompile(`\.g(\d+)\.\d{8}T\d{6}Z`)
	timeForm        = regexp.MustCompile(`\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})`)
	longForm        = regexp.MustCompile(`report%2F\S+`)
	fileForm        = regexp.MustCompile(`\d{8}T\d{6}Z`)
	fingerprintForm = regexp.MustCompile(`\b[0-9A-F]{40}\b`)
	uuidForm        = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	tookForm        = regexp.MustCompile(`  \d+(\.\d)? m?s  `)
	clockForm       = regexp.MustCompile(`(?m)^\d{2}:\d{2}:\d{2}  `)
	urlForm         = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	spaces          = regexp.MustCompile(` {2,}`)
)

// do runs a command, notes it, and returns its standard output.
func (s *transcript) do(args ...string) string {
	s.t.Helper()
	r := s.run("", args...)
	fmt.Fprintf(&s.text, "$ starter %s\n%s%s", strings.Join(args, " "), r.out, r.err)
	if r.code != exitOK {
		fmt.Fprintf(&s.text, "exit code %d\n", r.code)
	}
	s.text.WriteString("\n")
	return r.out
}

// make runs a command that makes something, as JSON too, and returns its id under a word.
func (s *transcript) make(word string, args ...string) string {
	s.t.Helper()
	out := s.do(args...)
	id := idForm.FindString(out)
	require.NotEmpty(s.t, id, out)
	s.words[id] = word
	return id
}

func (s *transcript) normal() string {
	text := s.text.String()
	text = idForm.ReplaceAllStringFunc(text, func(id string) string {
		if word, ok := s.words[id]; ok {
			return word
		}
		return "ID"
	})
	for form, word := range map[*regexp.Regexp]string{
		timeForm: "TIME", fingerprintForm: "FINGERPRINT", uuidForm: "UUID", clockForm: "CLOCK  ", urlForm: "http://API",
		longForm: "WORKFLOW", tookForm: "  TOOK  ",
	} {
		text = form.ReplaceAllString(text, word)
	}
	text = runForm.ReplaceAllString(text, ".g$1.FIRE")
	text = fileForm.ReplaceAllString(text, "TIME")
	return spaces.ReplaceAllString(text, "  ") // widths follow the ids that are gone
}

func (s *transcript) compare(name string) {
	s.t.Helper()
	path := filepath.Join(testdata, name)
	if *update {
		require.NoError(s.t, os.WriteFile(path, []byte(s.normal()), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(s.t, err, "write it with: go test ./starter -update")
	require.Equal(s.t, string(want), s.normal())
}

// testdata is absolute: the tests work in another folder.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// TestSession is the way of a newcomer: account, source, key, destination, task, run, and
// what a run that failed looks like.
func TestSession(t *testing.T) {
	s := &transcript{bench: newBench(t), words: map[string]string{}}
	s.env[variablePassphrase] = "ten characters or more"
	s.file("lp.json", `{"oauth1":{"consumerKey":"k","consumerSecret":"s","token":"t","tokenSecret":"u"}}`)
	s.file("sftp.json", `{"password":"p"}`)

	s.do("account", "show")
	s.make("ACCOUNT", "account", "create", "--description", "Support", "--zone", "Europe/Madrid")
	require.Eventually(t, func() bool { return strings.Contains(s.run("", "account", "list").out, "Support") }, waitLong, waitStep)
	s.do("account", "settings", "--zone", "Europe/Madird")
	s.do("zones", "mumbai")
	source := s.make("SOURCE", "source", "create", "--description", "Brand", "--platform-account", "12345678", "--credentials", "lp.json")
	s.do("source", "test", source)
	s.do("key", "generate", "--name", "Vendor", "--algorithm", "ed25519", "--out", "wfm")
	key := s.make("KEY", "key", "add", "--description", "Vendor", "-f", "wfm.public.asc")
	ours := s.make("STORE", "destination", "create", "--kind", "store", "--description", "Ours")
	vendor := s.make("SFTP", "destination", "create", "--kind", "sftp", "--description", "Vendor", "--host", "sftp.example.com", "--user", "u",
		"--host-key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIBJfBDEyvTHEhQH1JDwiQfRGUvA0oEmCDlOhQVGrr/L", "--credentials", "sftp.json")
	s.do("destination", "list")
	s.do("destination", "test", vendor)
	s.do("destination", "show", vendor)
	s.do("destination", "edit", vendor, "--user", "v", "--directory", "/in")
	s.do("destination", "test", vendor)
	s.do("destination", "show", vendor)
	s.do("destination", "list")
	s.do("source", "edit", source, "--description", "Brand site")
	s.do("key", "edit", key, "-f", "wfm.private.asc")
	s.do("key", "edit", key, "--description", "Vendor, 2026")

	s.apps(source)

	spec := map[string]any{
		"description": "Messages", "source": source, "report": "msg.messages", "zone": "Asia/Dubai", "format": "csv",
		"frequency":    map[string]any{"kind": "daily", "at": "00:00"},
		"destinations": []any{map[string]any{"destination": ours, "path": "m", "encryption": map[string]any{"mode": "pgp", "keys": []any{key}}}},
	}
	s.save("task.json", spec)
	daily := s.make("DAILY", "task", "create", "-f", "task.json")
	s.do("account", "plan")
	s.do("account", "plan", "--tasks", "30")
	s.do("account", "plan", "--set", "basic", "--tasks", "1", "--window", "soon")
	s.do("account", "plan", "--set", "basic", "--tasks", "1", "--window", "7d")
	s.do("task", "create", "-f", "task.json")
	s.do("account", "plan", "--set", "premium", "--tasks", "1")
	s.do("task", "create", "-f", "task.json")
	s.do("account", "plan", "--set", "premium", "--tasks", "500")
	s.do("account", "plan", "--set", "premium")
	s.do("task", "do", "disable", daily, "--idempotency-key", "holiday")
	s.do("backfill", "show", daily, "never-was")
	s.do("task", "list")
	spec["format"], spec["zone"] = "pdf", "Mars/Base"
	s.save("wrong.json", spec)
	s.do("task", "create", "-f", "wrong.json")
	s.do("task", "edit", daily, "-f", "wrong.json")
	s.do("preview", daily, "-n", "1")

	spec["format"], spec["zone"], spec["delay"] = "csv", "UTC", "0"
	spec["frequency"], spec["start"], spec["end"] = map[string]any{"kind": "once"}, pastHour(-48), pastHour(-47)
	s.save("once.json", spec)
	s.do("task", "names", "-f", "once.json")
	s.do("task", "names", "-f", "once.json", "--template", "{description}.{ext}")
	once := s.make("ONCE", "task", "create", "-f", "once.json")
	require.Eventually(t, func() bool { return strings.Contains(s.run("", "run", "list").out, "refuses the key") }, waitLong, waitStep)
	s.do("run", "list", "--outcome", "failed")
	s.do("task", "run", once)
	run := regexp.MustCompile(once + `\.g1\.\S+`).FindString(s.run("", "run", "list").out)
	require.Eventually(t, func() bool {
		return strings.Contains(s.run("", "run", "show", run, "-o", "json").out, `"status": "failed"`)
	}, waitLong, waitStep)
	s.do("run", "show", run)
	s.do("run", "files", run)
	s.do("run", "download", run, "1")
	s.do("task", "delete", daily)
	s.compare("session.golden")

	// Watching draws as often as the clock says: only its end is always the same.
	watched := s.run("", "run", "resume", run, "--watch")
	require.Equal(t, exitFailed, watched.code)
	require.Contains(t, watched.out, "plan")
	require.Contains(t, watched.err, "starter run resume "+run+".a2")
	s.replay(once)
}

// apps is the way of a channel: its app, and what is wrong with it.
func (s *transcript) apps(source string) {
	s.file("channel.json", `{"callback":"signs what we are told"}`)
	of := []string{"connector", "app", "create", "--source", source, "--name", "WhatsApp", "--description", "Of the shop"}
	s.do(append(of, "--endpoint", "http://hooks.example.com/x", "--retry", "5d")...)
	s.do(append(of, "--event", "calls")...)
	app := s.make("APP", append(of, "--endpoint", "https://hooks.example.com/notifications/event", "--retry", "1d",
		"--callback", "https://channel.example.com/agents", "--credentials", "channel.json")...)
	s.do("connector", "app", "edit", app, "--event", "content,details", "--header", "X-Region=eu")
	s.do("connector", "app", "disable", app)
	s.do("connector", "app", "list")
	s.do("connector", "app", "installation", app)
	s.do("source", "delete", source)
	s.do("connector", "app", "delete", app)
}

func (s *transcript) save(name string, v any) {
	s.t.Helper()
	b, err := json.Marshal(v)
	require.NoError(s.t, err)
	s.file(name, string(b))
}
