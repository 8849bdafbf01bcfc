package sandbox

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// The files of an authority's folder, and how long certificates live. The server's
// certificate is made anew at every start.
const (
	caFile        = "ca.pem"
	caKeyFile     = "ca.key"
	authorityLife = 10 * 365 * 24 * time.Hour
	serverLife    = 365 * 24 * time.Hour
)

// Authority is a certificate authority that only the machine's own clients trust.
type Authority struct {
	PEM         []byte // of the certificate
	Path        string // of the file that holds PEM
	certificate *x509.Certificate
	key         crypto.Signer
}

// OpenAuthority reads the authority of a folder, or makes one there when there is none.
// Half an authority, or one that expires before serverLife is over, is an error.
func OpenAuthority(dir string, now time.Time) (*Authority, error) {
	a := &Authority{Path: filepath.Join(dir, caFile)}
	keyPath := filepath.Join(dir, caKeyFile)
	_, certErr := os.Stat(a.Path)
	_, keyErr := os.Stat(keyPath)
	if errors.Is(certErr, os.ErrNotExist) && errors.Is(keyErr, os.ErrNotExist) {
		if err := makeAuthority(dir, a.Path, keyPath, now); err != nil {
			return nil, fmt.Errorf("make certificate authority: %w", err)
		}
	}
	if err := a.read(keyPath, now); err != nil {
		return nil, fmt.Errorf("read certificate authority in %s: %w", dir, err)
	}
	return a, nil
}

func makeAuthority(dir, certPath, keyPath string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "transporter sandbox CA"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := sign(template, template, key.Public(), key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := writePEM(keyPath, "PRIVATE KEY", keyDER, 0o600); err != nil {
		return err
	}
	return writePEM(certPath, "CERTIFICATE", der, 0o644)
}

func sign(template, parent *x509.Certificate, public crypto.PublicKey, key crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	return x509.CreateCertificate(rand.Reader, template, parent, public, key)
}

func writePEM(path, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}

func (a *Authority) read(keyPath string, now time.Time) error {
	var err error
	if a.PEM, err = os.ReadFile(a.Path); err != nil {
		return err
	}
	keyPEM, err := os.ReadFile(keyPath)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(a.PEM, keyPEM)
	if err != nil {
		return err
	}
	a.certificate, a.key = pair.Leaf, pair.PrivateKey.(crypto.Signer)
	if now.Add(serverLife).After(a.certificate.NotAfter) {
		return fmt.Errorf("it expires at %s; remove the folder to have a new one made", a.certificate.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// Certificate issues a server certificate for the host names and addresses.
func (a *Authority) Certificate(now time.Time, hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make server key: %w", err)
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "transporter sandbox"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(serverLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := sign(template, a.certificate, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue server certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key}, nil
}
