package devstack

import (
	"context"
	"os"
	"path/filepath"
)

// Credentials of the S3 server, which listens on loopback only.
const (
	S3Key    = "transporter"
	S3Secret = "transporter-secret"
	// FeedBucket is the bucket that the sandbox exports feeds to.
	FeedBucket = "asapp-prod-acme-exports-us-east-1"
)

// S3URL is where the S3 server answers.
func (s *Stack) S3URL() string { return "http://" + Local(s.Ports.S3) }

// ObjectsDir holds a folder for each bucket, with a file for each object.
func (s *Stack) ObjectsDir() string { return s.dir("objects") }

// StartS3 starts the S3 server that Config names. A sandbox that is started after it exports feeds to it.
func (s *Stack) StartS3(ctx context.Context) (err error) {
	path, err := filepath.Abs(s.VersityGW)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.ObjectsDir(), 0o700); err != nil {
		return err
	}
	s.S3, err = Start(ctx, Program{
		Name: "s3", Path: path, Dir: s.Logs(), Ready: answering(s.S3URL() + "/health"),
		Args: []string{"-p", Local(s.Ports.S3), "--health", "/health", "--quiet", "posix", s.ObjectsDir()},
		Env:  []string{"ROOT_ACCESS_KEY_ID=" + S3Key, "ROOT_SECRET_ACCESS_KEY=" + S3Secret},
	})
	return err
}

// feedFlags tell the sandbox where to export feeds to.
func (s *Stack) feedFlags() []string {
	if s.S3 == nil {
		return nil
	}
	return []string{
		"--feeds-s3-endpoint", s.S3URL(), "--feeds-dir", s.ObjectsDir(), "--feeds-bucket", FeedBucket,
		"--feeds-access-key", S3Key, "--feeds-secret-key", S3Secret,
	}
}
