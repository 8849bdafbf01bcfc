// Package s3bucket writes feeds into a bucket of an S3 server.
package s3bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Config says where the bucket is.
type Config struct {
	Endpoint string // http://host:port
	Region   string
	Bucket   string
	Key      string // access key id
	Secret   string
	Dir      string // in which the server keeps a folder for each bucket; empty: objects are as old as the server says
}

// Bucket is a feeds.Bucket. It is safe for concurrent use.
type Bucket struct {
	config Config
	client *s3.Client
}

// New returns the bucket; nothing is called yet.
func New(c Config) *Bucket {
	return &Bucket{c, s3.New(s3.Options{
		Region: c.Region, BaseEndpoint: &c.Endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(c.Key, c.Secret, ""),
	})}
}

// Make makes the bucket if it is not there.
func (b *Bucket) Make(ctx context.Context) error {
	_, err := b.client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &b.config.Bucket})
	var own *types.BucketAlreadyOwnedByYou
	var exists *types.BucketAlreadyExists
	if err != nil && !errors.As(err, &own) && !errors.As(err, &exists) {
		return fmt.Errorf("make bucket %s: %w", b.config.Bucket, err)
	}
	return nil
}

// Put writes an object. It is as old as at says if the server's folder is known.
func (b *Bucket) Put(ctx context.Context, key string, content []byte, at time.Time) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.config.Bucket, Key: &key, Body: bytes.NewReader(content)})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	if b.config.Dir == "" {
		return nil
	}
	if err := os.Chtimes(filepath.Join(b.config.Dir, b.config.Bucket, filepath.FromSlash(key)), at, at); err != nil {
		return fmt.Errorf("date %s: %w", key, err)
	}
	return nil
}

// Delete removes an object.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.config.Bucket, Key: &key}); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}
