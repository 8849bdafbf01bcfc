package kind

import "strings"

// Fields that the stores of objects have in common.
var (
	bucketField = Field{Name: "bucket", Doc: "Its name.", Example: "wfm-exports", Required: true, MaxLength: 255}
	prefixField = Field{Name: "prefix", Doc: "A folder within the bucket.", Example: "messages", MaxLength: 500}
)

// rootsField is a private authority that a server's certificate is of.
var rootsField = Field{
	Name: "roots", File: true, MaxLength: 16 << 10,
	Doc: "PEM of more root certificates, for servers of a private authority.",
}

// object writes scheme://bucket/prefix.
func object(scheme string, v Values) string {
	return strings.TrimSuffix(scheme+"://"+v.Text("bucket")+"/"+strings.Trim(v.Text("prefix"), "/"), "/")
}
