package task

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// The grammar of feeds in object stores: FEED/version=V/format=F/dt=…[/hr=…[/mi=…]]/FILE,
// and FILE as FEED.FORMAT[.SPLIT][.gz][.enc].
var (
	feedPath = regexp.MustCompile(`^([a-z][a-z0-9_]*)/version=\d+/format=(csv|jsonl|json)/dt=\d{4}-\d\d-\d\d(/hr=\d\d(/mi=\d\d)?)?/[^/]+$`)
	feedFile = regexp.MustCompile(`/(?P<feed>[A-Za-z0-9_\-]+)\.jsonl(?:\.(?P<split>\d{2,}))?(?P<gz>\.gz)?(?P<enc>\.enc)?$`)
)

func TestPartitionedNames(t *testing.T) {
	d := testName(t)
	d.Format, d.Version, d.Partition = "jsonl", "2.7", "dt=2026-11-19/hr=05"
	clear, sealed := Leg{Layout: LayoutPartitioned}, Leg{Layout: LayoutPartitioned, Feed: "utterances", Encryption: Encryption{Mode: EncryptPGP}}
	packed, both := clear, sealed
	packed.Compression, packed.FeedVersion, both.Compression = CompressionGzip, "4", CompressionGzip
	for name, tc := range map[string]struct {
		leg         Leg
		part, parts int
		want, inner string
	}{
		"one file":            {clear, 1, 1, "msg_messages/version=2/format=jsonl/dt=2026-11-19/hr=05/msg_messages.jsonl", "msg_messages.jsonl"},
		"encrypted":           {sealed, 1, 1, "utterances/version=2/format=jsonl/dt=2026-11-19/hr=05/utterances.jsonl.enc", "utterances.jsonl"},
		"the first of three":  {clear, 1, 3, "msg_messages/version=2/format=jsonl/dt=2026-11-19/hr=05/msg_messages.jsonl.00", "msg_messages.jsonl.00"},
		"part 101, encrypted": {sealed, 101, 200, "utterances/version=2/format=jsonl/dt=2026-11-19/hr=05/utterances.jsonl.100.enc", "utterances.jsonl.100"},
		"gzip":                {packed, 1, 1, "msg_messages/version=4/format=jsonl/dt=2026-11-19/hr=05/msg_messages.jsonl.gz", "msg_messages.jsonl.gz"},
		"gzip, encrypted":     {both, 4, 9, "utterances/version=2/format=jsonl/dt=2026-11-19/hr=05/utterances.jsonl.03.gz.enc", "utterances.jsonl.03.gz"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := tc.leg.Names()
			require.NoError(t, err)
			d := d
			d.Part, d.Parts, d.Revision = tc.part, tc.parts, 3
			name, inner := n.Data(d)
			require.Equal(t, []string{tc.want, tc.inner}, []string{name, inner})
			require.Regexp(t, feedPath, name)
			require.Regexp(t, feedFile, name)
			single, numbered := n.Others(d)
			require.Contains(t, append(single, numbered(tc.part-1)...), name)
		})
	}
	n, err := sealed.Names()
	require.NoError(t, err)
	require.Equal(t, "utterances/version=2/format=jsonl/dt=2026-11-19/hr=05/_manifest.json", n.Manifest(d))
	require.Equal(t, "utterances/version=2/format=jsonl/dt=2026-11-19/hr=05/_SUCCESS", n.Marker(d))
}

func TestFlatNames(t *testing.T) {
	d := testName(t)
	d.Parts = 3
	for name, tc := range map[string]struct {
		leg            Leg
		want, manifest string
	}{
		"default":   {Leg{}, "msg.messages_20261118T230000Z_20261119T230000Z_p001.csv", "msg.messages_20261118T230000Z_20261119T230000Z.manifest.json"},
		"encrypted": {Leg{Encryption: Encryption{Mode: EncryptPGP}}, "msg.messages_20261118T230000Z_20261119T230000Z_p001.csv.pgp", "msg.messages_20261118T230000Z_20261119T230000Z.manifest.json"},
		"elements":  {Leg{FileNameElements: []string{"account", "report", "date", "to"}}, "12345_msg.messages_2026-11-19_20261119T230000Z_p001.csv", "12345_msg.messages_2026-11-19_20261119T230000Z.manifest.json"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := tc.leg.Names()
			require.NoError(t, err)
			first, _ := n.Data(d)
			require.Equal(t, []string{tc.want, tc.manifest, ""}, []string{first, n.Manifest(d), n.Marker(d)})
		})
	}
}

