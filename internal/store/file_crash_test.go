package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary runs itself as a child that works on a store and dies; these variables
// tell the child what to do.
const (
	childJob    = "STORE_TEST_JOB"
	childFolder = "STORE_TEST_FOLDER"
	childNumber = "STORE_TEST_NUMBER"
)

func TestMain(m *testing.M) {
	jobs := map[string]func(*File, int) error{"die": dieAtStep, "write": writeForever, "race": raceForKeys, "fill": fillDisk}
	job, isChild := jobs[os.Getenv(childJob)]
	if !isChild {
		os.Exit(m.Run())
	}
	number, err := strconv.Atoi(os.Getenv(childNumber))
	if err == nil {
		var f *File
		if f, err = NewFile(os.Getenv(childFolder)); err == nil {
			err = job(f, number)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func child(job, folder string, number int) *exec.Cmd {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childJob+"="+job, childFolder+"="+folder, childNumber+"="+strconv.Itoa(number))
	return c
}

const oldText, newText = "old", "the new text, which is longer"

// crashWrites is what dieAtStep does, in order; the second write of each key replaces or
// loses.
var crashWrites = []struct {
	key    string
	absent bool
}{{"put/new/key", false}, {"put/new/key", false}, {"once/new/key", true}, {"once/new/key", true}, {"kept", false}}

// dieAtStep writes and kills its own process before the system call of the number.
func dieAtStep(f *File, number int) error {
	steps := 0
	f.step = func(string, string) error {
		if steps++; steps == number {
			return errors.Join(syscall.Kill(os.Getpid(), syscall.SIGKILL), errors.New("still alive"))
		}
		return nil
	}
	for _, w := range crashWrites {
		write := f.Put
		if w.absent {
			write = f.PutIfAbsent
		}
		if _, err := write(context.Background(), w.key, strings.NewReader(newText)); err != nil && !errors.Is(err, ErrExists) {
			return err
		}
	}
	fmt.Print(steps)
	return nil
}

func TestKilledAtEveryStep(t *testing.T) {
	prepared := func(t *testing.T) (string, *File) {
		folder := t.TempDir()
		f, err := NewFile(folder)
		require.NoError(t, err)
		_, err = f.Put(context.Background(), "kept", strings.NewReader(oldText))
		require.NoError(t, err)
		return folder, f
	}
	folder, _ := prepared(t)
	out, err := child("die", folder, 0).Output()
	require.NoError(t, err)
	steps, err := strconv.Atoi(string(out))
	require.NoError(t, err)
	require.Greater(t, steps, 25, "five writes have more steps than that")
	for number := 1; number <= steps; number++ {
		folder, f := prepared(t)
		err := child("die", folder, number).Run()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, syscall.SIGKILL, exit.Sys().(syscall.WaitStatus).Signal())

		require.Contains(t, []string{oldText, newText}, text(t, f, "kept"), "step %d", number)
		for info, err := range f.List(context.Background(), "") {
			require.NoError(t, err)
			require.Contains(t, []string{oldText, newText}, text(t, f, info.Key), "%s at step %d", info.Key, number)
		}
		for _, w := range crashWrites { // whoever comes next is not held up
			_, err := f.Put(context.Background(), w.key, strings.NewReader(newText))
			require.NoError(t, err)
		}
		_, err = f.Sweep(context.Background(), time.Now().Add(time.Hour))
		require.NoError(t, err)
		left, err := os.ReadDir(filepath.Join(folder, tempFolder))
		require.NoError(t, err)
		require.Empty(t, left, "step %d", number)
	}
}

func text(t *testing.T, f *File, key string) string {
	r, err := f.Open(context.Background(), key, 0)
	require.NoError(t, err)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(b)
}

// hashed returns an object that proves itself whole.
func hashed(r *rand.Rand) []byte {
	body := make([]byte, 1+r.IntN(200_000))
	for i := range body {
		body[i] = byte(r.Uint32())
	}
	sum := sha256.Sum256(body)
	return append(sum[:], body...)
}

// writeForever says so and puts hashed objects until it is killed.
func writeForever(f *File, number int) error {
	fmt.Println("writing") // its start takes long on a busy machine
	r := rand.New(rand.NewPCG(uint64(number), 7))
	for i := 0; ; i++ {
		for _, write := range []func(context.Context, string, io.Reader) (Info, error){f.Put, f.PutIfAbsent} {
			key := fmt.Sprintf("d%d/k%d", r.IntN(3), r.IntN(10))
			if _, err := write(context.Background(), key, bytes.NewReader(hashed(r))); err != nil && !errors.Is(err, ErrExists) {
				return err
			}
		}
	}
}

func TestKilledAtRandomMoments(t *testing.T) {
	const kills, writers = 8, 2
	folder := t.TempDir()
	f, err := NewFile(folder)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 4))
	seen := 0
	for i := range kills {
		children := make([]*exec.Cmd, writers)
		for j := range children {
			children[j] = child("write", folder, i*writers+j)
			said, err := children[j].StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, children[j].Start())
			_, err = bufio.NewReader(said).ReadString('\n')
			require.NoError(t, err)
		}
		time.Sleep(time.Duration(20+r.IntN(120)) * time.Millisecond) // the random moment
		for _, c := range children {
			require.NoError(t, c.Process.Kill())
		}
		for _, c := range children {
			require.ErrorContains(t, c.Wait(), "killed")
		}
		for info, err := range f.List(context.Background(), "") {
			require.NoError(t, err)
			b := text(t, f, info.Key)
			require.Greater(t, len(b), sha256.Size)
			sum := sha256.Sum256([]byte(b[sha256.Size:]))
			require.Equal(t, string(sum[:]), b[:sha256.Size], "%s is half", info.Key)
			seen++
		}
	}
	require.Greater(t, seen, kills)
}

