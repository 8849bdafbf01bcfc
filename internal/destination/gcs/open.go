package gcs

import "transporter/internal/destination"

// Open is the destination.Opener of the kind gcs: fields and credentials are those of kind
// "gcs", and without credentials the worker's own identity is used.
func Open(s destination.Settings, out destination.Outbound) (destination.Destination, error) {
	client, err := out.HTTP(s.Fields["roots"])
	if err != nil {
		return nil, err
	}
	return New(Config{
		Bucket: s.Fields["bucket"], Prefix: s.Fields["prefix"], Endpoint: s.Fields["endpoint"],
		ServiceAccount: s.Secrets["serviceAccount"], HTTP: client,
	})
}
