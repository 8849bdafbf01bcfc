package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"text/tabwriter"
)

// table collects the outcomes.
type table struct {
	outcomes []outcome
	remarks  []string
}

func (t *table) add(o outcome) { t.outcomes = append(t.outcomes, o) }

func (t *table) remark(format string, args ...any) {
	t.remarks = append(t.remarks, fmt.Sprintf(format, args...))
}

// print writes the outcomes as text in columns.
func (t *table) print(w io.Writer) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "step\tMB/s of source JSON\tof its input\tbeside\tits MB/s of input\tratio\tpromised")
	for _, o := range t.outcomes {
		row := []string{
			o.step + " (" + o.note + ")", "", fmt.Sprintf("%.0f", o.took.rate(o.input).median), o.name, "", "", "",
		}
		if o.source > 0 {
			row[1] = o.took.rate(o.source).text(0)
		}
		if o.rival != nil {
			row[4], row[5] = o.rivalTook.rate(o.input).text(0), o.ratio.text(1)
		}
		if o.rival != nil && o.least > 0 {
			row[6] = fmt.Sprintf("≥ %g: %s", o.least, o.verdict())
		}
		fmt.Fprintln(tab, strings.Join(row, "\t"))
	}
	_ = tab.Flush() // a terminal that is gone needs no table
	for _, r := range t.remarks {
		fmt.Fprintln(w, r)
	}
}

func (o outcome) verdict() string {
	if o.broken() {
		return "BROKEN"
	}
	return "holds"
}

func (s spread) text(digits int) string {
	return fmt.Sprintf("%.*f (%.*f–%.*f)", digits, s.median, digits, s.least, digits, s.most)
}

// broken names the promises that do not hold.
func (t *table) broken() error {
	var errs []error
	for _, o := range t.outcomes {
		if o.broken() {
			errs = append(errs, fmt.Errorf("%s is %.1f times %s, promised are %g", o.step, o.ratio.median, o.name, o.least))
		}
	}
	return errors.Join(errs...)
}

// printMachine prints what the figures depend on, and how busy the machine is already.
func printMachine(w io.Writer) {
	fmt.Fprintf(w, "%s/%s · %d cores%s · %s · load before %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		found("/proc/cpuinfo", `model name\s*:(.*)`, " of"), runtime.Version(), found("/proc/loadavg", `^(\S+)`, ""))
}

// found returns the prefix and what the pattern's group matches in a file of /proc, or
// nothing on systems without it.
func found(path, pattern, prefix string) string {
	text, err := os.ReadFile(path)
	match := regexp.MustCompile(pattern).FindSubmatch(text)
	if err != nil || match == nil {
		return ""
	}
	return prefix + string(match[1])
}

// version is the first line of what a program says about itself.
func version(ctx context.Context, path string) string {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	line, _, _ := strings.Cut(string(out), "\n")
	if err != nil || line == "" {
		return filepath.Base(path)
	}
	return strings.TrimSpace(line)
}
