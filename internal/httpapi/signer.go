package httpapi

import (
	"context"
	"net/http"
	"time"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/fault"
	"transporter/internal/pgp"
	"transporter/internal/seal"
)

// Signer is the key that signs the account's files.
type Signer struct {
	Fingerprint string    `json:"fingerprint" example:"9A4F0C1D2E3B4A5968778695A4B3C2D1E0F90817"`
	Armored     string    `json:"armored" doc:"The OpenPGP public key, for receivers; not secret."`
	CreatedAt   time.Time `json:"createdAt"`
	Version     int       `json:"version" doc:"Counts the keys that the account has had."`
}

// InSigner makes a signing key.
type InSigner struct {
	InAccount
	Creation
}

func (s *Server) signer() {
	const at, tag = "/v1/accounts/{a}/signer", "keys"
	route(s, operation{
		Method: http.MethodGet, Path: at, ID: "get-signer", Tag: tag, Summary: "Show the key that signs the account's files",
		Doc: "Receivers import it to see who sent a file.", Errors: []int{404},
	}, s.getSigner)
	route(s, operation{
		Method: http.MethodPost, Path: at, ID: "make-signer", Tag: tag, Status: http.StatusCreated,
		Summary: "Make the key that signs the account's files",
		Doc: "An Ed25519 key that can do nothing else; its private half is sealed at once and opened by workers only. " +
			"It takes the place of the one before: give receivers the new one, and let them keep the old one for older files.",
		Errors: []int{400, 404, 409},
	}, s.makeSigner)
}

func (s *Server) getSigner(ctx context.Context, in *InAccount) (*Item[Signer], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	x := snap.Signer
	if x == nil {
		return nil, fault.New(fault.NotFound, "the account has no key to sign with").WithField("path.a").WithFix("make one: POST to this path")
	}
	return &Item[Signer]{
		ETag: etag(x.Version), Body: Signer{Fingerprint: x.Fingerprint, Armored: x.Armored, CreatedAt: x.CreatedAt, Version: x.Version},
	}, nil
}

func (s *Server) makeSigner(ctx context.Context, in *InSigner) (*Item[Signer], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	key, armored, private, err := pgp.NewSigner(snap.Description, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	sealed, err := seal.Close(s.cfg.Seal, snap.ID, private)
	if err != nil {
		return nil, err
	}
	write := in.write()
	write.IfVersion = contract.AnyVersion
	put := contract.PutSignerIn{Write: write, Signer: account.Signer{Fingerprint: key.Fingerprint(), Armored: armored, Secret: sealed}}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdatePutSigner, put, nil); err != nil {
		return nil, err
	}
	return s.getSigner(ctx, &in.InAccount)
}
