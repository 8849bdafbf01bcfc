package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"transporter/internal/contract"
	"transporter/internal/httpapi"
	"transporter/internal/human"
	"transporter/internal/pgp"
	"transporter/internal/sandbox"
)

// largestLine bounds one JSON line of a delivered file or of the sandbox's answer.
const largestLine = 64 << 20

// check decrypts every file that both legs of a run delivered and compares, conversation
// by conversation, the rows in it with what the world holds for the run's window.
func (d *demo) check(ctx context.Context, run, folder string, rows func(sandbox.Conversation) int) error {
	detail, err := d.client.Run(ctx, d.made.Account, run)
	if err != nil {
		return err
	}
	want, total, err := d.world(ctx, detail, rows)
	if err != nil {
		return err
	}
	legs := map[string]map[string]int{}
	for _, f := range detail.Files {
		if legs[f.Leg] == nil {
			legs[f.Leg] = map[string]int{}
		}
		// Both legs were sent the same bytes; each is read from where it lies.
		sftp := len(legs) == 2
		if err := d.count(ctx, detail, f, folder, sftp, legs[f.Leg]); err != nil {
			return err
		}
	}
	if len(legs) != 2 && total > 0 {
		return fmt.Errorf("%d legs delivered files, 2 were asked for", len(legs))
	}
	for leg, got := range legs {
		if err := equal(want, got); err != nil {
			return fmt.Errorf("leg %s of %s: %w", leg, folder, err)
		}
	}
	d.say("  %-13s  %s of %s exist; the same were decrypted from each of %s", folder,
		human.Count(total, "row"), human.Count(len(want), "conversation"), human.Count(len(legs), "destination"))
	return nil
}

// world asks the sandbox what existed when the run had read it, since surveys go on after a
// conversation's end: rows by conversation.
func (d *demo) world(ctx context.Context, r httpapi.RunDetail, rows func(sandbox.Conversation) int) (map[string]int, int, error) {
	fetched := slices.IndexFunc(r.Steps, func(s httpapi.StepView) bool { return s.Name == contract.ActivityFetch && s.Ended != nil })
	if r.Window == nil || fetched < 0 {
		return nil, 0, errors.New("the run has read nothing")
	}
	url := fmt.Sprintf("%s/_admin/world/%s/conversations?basis=end&status=CLOSE&from=%d&to=%d&known=%d",
		d.stack.DomainURL(), platformAccount, r.Window.From.UnixMilli(), r.Window.To.UnixMilli(), r.Steps[fetched].Ended.UnixMilli())
	body, err := d.fetch(ctx, url)
	if err != nil {
		return nil, 0, err
	}
	want, total := map[string]int{}, 0
	lines := scanner(bytes.NewReader(body))
	for lines.Scan() {
		var c sandbox.Conversation
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			return nil, 0, fmt.Errorf("read the sandbox's world: %w", err)
		}
		if c.ID != "" && rows(c) > 0 {
			want[c.ID] = rows(c)
			total += rows(c)
		}
	}
	return want, total, lines.Err()
}

// count decrypts one delivered file and adds its rows by conversation.
func (d *demo) count(ctx context.Context, run httpapi.RunDetail, f httpapi.FileView, folder string, sftp bool, got map[string]int) error {
	var sealed io.ReadCloser
	var err error
	if sftp {
		sealed, err = os.Open(filepath.Join(d.stack.SFTPRoot(), folder, f.Name))
	} else {
		sealed, err = d.client.Download(ctx, d.made.Account, run.ID, f.N)
	}
	if err != nil {
		return err
	}
	defer sealed.Close()
	private, err := os.ReadFile(d.privateKeyPath())
	if err != nil {
		return err
	}
	clear, err := pgp.Decrypt(sealed, string(private), d.secrets.Passphrase)
	if err != nil {
		return fmt.Errorf("decrypt %s: %w", f.Name, err)
	}
	if strings.Contains(f.Name, ".csv") {
		return countCSV(clear, got)
	}
	return countLines(clear, got)
}

// countCSV skips the metadata header's # lines and counts the rows of each conversation.
func countCSV(r io.Reader, got map[string]int) error {
	in := csv.NewReader(r)
	in.Comment, in.FieldsPerRecord = '#', -1
	head, err := in.Read()
	if err != nil {
		return fmt.Errorf("read column headers: %w", err)
	}
	column := -1
	for i, name := range head {
		if name == "conversation_id" {
			column = i
		}
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || column < 0 || column >= len(row) {
			return fmt.Errorf("read row: no conversation_id in it (%w)", err)
		}
		got[row[column]]++
	}
}

func countLines(r io.Reader, got map[string]int) error {
	lines := scanner(r)
	for lines.Scan() {
		var row struct {
			ID string `json:"conversation_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			return fmt.Errorf("read row: %w", err)
		}
		if row.ID != "" {
			got[row.ID]++
		}
	}
	return lines.Err()
}

// equal compares rows by conversation.
func equal(want, got map[string]int) error {
	for id, n := range want {
		if got[id] != n {
			return fmt.Errorf("conversation %s: %d rows exist, %d were delivered", id, n, got[id])
		}
	}
	for id := range got {
		if want[id] == 0 {
			return fmt.Errorf("conversation %s was delivered and is not in the window", id)
		}
	}
	return nil
}

func scanner(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), largestLine)
	return s
}

// fetch reads a small answer of the sandbox.
func (d *demo) fetch(ctx context.Context, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the sandbox: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask the sandbox for %s: %s", url, res.Status)
	}
	return io.ReadAll(res.Body)
}
