package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"transporter/internal/destination"
	"transporter/internal/destination/s3"
	"transporter/internal/devstack"
	"transporter/internal/freeport"
	"transporter/internal/seal"
)

const (
	s3User, s3Secret = "bench", "bench-secret"
	s3Region         = "us-east-1"
	s3Bucket         = "outbox"
)

// versitygw is an S3 server on a folder.
type versitygw struct {
	*devstack.Process
	folder, url string
}

// uploadS3 measures against versitygw.
func (b *bench) uploadS3(ctx context.Context, files ...string) (err error) {
	path, err := exec.LookPath(b.versitygw)
	if err != nil {
		b.out.remark("upload to S3 is not measured: %s is missing (make tools)", b.versitygw)
		return nil
	}
	server, err := startVersitygw(ctx, path, filepath.Join(b.dir, "s3"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	d, err := server.destination()
	if err != nil {
		return err
	}
	return b.against(ctx, uploader{
		step: "upload to S3", note: "versitygw on the same cores", ours: d, level: destination.Hash,
		rivals: []rival{{"rclone", "rclone copyto", server.rclone}, {"aws", "aws s3 cp", server.aws}},
		clear:  func() error { return emptyFolder(server.bucket()) },
	}, files...)
}

func startVersitygw(ctx context.Context, path, folder string) (*versitygw, error) {
	port, err := freeport.Get()
	if err != nil {
		return nil, err
	}
	s := &versitygw{folder: folder, url: "http://" + devstack.Local(port)}
	if err := os.MkdirAll(s.bucket(), 0o700); err != nil {
		return nil, err
	}
	s.Process, err = devstack.Start(ctx, devstack.Program{
		Name: "versitygw", Path: path, Dir: folder,
		Args: []string{"-p", devstack.Local(port), "--health", "/health", "--quiet", "posix", filepath.Join(folder, "data")},
		Env:  []string{"ROOT_ACCESS_KEY_ID=" + s3User, "ROOT_SECRET_ACCESS_KEY=" + s3Secret},
		Ready: func(ctx context.Context) error {
			c, err := new(net.Dialer).DialContext(ctx, "tcp", devstack.Local(port))
			if err != nil {
				return err
			}
			return c.Close()
		},
	})
	return s, err
}

// bucket is the folder that the server shows as one.
func (s *versitygw) bucket() string { return filepath.Join(s.folder, "data", s3Bucket) }

// destination is how we upload to the server.
func (s *versitygw) destination() (*s3.Destination, error) {
	return s3.New(s3.Config{
		Bucket: s3Bucket, Endpoint: s.url, PathStyle: true, AccessKey: seal.Secret(s3User), SecretKey: seal.Secret(s3Secret),
		HTTP: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, Buffers: s3.NewBuffers(s3Buffers),
	})
}

// s3Buffers are as many as a worker has.
const s3Buffers = 8

// rclone uploads a file with rclone and its defaults.
func (s *versitygw) rclone(ctx context.Context, file string) error {
	return program(ctx, []string{
		"RCLONE_CONFIG=" + filepath.Join(s.folder, "rclone.conf"), "RCLONE_S3_PROVIDER=Other", "RCLONE_S3_ENDPOINT=" + s.url,
		"RCLONE_S3_ACCESS_KEY_ID=" + s3User, "RCLONE_S3_SECRET_ACCESS_KEY=" + s3Secret, "RCLONE_S3_NO_CHECK_BUCKET=true",
		"AWS_CA_BUNDLE=", // the server speaks HTTP, and rclone refuses the variable
	}, "rclone", "copyto", file, ":s3:"+s3Bucket+"/"+theirsName)
}

// aws uploads a file with Amazon's own program and its defaults.
func (s *versitygw) aws(ctx context.Context, file string) error {
	return program(ctx, []string{
		"AWS_ACCESS_KEY_ID=" + s3User, "AWS_SECRET_ACCESS_KEY=" + s3Secret, "AWS_DEFAULT_REGION=" + s3Region,
	}, "aws", "--endpoint-url", s.url, "s3", "cp", "--no-progress", file, "s3://"+s3Bucket+"/"+theirsName)
}
