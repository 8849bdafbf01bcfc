package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"transporter/internal/contract"
	"transporter/internal/fault"
	keyfiles "transporter/internal/keys"
)

// SigningKey is the key that certificates are verified with.
type SigningKey struct {
	PEM string `json:"pem" doc:"Ed25519 public key as PEM; not secret."`
}

func (s *Server) certificates() {
	route(s, operation{
		Method: http.MethodGet, Path: tasks.path() + "/{id}/coverage/certificate", ID: "get-certificate", Tag: tasks.many,
		Summary: "Certify what was delivered of a period",
		Doc: "A worker signs that windows tile the period and that each is delivered or empty, with the hashes of receipts, or lists what breaks that. " +
			"The signature is Ed25519 over the certificate as JSON with sorted keys and no space; starter verify checks it without the API.",
		Errors: []int{404, 422},
	}, s.getCertificate)
	route(s, operation{
		Method: http.MethodGet, Path: "/v1/signing-key", ID: "get-signing-key", Tag: tasks.many,
		Summary: "Show the key that certificates are verified with",
	}, func(context.Context, *struct{}) (*struct{ Body SigningKey }, error) {
		text, err := keyfiles.PublicPEM(s.cfg.Signing)
		return &struct{ Body SigningKey }{SigningKey{string(text)}}, err
	})
}

// SignedCertificate is a coverage.Signed as it was issued.
type SignedCertificate struct {
	Certificate json.RawMessage `json:"certificate" doc:"What is signed: the period, its windows with the hashes of their receipts, and the problems."`
	Signature   []byte          `json:"signature" doc:"Ed25519, base64."`
}

func (s *Server) getCertificate(ctx context.Context, in *InCoverage) (*struct{ Body SignedCertificate }, error) {
	if _, err := tasks.find(ctx, s, in.InThing); err != nil {
		return nil, err
	}
	if !in.To.IsZero() && !in.To.After(in.From) {
		return nil, fault.New(fault.InvalidSpec, "it is not after from").WithField("query.to").WithFix("give a later time")
	}
	var got contract.CertifyOut
	ask := contract.CertifyIn{Account: in.Account, Task: in.ID, From: in.From, To: in.To}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdateCertify, ask, &got); err != nil {
		return nil, err
	}
	text, found, err := s.cfg.Book.Certificate(ctx, got.Key)
	if err == nil && !found {
		err = fault.New(fault.Corrupt, "the certificate that was just written is gone").WithFix("look whether API and worker use the same store")
	}
	if err != nil {
		return nil, err
	}
	var out struct{ Body SignedCertificate }
	return &out, json.Unmarshal(text, &out.Body)
}
