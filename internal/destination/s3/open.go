package s3

import (
	"strconv"

	"transporter/internal/destination"
)

// Opener returns the destination.Opener of the kind s3. All uploads of the process share
// the buffers.
//
// Fields: bucket, prefix, region, endpoint, pathStyle, profile, encryption, kmsKey, ambient
// and ca (PEM of the root that the endpoint's certificate is signed with). Credentials:
// accessKeyId, secretAccessKey, sessionToken. What they mean is told at Config.
func Opener(buffers *Buffers) destination.Opener {
	return func(s destination.Settings, out destination.Outbound) (destination.Destination, error) {
		pathStyle, err := boolean(s, "pathStyle", s.Fields["endpoint"] != "")
		if err != nil {
			return nil, err
		}
		ambient, err := boolean(s, "ambient", false)
		if err != nil {
			return nil, err
		}
		client, err := out.HTTP(s.Fields["ca"])
		if err != nil {
			return nil, err
		}
		return New(Config{
			Bucket: s.Fields["bucket"], Prefix: s.Fields["prefix"], Region: s.Fields["region"],
			Endpoint: s.Fields["endpoint"], PathStyle: pathStyle, Profile: s.Fields["profile"],
			Encryption: s.Fields["encryption"], KMSKey: s.Fields["kmsKey"],
			AccessKey: s.Secrets["accessKeyId"], SecretKey: s.Secrets["secretAccessKey"], SessionToken: s.Secrets["sessionToken"],
			Ambient: ambient, HTTP: client, Buffers: buffers,
		})
	}
}

// boolean reads a field that is true or false, or left out.
func boolean(s destination.Settings, name string, otherwise bool) (bool, error) {
	text := s.Fields[name]
	if text == "" {
		return otherwise, nil
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, badField(name, "%q is neither true nor false", text)
	}
	return value, nil
}
