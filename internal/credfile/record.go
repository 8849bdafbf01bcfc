// Package credfile reads the file in which a platform hands over the keys of a bucket: a tab-separated
// record, encrypted to the customer's OpenPGP key, behind a link that lapses ("Credentials":
// docs.asapp.com/reporting/retrieve-s3). Everything is done in memory; no error repeats anything of
// the file, the link or the key.
package credfile

import (
	"strings"

	"transporter/internal/fault"
	"transporter/internal/seal"
)

// Record is one line: the keys of a bucket, or of a sub-folder of one.
type Record struct {
	AccessKeyID, SecretAccessKey seal.Secret
	Bucket                       string
	Prefix                       string // the sub-folder without slashes at its ends; empty: none
}

// A record has three cells, and a fourth where there is a sub-folder.
const (
	leastCells = 3
	mostCells  = 4
	// maxRecords is far more than there are environments and buckets of a company.
	maxRecords = 20
)

// Parse reads the clear text: a record a line, blank ones and one of titles left out. A line of fewer
// than three cells, with an empty one among them, with no name of a bucket, or with two folders is
// fault.InvalidSpec: then nothing of the file is used.
func Parse(text string) ([]Record, error) {
	var all []Record
	for i, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		cells := strings.Split(line, "\t")
		if strings.TrimSpace(line) == "" || strings.EqualFold(strings.TrimSpace(cells[0]), "id") {
			continue
		}
		r, err := parseLine(i+1, cells)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	switch {
	case len(all) == 0:
		return nil, unread("the credential file holds no record").WithFix("ask for it again")
	case len(all) > maxRecords:
		return nil, unread("the credential file holds %d records, at most %d are taken", len(all), maxRecords)
	}
	return all, nil
}

func parseLine(line int, cells []string) (Record, error) {
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if len(cells) < leastCells || len(cells) > mostCells {
		return Record{}, unread("line %d of the credential file has %d cells, it must be 3 or 4", line, len(cells)).
			WithFix("the record is cut short or damaged: id, secret, bucket and perhaps sub-folder stand between tabs; ask for the file again")
	}
	bucket, folder, _ := strings.Cut(strings.TrimPrefix(cells[2], "s3://"), "/")
	if strings.ContainsAny(bucket, ": ") {
		return Record{}, unread("line %d of the credential file has no name of a bucket in its third cell", line).
			WithFix("it must be a name or an s3:// address; ask for the file again")
	}
	r := Record{AccessKeyID: seal.Secret(cells[0]), SecretAccessKey: seal.Secret(cells[1]), Bucket: bucket, Prefix: strings.Trim(folder, "/")}
	if len(cells) == mostCells && strings.Trim(cells[3], "/") != "" {
		within := r.Prefix
		if r.Prefix = strings.Trim(cells[3], "/"); within != "" && within != r.Prefix {
			return Record{}, unread("line %d of the credential file names two folders of the bucket, one in its third cell and another in its fourth", line).
				WithFix("ask which of them the keys are for, and make the source of what gpg --decrypt prints")
		}
	}
	if r.AccessKeyID == "" || r.SecretAccessKey == "" || bucket == "" {
		return Record{}, unread("line %d of the credential file has an empty cell", line).WithFix("id, secret and bucket are needed; ask for the file again")
	}
	return r, nil
}

// unread is fault.InvalidSpec about the file itself.
func unread(format string, args ...any) *fault.Error {
	return fault.New(fault.InvalidSpec, format, args...).WithField("file")
}