// Second files have names of their own, which those who look for what to replace find.
func TestNamesOfSecondFiles(t *testing.T) {
	d := testName(t)
	d.Format, d.Version, d.Partition, d.Of = "jsonl", "2.7", "dt=2026-11-19/hr=05", "units"
	sealed := Encryption{Mode: EncryptPGP}
	for name, tc := range map[string]struct {
		leg   Leg
		parts int
		want  string
	}{
		"flat":               {Leg{}, 1, "msg.messages_20261118T230000Z_20261119T230000Z.units.jsonl"},
		"flat, of two":       {Leg{Encryption: sealed}, 2, "msg.messages_20261118T230000Z_20261119T230000Z_p001.units.jsonl.pgp"},
		"a template":         {Leg{FileName: "{to}{part}{revision}"}, 1, "20261119T230000Z.units"},
		"partitioned":        {Leg{Layout: LayoutPartitioned}, 1, "msg_messages/version=2/format=jsonl/dt=2026-11-19/hr=05/msg_messages_units.jsonl"},
		"partitioned, feed":  {Leg{Layout: LayoutPartitioned, Feed: "units"}, 1, "units/version=2/format=jsonl/dt=2026-11-19/hr=05/units_units.jsonl"},
		"partitioned, split": {Leg{Layout: LayoutPartitioned, Encryption: sealed}, 2, "msg_messages/version=2/format=jsonl/dt=2026-11-19/hr=05/msg_messages_units.jsonl.00.enc"},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := tc.leg.Names()
			require.NoError(t, err)
			second, own := d, d
			second.Part, second.Parts, own.Of, own.Part, own.Parts = 1, tc.parts, "", 1, tc.parts
			name, _ := n.Data(second)
			require.Equal(t, tc.want, name)
			other, _ := n.Data(own)
			require.NotEqual(t, other, name)
			require.Equal(t, n.Manifest(own), n.Manifest(second))
			if tc.leg.partitioned() {
				require.Regexp(t, feedFile, name)
				single, numbered := n.Others(second)
				require.Contains(t, append(single, numbered(0)...), name)
			}
		})
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		leg   Leg
		field string
		says  string
	}{
		"five elements":                {Leg{FileNameElements: []string{"account", "report", "date", "to", "from"}}, "fileNameElements", "at most 4"},
		"an unknown element":           {Leg{FileNameElements: []string{"site"}}, "fileNameElements", "account, date"},
		"an element twice":             {Leg{FileNameElements: []string{"to", "to"}}, "fileNameElements", "once"},
		"elements and a template":      {Leg{FileNameElements: []string{"to"}, FileName: "{to}"}, "fileNameElements", "remove"},
		"elements that collide":        {Leg{FileNameElements: []string{"report"}}, "fileNameElements", "from, to and fire"},
		"a template for partitions":    {Leg{Layout: LayoutPartitioned, FileName: "{to}"}, "fileName", "flat layout"},
		"elements for partitions":      {Leg{Layout: LayoutPartitioned, FileNameElements: []string{"to"}}, "fileNameElements", "flat layout"},
		"a feed that leaves its place": {Leg{Layout: LayoutPartitioned, Feed: "../x"}, "feed", "small letters"},
		"a feed of capitals":           {Leg{Layout: LayoutPartitioned, Feed: "Messages"}, "feed", "small letters"},
		"a feed in the flat layout":    {Leg{Feed: "messages"}, "feed", "partitioned"},
		"a version in the flat layout": {Leg{FeedVersion: "2"}, "feedVersion", "partitioned"},
		"gzip in the flat layout":      {Leg{Compression: CompressionGzip}, "compression", "partitioned"},
		"a version of letters":         {Leg{Layout: LayoutPartitioned, FeedVersion: "v2"}, "feedVersion", "whole number"},
		"an unknown compression":       {Leg{Layout: LayoutPartitioned, Compression: "zstd"}, "compression", "none or gzip"},
	} {
		t.Run(name, func(t *testing.T) {
			var p problems
			require.Empty(t, Spec{Report: "msg.messages", Format: "csv", Frequency: Frequency{Kind: Daily}}.checkNames(&p, "destinations[0]", tc.leg))
			require.Len(t, p, 1)
			var e *fault.Error
			require.ErrorAs(t, p[0], &e)
			require.Equal(t, "destinations[0]."+tc.field, e.Field)
			require.Contains(t, e.Error()+e.Fix, tc.says)
		})
	}
}

// What readers of partitions would misread is refused.
func TestPartitionsThatReadersWouldMisread(t *testing.T) {
	header := MetadataHeader{Fields: []string{"recordCount"}}
	for name, tc := range map[string]struct {
		spec  Spec
		leg   Leg
		field string
	}{
		"a header among rows":      {Spec{Format: "jsonl", MetadataHeader: header}, Leg{Layout: LayoutPartitioned}, "layout"},
		"a workbook in gzip":       {Spec{Format: "xlsx"}, Leg{Layout: LayoutPartitioned, Compression: CompressionGzip}, "compression"},
		"a header elsewhere":       {Spec{Format: "jsonl", MetadataHeader: header}, Leg{}, ""},
		"a header in csv":          {Spec{Format: "csv", MetadataHeader: header}, Leg{Layout: LayoutPartitioned}, ""},
		"rows alone":               {Spec{Format: "jsonl"}, Leg{Layout: LayoutPartitioned, Compression: CompressionGzip}, ""},
		"a workbook in partitions": {Spec{Format: "xlsx"}, Leg{Layout: LayoutPartitioned}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var p problems
			tc.spec.Report, tc.spec.Frequency = "msg.messages", Frequency{Kind: Daily}
			tc.spec.checkNames(&p, "destinations[0]", tc.leg)
			if tc.field == "" {
				require.Empty(t, p)
				return
			}
			var e *fault.Error
			require.Len(t, p, 1)
			require.ErrorAs(t, p[0], &e)
			require.Equal(t, "destinations[0]."+tc.field, e.Field)
		})
	}
}
