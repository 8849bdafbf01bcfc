package freeport

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// another makes the test binary another process: it says which ports it was given and keeps
// them until its input ends.
const another = "TRANSPORTER_FREEPORT_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(another) == "" {
		os.Exit(m.Run())
	}
	port, err := Get()
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(strconv.Itoa(port) + "\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func TestAPortIsGivenOnce(t *testing.T) {
	t.Parallel()
	const callers, each = 8, 50
	var all sync.Map
	var done sync.WaitGroup
	for range callers {
		done.Go(func() {
			for range each {
				port, err := Get()
				if _, again := all.LoadOrStore(port, true); err != nil || again {
					t.Errorf("port %d: given again %t, %v", port, again, err)
				}
			}
		})
	}
	done.Wait()
}

// Nobody listens on the port yet; it is the other process's until that ends, here by a kill.
func TestAPortOfAnotherProcess(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), another+"=1")
	keep, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer keep.Close()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	port, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.True(t, idle(port))
	mine, err := hold(port)
	require.NoError(t, err)
	require.False(t, mine)

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "killed")
	mine, err = hold(port)
	require.NoError(t, err)
	require.True(t, mine)
}

func TestAPortThatIsListenedOn(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	require.False(t, idle(l.Addr().(*net.TCPAddr).Port))
}
