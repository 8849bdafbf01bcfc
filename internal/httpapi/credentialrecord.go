package httpapi

import (
	"context"
	"net/http"
	"strings"

	"transporter/internal/credfile"
	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// CredentialRecordRequest is what a consumer of a bucket is to be given.
type CredentialRecordRequest struct {
	AccessKeyID     Secret `json:"accessKeyId" doc:"The id of an access key that was made for the consumer and may only read."`
	SecretAccessKey Secret `json:"secretAccessKey" doc:"That access key itself."`
	Key             string `json:"key" minLength:"1" maxLength:"64" doc:"Id of the consumer's OpenPGP key among the account's keys." example:"01JD41M2N3P4Q5R6S7T8V9W0X1"`
	Folder          string `json:"folder,omitempty" maxLength:"500" doc:"Folder that feeds lie in, below the destination's own, such as the path of a leg." example:"feeds"`
}

// CredentialRecord is the record for a consumer.
type CredentialRecord struct {
	File string `json:"file" doc:"The record, encrypted to the key: an armored OpenPGP message. Give it to the consumer; nobody else can read it." example:"-----BEGIN PGP MESSAGE-----…"`
}

// InCredentialRecord issues a record.
type InCredentialRecord struct {
	InThing
	Body CredentialRecordRequest
}

func (s *Server) credentialRecords() {
	route(s, operation{
		Method: http.MethodPost, Path: "/v1/accounts/{a}/destinations/{id}/credential-record", ID: "issue-credential-record", Tag: "destinations",
		Summary: "Issue a credential record to a consumer",
		Doc: "Encrypts one tab-separated record to the consumer's key: access key id, access key, bucket and folder, as platforms hand over the keys of their exports. " +
			"It holds the access key that is given here, never the destination's own, which may write. Nothing is kept. Only for destinations of the kind s3.",
		Errors: []int{404, 422},
	}, s.issueCredentialRecord)
}

func (s *Server) issueCredentialRecord(ctx context.Context, in *InCredentialRecord) (*Item[CredentialRecord], error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	d, ok := snap.Destinations[in.ID]
	if !ok {
		return nil, notFound("id", "destination", in.ID)
	}
	if d.Kind != "s3" {
		return nil, fault.New(fault.InvalidSpec, "the destination is of the kind %s: only buckets of s3 are read with such a record", d.Kind).WithField("path.id")
	}
	held, ok := snap.Keys[in.Body.Key]
	if !ok {
		return nil, fault.New(fault.InvalidSpec, "there is no such key").WithField("key").WithFix("add the consumer's public key: starter key add")
	}
	key, err := pgp.ParseKey(held.Armored)
	if err != nil {
		return nil, inField("key", err)
	}
	r := credfile.Record{Bucket: d.Config["bucket"], Prefix: joined(d.Config["prefix"], in.Body.Folder)}
	if r.AccessKeyID, err = s.cfg.Secrets.resolve("accessKeyId", in.Body.AccessKeyID); err != nil {
		return nil, err
	}
	if r.SecretAccessKey, err = s.cfg.Secrets.resolve("secretAccessKey", in.Body.SecretAccessKey); err != nil {
		return nil, err
	}
	file, err := r.Issue(key, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	return &Item[CredentialRecord]{Body: CredentialRecord{File: string(file)}}, nil
}

// joined is a folder below another, without slashes at its ends; either may be empty.
func joined(folder, below string) string {
	return strings.Trim(strings.Trim(folder, "/")+"/"+strings.Trim(below, "/"), "/")
}
