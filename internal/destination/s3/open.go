package s3

import (
	"strconv"

	"transporter/internal/destination"
)

// Opener returns the destination.Opener of the kind s3. All uploads of the process share
// the buffers.
//
// Fields and credentials are those of kind "s3"; without credentials the worker's own role is
// used. The bucket is in the path of addresses where an endpoint is given, unless pathStyle
// says otherwise.
func Opener(buffers *Buffers) destination.Opener {
	return func(s destination.Settings, out destination.Outbound) (destination.Destination, error) {
		pathStyle, err := boolean(s, "pathStyle", s.Fields["endpoint"] != "")
		if err != nil {
			return nil, err
		}
		client, err := out.HTTP(s.Fields["roots"])
		if err != nil {
			return nil, err
		}
		return New(Config{
			Bucket: s.Fields["bucket"], Prefix: s.Fields["prefix"], Region: s.Fields["region"],
			Endpoint: s.Fields["endpoint"], PathStyle: pathStyle, Profile: s.Fields["profile"],
			Encryption: encryption(s.Fields["sse"]), KMSKey: s.Fields["kmsKeyId"],
			AccessKey: s.Secrets["accessKeyId"], SecretKey: s.Secrets["secretAccessKey"], SessionToken: s.Secrets["sessionToken"],
			Ambient: s.Secrets["accessKeyId"] == nil, HTTP: client, Buffers: buffers,
		})
	}
}

// encryption returns the request's value: nothing is asked for with "none".
func encryption(sse string) string {
	if sse == "none" {
		return ""
	}
	return sse
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