const racedKeys = 40

// raceForKeys waits for the start, claims every key for its number and prints what it won.
func raceForKeys(f *File, number int) error {
	for started := false; !started; {
		_, err := f.Stat(context.Background(), "start")
		started = err == nil
	}
	for i := range racedKeys {
		_, err := f.PutIfAbsent(context.Background(), fmt.Sprintf("race/%03d", i), strings.NewReader(strconv.Itoa(number)))
		if err == nil {
			fmt.Println(i)
		} else if !errors.Is(err, ErrExists) {
			return err
		}
	}
	return nil
}

func TestProcessesRace(t *testing.T) {
	const racers = 6
	folder := t.TempDir()
	f, err := NewFile(folder)
	require.NoError(t, err)
	children, outs := make([]*exec.Cmd, racers), make([]bytes.Buffer, racers)
	for i := range children {
		children[i] = child("race", folder, i)
		children[i].Stdout = &outs[i]
		require.NoError(t, children[i].Start())
	}
	_, err = f.Put(context.Background(), "start", strings.NewReader(""))
	require.NoError(t, err)
	winners := map[string][]int{}
	for i, c := range children {
		require.NoError(t, c.Wait())
		for key := range strings.FieldsSeq(outs[i].String()) {
			winners[key] = append(winners[key], i)
		}
	}
	require.Len(t, winners, racedKeys)
	for key, who := range winners {
		require.Len(t, who, 1, "key %s", key)
		number, err := strconv.Atoi(key)
		require.NoError(t, err)
		require.Equal(t, strconv.Itoa(who[0]), text(t, f, fmt.Sprintf("race/%03d", number)))
	}
}

// TestStepsFail makes every system call fail once: the error comes out and the old state
// stays, or the new one where only its sync failed.
func TestStepsFail(t *testing.T) {
	broken := errors.New("broken")
	for _, write := range []string{"put", "put if absent"} {
		t.Run(write, func(t *testing.T) {
			for number := 1; ; number++ {
				f, err := NewFile(t.TempDir())
				require.NoError(t, err)
				steps, failed := 0, ""
				f.step = func(name, _ string) error {
					if steps++; steps == number {
						failed = name
						return broken
					}
					return nil
				}
				put := f.Put
				if write != "put" {
					put = f.PutIfAbsent
				}
				_, err = put(context.Background(), "a/b", strings.NewReader(newText))
				if failed == "" {
					require.NoError(t, err)
					require.Greater(t, number, 6)
					return
				}
				require.ErrorIs(t, err, broken, failed)
				if _, err := f.Stat(context.Background(), "a/b"); err == nil {
					require.Equal(t, newText, text(t, f, "a/b"))
					require.Equal(t, "syncfolder", failed, "nothing else may fail once the name is there")
				} else {
					require.ErrorIs(t, err, ErrNotExist)
				}
			}
		})
	}
}

// TestSyncOrder pins what a power cut depends on: contents are synced before they get
// their name, folders after; new folders are synced into their parents first.
func TestSyncOrder(t *testing.T) {
	folder := t.TempDir()
	f, err := NewFile(folder)
	require.NoError(t, err)
	var steps []string
	f.step = func(name, path string) error {
		rel, err := filepath.Rel(folder, path)
		if strings.HasPrefix(rel, tempFolder) {
			rel = "temp"
		}
		steps = append(steps, name+" "+rel)
		return err
	}
	_, err = f.Put(context.Background(), "a/b/c", strings.NewReader("x"))
	require.NoError(t, err)
	require.Equal(t, []string{
		"create temp", "write temp", "sync temp", "mkdir a", "syncfolder .", "mkdir a/b", "syncfolder a",
		"rename a/b/c", "syncfolder a/b",
	}, steps)
	steps = nil
	_, err = f.PutIfAbsent(context.Background(), "a/b/c", strings.NewReader("y"))
	require.ErrorIs(t, err, ErrExists)
	require.Equal(t, []string{"create temp", "write temp", "sync temp", "link a/b/c", "syncfolder a/b"}, steps)
	require.True(t, slices.Contains(steps, "syncfolder a/b"), "a loser builds on the name too")
}
