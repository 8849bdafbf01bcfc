package account

// Feeds is how the tables that a platform exports are reached: by one door, the field of which is
// set. The names of the doors are also those of the credentials' kinds.
type Feeds struct {
	Environment  string      `json:"environment,omitempty"` // prod, preprod, test; empty: not said
	S3           *FeedBucket `json:"s3,omitempty"`
	SFTP         *FeedServer `json:"sftp,omitempty"`
	FileExporter *FeedAPI    `json:"fileExporter,omitempty"`

	KeyFingerprint string   `json:"keyFingerprint,omitempty"` // of the access key id, so that people can tell keys apart
	DecryptKeys    []string `json:"decryptKeys,omitempty"`    // fingerprints of the OpenPGP keys for encrypted files
}

// FeedBucket is a bucket, or a sub-folder of one.
type FeedBucket struct {
	Bucket    string `json:"bucket"`
	Prefix    string `json:"prefix,omitempty"`   // the sub-folder, without slashes at its ends
	Region    string `json:"region,omitempty"`   // empty: us-east-1
	Endpoint  string `json:"endpoint,omitempty"` // empty: Amazon's
	PathStyle bool   `json:"pathStyle,omitempty"`
}

// FeedServer is a folder of an SFTP server.
type FeedServer struct {
	Host      string   `json:"host"`
	Port      int      `json:"port,omitempty"` // zero: 22
	Directory string   `json:"directory,omitempty"`
	HostKeys  []string `json:"hostKeys"`
}

// FeedAPI is a File Exporter.
type FeedAPI struct {
	BaseURL string `json:"baseUrl,omitempty"` // empty: the public one
}

// Door returns the name of the one door: s3, sftp or fileExporter; false if there is none, or more
// than one.
func (f *Feeds) Door() (door string, ok bool) {
	if f == nil {
		return "", false
	}
	doors := 0
	for name, set := range map[string]bool{"s3": f.S3 != nil, "sftp": f.SFTP != nil, "fileExporter": f.FileExporter != nil} {
		if set {
			door = name
			doors++
		}
	}
	return door, doors == 1
}
