package sshlogin

import (
	"bytes"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"

	"transporter/internal/fault"
)

const fingerprintPrefix = "SHA256:"

// pins are the host keys that a server may prove itself by.
type pins struct {
	keys         []ssh.PublicKey
	fingerprints []string // "SHA256:…" of keys whose type is not known
	revoked      []ssh.PublicKey
}

// parsePins reads known_hosts lines, public keys and fingerprints; empty lines and
// comments are skipped. What is neither is fault.InvalidSpec.
func parsePins(lines []string) (pins, error) {
	var p pins
	for line := range strings.SplitSeq(strings.Join(lines, "\n"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := p.add(line); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *pins) add(line string) error {
	// Both "SHA256:…" alone and the output of ssh-keygen -l hold it as a field.
	fields := strings.Fields(line)
	if i := slices.IndexFunc(fields, isFingerprint); i >= 0 {
		p.fingerprints = append(p.fingerprints, fields[i])
		return nil
	}
	marker, _, key, _, _, err := ssh.ParseKnownHosts([]byte(line))
	if err != nil {
		key, _, _, _, err = ssh.ParseAuthorizedKey([]byte(line))
	}
	switch {
	case err != nil:
		return badField("hostKeys", "has a line that is no known_hosts line, public key or SHA256 fingerprint").
			WithFix("paste what this prints: ssh-keyscan -p PORT HOST")
	case marker == "cert-authority":
		return badField("hostKeys", "has a @cert-authority line; certificates are not supported").
			WithFix("pin the server's own key")
	case marker == "revoked":
		p.revoked = append(p.revoked, key)
	default:
		p.keys = append(p.keys, key)
	}
	return nil
}

func isFingerprint(s string) bool { return strings.HasPrefix(s, fingerprintPrefix) }

// hostKeyFamilies are the algorithms of each key type, best first. SHA-1 signatures
// (ssh-rsa) are not among them.
var hostKeyFamilies = map[string][]string{
	ssh.KeyAlgoED25519:  {ssh.KeyAlgoED25519},
	ssh.KeyAlgoECDSA256: {ssh.KeyAlgoECDSA256},
	ssh.KeyAlgoECDSA384: {ssh.KeyAlgoECDSA384},
	ssh.KeyAlgoECDSA521: {ssh.KeyAlgoECDSA521},
	ssh.KeyAlgoRSA:      {ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256},
}

// offers returns the lists of host-key algorithms to connect with, in turn. A server
// shows one key a connection, chosen by our list: with pinned keys one list of just
// their types does; a fingerprint does not tell its type, so each type is asked for.
func (p pins) offers() [][]string {
	if len(p.fingerprints) == 0 && len(p.keys) > 0 {
		var list []string
		for _, key := range p.keys {
			for _, algorithm := range hostKeyFamilies[key.Type()] {
				if !slices.Contains(list, algorithm) {
					list = append(list, algorithm)
				}
			}
		}
		return [][]string{list}
	}
	ecdsa := []string{ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521}
	return [][]string{hostKeyFamilies[ssh.KeyAlgoED25519], ecdsa, hostKeyFamilies[ssh.KeyAlgoRSA]}
}

// check is the ssh.HostKeyCallback; a refusal is fault.PermissionDenied.
func (p pins) check(host string, _ net.Addr, offered ssh.PublicKey) error {
	fingerprint := ssh.FingerprintSHA256(offered)
	if slices.ContainsFunc(p.revoked, sameKey(offered)) {
		return fault.New(fault.PermissionDenied, "%s shows the host key %s, which is marked revoked", host, fingerprint)
	}
	if slices.ContainsFunc(p.keys, sameKey(offered)) || slices.Contains(p.fingerprints, fingerprint) {
		return nil
	}
	if len(p.keys) == 0 && len(p.fingerprints) == 0 {
		return fault.New(fault.PermissionDenied, "no host key is pinned for %s; it offers %s %s", host, offered.Type(), fingerprint).
			WithField("hostKeys").
			WithFix("compare the fingerprint with the server's operator, then put it into hostKeys")
	}
	return fault.New(fault.PermissionDenied, "host key of %s does not match: it offers %s %s, pinned is %s",
		host, offered.Type(), fingerprint, strings.Join(p.names(), ", ")).WithField("hostKeys").
		WithFix("ask the server's operator whether the key was changed before you pin the new one; if not, somebody may be in between")
}

// names returns the fingerprints of all pinned keys.
func (p pins) names() []string {
	names := slices.Clone(p.fingerprints)
	for _, key := range p.keys {
		names = append(names, ssh.FingerprintSHA256(key))
	}
	return names
}

func sameKey(a ssh.PublicKey) func(ssh.PublicKey) bool {
	return func(b ssh.PublicKey) bool { return bytes.Equal(a.Marshal(), b.Marshal()) }
}
