package guard

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"transporter/internal/fault"
)

func TestParseHost(t *testing.T) {
	for host, want := range map[string]string{
		"files.example.org":       "files.example.org",
		"files.example.org.":      "files.example.org.", // the dot keeps search domains away
		"Files_1.Example-2.org":   "Files_1.Example-2.org",
		"localhost":               "localhost",
		"1.2.3.example":           "1.2.3.example",
		"0x7f.example":            "0x7f.example",
		"bücher.example":          "xn--bcher-kva.example",
		"xn--bcher-kva.example":   "xn--bcher-kva.example",
		"１９２.0.2.1":               "192.0.2.1",
		"192。0。2。1":               "192.0.2.1",
		"192.0.2.1":               "192.0.2.1",
		"2001:DB8:0::1":           "2001:db8::1",
		"fe80::1%eth0":            "fe80::1%eth0",
		strings.Repeat("a.", 126): strings.Repeat("a.", 126),
		// refused
		"": "", ".": "", "a..b": "", "a b": "", "a@b": "", "a#b": "", "a\\b": "", "a%b": "", "a/b": "", "a:b": "", "[::1]": "", "a\x00b": "",
		"2130706433": "", "0x7f000001": "", "017700000001": "", "127.1": "", "0x7f.1": "", "1.2.3.4.5": "", "192.0.2.1.": "", "192.0.2.01": "",
		"192.0.2.256": "", "example.0x": "", "example.0XA.": "", "192.0.2.1%eth0": "",
		strings.Repeat("a", 64) + ".example": "", strings.Repeat("a.", 127) + "a": "", "b\u0000ü": "", "-ü-.example": "",
	} {
		t.Run(host, func(t *testing.T) {
			addr, name, err := parseHost(host)
			if want == "" {
				require.True(t, fault.Is(err, fault.InvalidSpec), "%v", err)
				require.ErrorContains(t, err, "connect to ")
				return
			}
			require.NoError(t, err)
			if addr.IsValid() {
				require.Empty(t, name)
				name = addr.String()
			}
			require.Equal(t, want, name)
		})
	}
}

// What is taken for a name cannot be an address to any resolver: it has a letter in its last
// label that no number has, and nothing in it that a name has not.
func TestParseHostLeavesNoAddressToResolvers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		host := rapid.StringMatching(`[0-9a-fxX.:%@\[\] ]{1,20}`).Draw(t, "host")
		addr, name, err := parseHost(host)
		if err != nil || addr.IsValid() {
			return
		}
		_, err = netip.ParseAddr(strings.TrimSuffix(name, "."))
		require.Error(t, err)
		labels := strings.Split(strings.TrimSuffix(name, "."), ".")
		last := strings.ToLower(labels[len(labels)-1])
		require.NotRegexp(t, `^([0-9]+|0x[0-9a-f]*)$`, last)
	})
}
