package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"regexp"
	"strconv"
	"unicode/utf8"

	"transporter/internal/account"
	"transporter/internal/contract"
	"transporter/internal/credfile"
	"transporter/internal/fault"
	"transporter/internal/pgp"
)

// SourceImport is a credential file with what opens it.
//
// It is decrypted in the api process: only there a private key need not pass through Temporal, and
// what the file holds is no more than the credentials that every source is made of, which api takes
// and seals, too. The key and its passphrase live in the memory of the one request, are written
// nowhere, and the answer may not be stored. Whoever does not want to hand them over decrypts the
// file with gpg and makes the source of what it says.
type SourceImport struct {
	Description     string `json:"description" minLength:"1" maxLength:"200" doc:"The name people know the source by; of several lines each is followed by its bucket." example:"Acme feeds"`
	PlatformAccount string `json:"platformAccount,omitempty" pattern:"^[A-Za-z0-9_-]{1,64}$" patternDescription:"the company's name" doc:"The company; absent: as the bucket's name has it." example:"acme"`
	Environment     string `json:"environment,omitempty" enum:"prod,preprod,test" doc:"Absent: as the bucket's name has it." example:"prod"`
	Link            Secret `json:"link,omitzero" doc:"The https link to the file. It lapses, so it is fetched once and at once."`
	File            []byte `json:"file,omitempty" doc:"The file itself as it was downloaded, in base64, in place of a link."`
	PrivateKey      Secret `json:"privateKey" doc:"The OpenPGP private key whose public half the platform was sent. It is used for this file and not kept."`
	Passphrase      Secret `json:"passphrase,omitzero" doc:"Of the private key, if it has one. Not kept either."`
	Region          string `json:"region,omitempty" maxLength:"40" doc:"Of the buckets; absent: us-east-1."`
	Endpoint        string `json:"endpoint,omitempty" format:"uri" maxLength:"300" doc:"Address of a store other than Amazon's."`
	PathStyle       bool   `json:"pathStyle,omitempty" doc:"The bucket is in the path instead of the host name."`
	CA              string `json:"ca,omitempty" maxLength:"65536" doc:"PEM of one more root certificate, for link and endpoint of a private look-alike."`
}

// InSourceImport is an import.
type InSourceImport struct {
	InAccount
	Creation
	Body SourceImport
}

// Imported are the sources that were made.
type Imported struct {
	CacheControl string `header:"Cache-Control" doc:"no-store"`
	Body         List[SourceView]
}

func (s *Server) importing() {
	route(s, operation{
		Method: http.MethodPost, Path: sources.path() + "/import", ID: "import-sources", Tag: sources.many, Status: http.StatusCreated,
		Summary: "Make sources of a credential file",
		Doc: "The file in which ASAPP hands over the keys of its buckets, encrypted to the customer's OpenPGP key. Every line becomes a " +
			"source of the kind asapp, its keys sealed at once: all lines or, whatever is wrong with one, none. Keys, link and passphrase are " +
			"in no answer, error or log; of an access key its fingerprint is shown.",
		Errors: []int{400, 403, 404, 409, 413, 422},
	}, s.importSources)
}

func (s *Server) importSources(ctx context.Context, in *InSourceImport) (*Imported, error) {
	snap, err := s.snapshot(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	id := func(i int) string {
		return s.newID(seed(in.IdempotencyKey, in.Account, sources.many, "import", strconv.Itoa(i)))
	}
	if done := s.imported(snap, in.IdempotencyKey, id); len(done) > 0 {
		return &Imported{"no-store", List[SourceView]{done}}, nil
	}
	records, err := s.records(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	put := contract.ImportSourcesIn{Write: in.write()}
	for i, r := range records {
		x, err := s.feedSource(in.Account, in.Body.source(r, len(records) > 1), nil)
		if err != nil {
			return nil, err
		}
		x.ID = id(i)
		put.Sources = append(put.Sources, x)
	}
	if err := s.cfg.Accounts.Update(ctx, in.Account, contract.UpdateImportSources, put, nil); err != nil {
		return nil, err
	}
	if snap, err = s.snapshot(ctx, in.Account); err != nil {
		return nil, err
	}
	out := &Imported{CacheControl: "no-store", Body: List[SourceView]{Items: []SourceView{}}}
	for _, x := range put.Sources {
		out.Body.Items = append(out.Body.Items, viewSource(s, snap.Sources[x.ID]))
	}
	return out, nil
}

// imported returns what an import under the same key has made: the link has lapsed meanwhile.
func (s *Server) imported(snap account.Snapshot, key string, id func(int) string) (done []SourceView) {
	for i := 0; key != ""; i++ {
		x, ok := snap.Sources[id(i)]
		if !ok {
			break
		}
		done = append(done, viewSource(s, x))
	}
	return done
}

// records fetches the file, if there is a link, and opens it.
func (s *Server) records(ctx context.Context, b SourceImport) ([]credfile.Record, error) {
	clear, err := s.resolveSecrets("", map[string]Secret{"link": b.Link, "privateKey": b.PrivateKey, "passphrase": b.Passphrase})
	if err != nil {
		return nil, err
	}
	file := b.File
	switch given := clear["link"] != ""; {
	case given == (len(file) > 0):
		return nil, fault.New(fault.InvalidSpec, "the credential file is needed, once").WithField("file").WithFix("give either link or file")
	case given && s.cfg.Outbound == nil:
		return nil, fault.New(fault.InvalidSpec, "this server fetches no links").WithField("link").WithFix("download the file and give it as file")
	case given:
		client, err := s.cfg.Outbound(b.CA)
		if err != nil {
			return nil, err
		}
		if file, err = credfile.Fetch(ctx, client, clear["link"]); err != nil {
			return nil, err
		}
	}
	return credfile.Decrypt(file, pgp.Private{Key: clear["privateKey"], Passphrase: clear["passphrase"]})
}

// bucketName is how buckets are called; some companies' are called otherwise.
var bucketName = regexp.MustCompile(`^asapp-(prod|preprod|pre_prod|test)-([A-Za-z0-9_-]{1,64})-exports-`)

// source is what somebody would send to make a source of the record.
func (b SourceImport) source(r credfile.Record, several bool) Source {
	environment, company := "", ""
	if m := bucketName.FindStringSubmatch(r.Bucket); m != nil {
		if environment, company = m[1], m[2]; environment == "pre_prod" {
			environment = "preprod"
		}
	}
	return Source{
		Kind: account.SourceASAPP, Description: b.name(r, several), PlatformAccount: cmp.Or(b.PlatformAccount, company), CA: b.CA,
		Feeds: &Feeds{Environment: cmp.Or(b.Environment, environment), S3: &FeedBucket{
			Bucket: r.Bucket, Prefix: r.Prefix, Region: b.Region, Endpoint: b.Endpoint, PathStyle: b.PathStyle,
		}},
		Credentials: &SourceCredentials{S3: &FeedKeys{AccessKeyID: Secret{value: r.AccessKeyID}, SecretAccessKey: Secret{value: r.SecretAccessKey}}},
	}
}

// maxName is how long the description of a source may be, in characters.
const maxName = 200

// name tells the sources of several lines apart.
func (b SourceImport) name(r credfile.Record, several bool) string {
	if !several {
		return b.Description
	}
	end := ", " + r.Bucket
	if r.Prefix != "" {
		end += "/" + r.Prefix
	}
	begin := []rune(b.Description)
	return string(begin[:min(len(begin), max(maxName-utf8.RuneCountInString(end), 0))]) + end
}
