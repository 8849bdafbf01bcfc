package webhook

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"time"
)

// Settings say how deliveries are made. The zero value is the platform's way.
type Settings struct {
	Hash     string `json:"hash,omitempty"`     // sha1 (default) or sha256
	Encoding string `json:"encoding,omitempty"` // base64 (default) or hex
	// Changes is how many changes of one conversation, waiting and of one type, go in one delivery
	// at most; default 1.
	Changes int `json:"changes,omitempty"`
	// Speed divides the waits of the retry policies; default 1.
	Speed float64 `json:"speed,omitempty"`
	// Hosts are where endpoints are really posted to, by their host or host:port, or "*" for all:
	// scheme and host of a URL, http or https. Path and query stay the endpoint's.
	Hosts  map[string]string `json:"hosts,omitempty"`
	Faults Faults            `json:"faults,omitzero"`
}

// Faults spoil deliveries. What they hit follows from the seed and the order of notifications.
type Faults struct {
	Seed      uint64  `json:"seed,omitempty"`
	Duplicate float64 `json:"duplicate,omitempty"` // share that comes once more
	Drop      float64 `json:"drop,omitempty"`      // share that is never sent
	Fail      float64 `json:"fail,omitempty"`      // share of attempts judged failed whatever the answer
	Reorder   int     `json:"reorder,omitempty"`   // by how many later ones of the conversation each is overtaken, at most
	DelayMS   int     `json:"delayMs,omitempty"`   // how long each waits before it is sent
}

// mostChanges keeps a delivery well below the size that receivers refuse.
const mostChanges = 100

// mostDelay and mostReorder keep what is held in bounds.
const (
	mostDelay   = 10 * time.Minute
	mostReorder = 1000
)

// complete fills the defaults; an error names the field that is wrong.
func (s *Settings) complete() error {
	s.Hash, s.Encoding = cmp.Or(s.Hash, SHA1), cmp.Or(s.Encoding, Base64)
	s.Changes, s.Speed = cmp.Or(s.Changes, 1), cmp.Or(s.Speed, 1)
	switch {
	case hashes[s.Hash] == nil:
		return fmt.Errorf("hash: %q must be %s or %s", s.Hash, SHA1, SHA256)
	case encodings[s.Encoding] == nil:
		return fmt.Errorf("encoding: %q must be %s or %s", s.Encoding, Base64, Hex)
	case s.Changes < 1 || s.Changes > mostChanges:
		return fmt.Errorf("changes: %d must be 1 to %d", s.Changes, mostChanges)
	case !(s.Speed > 0) || math.IsInf(s.Speed, 0):
		return fmt.Errorf("speed: %v must be above 0", s.Speed)
	}
	for host, to := range s.Hosts {
		u, err := url.Parse(to)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" && u.Path != "/" {
			return fmt.Errorf("hosts: %s=%s must lead to http or https://host:port, without a path", host, to)
		}
	}
	return s.Faults.check()
}

func (f *Faults) check() error {
	for name, share := range map[string]float64{"duplicate": f.Duplicate, "drop": f.Drop, "fail": f.Fail} {
		if !(share >= 0 && share <= 1) {
			return fmt.Errorf("faults.%s: %v must be a share from 0 to 1", name, share)
		}
	}
	if f.Reorder < 0 || f.Reorder > mostReorder {
		return fmt.Errorf("faults.reorder: %d must be 0 to %d positions", f.Reorder, mostReorder)
	}
	if f.DelayMS < 0 || f.DelayMS > int(mostDelay.Milliseconds()) {
		return fmt.Errorf("faults.delayMs: %d must be 0 to %d", f.DelayMS, mostDelay.Milliseconds())
	}
	return nil
}

// target returns where an endpoint is really posted to.
func (s *Settings) target(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return endpoint // refused when the app was installed
	}
	for _, name := range []string{u.Host, u.Hostname(), "*"} {
		if to, ok := s.Hosts[name]; ok {
			local, _ := url.Parse(to) // looked at by complete
			u.Scheme, u.Host = local.Scheme, local.Host
			return u.String()
		}
	}
	return endpoint
}

// wait is a wait of the platform's at the set speed.
func (s *Settings) wait(platforms time.Duration) time.Duration {
	return time.Duration(float64(platforms) / s.Speed)
}

// What a draw is for.
const (
	drawDrop uint64 = iota + 1
	drawDuplicate
	drawReorder
	drawFail
)

// drawn returns a number from 0 to below 1 for the n-th thing of a kind (SplitMix64).
func (f *Faults) drawn(kind, n uint64) float64 {
	z := f.Seed ^ kind<<56 ^ n
	for range 2 {
		z += 0x9e3779b97f4a7c15
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return float64(z>>11) / (1 << 53)
}

func (f *Faults) hits(share float64, kind, n uint64) bool {
	return share > 0 && f.drawn(kind, n) < share
}
