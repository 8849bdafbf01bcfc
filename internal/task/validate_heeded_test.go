package task

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/fault"
)

// What a format does not heed is refused, but for what it would be anyway.
func TestFormattingThatAFormatDoesNotHeed(t *testing.T) {
	usual := Formatting{
		Delimiter: ",", Quotes: QuotesAll, LineEnding: LineCRLF, Encoding: EncodingUTF8, Headers: HeadersAlways, ListDelimiter: "|",
		Unencodable: UnencodableRefuse, Durations: DurationsMS,
	}
	other := Formatting{
		Delimiter: ";", Quotes: QuotesMinimal, LineEnding: LineLF, Encoding: EncodingUTF16LE, Headers: HeadersNone, ListDelimiter: "/",
		Unencodable: UnencodableReplace, BOM: true, FormulaGuard: true,
	}
	csv := []string{"formatting.delimiter", "formatting.quotes", "formatting.lineEnding", "formatting.encoding", "formatting.bom", "formatting.formulaGuard"}
	all := append(slices.Clone(csv), "formatting.headers", "formatting.unencodable")
	for format, want := range map[string][]string{
		"csv": nil, "xml": csv, "xlsx": append(slices.Clone(csv), "formatting.unencodable"), "json": all, "jsonl": all, "parquet": all,
	} {
		require.NoError(t, CheckFile(Spec{Format: format, Formatting: usual}, nil), format)
		err := CheckFile(Spec{Format: format, Formatting: other}, nil)
		if want == nil {
			require.NoError(t, err, format)
			continue
		}
		var joined interface{ Unwrap() []error }
		require.ErrorAs(t, err, &joined)
		var fields []string
		for _, e := range joined.Unwrap() {
			var f *fault.Error
			require.True(t, errors.As(e, &f))
			require.Contains(t, f.Fix, "leave it out, or use one of the formats csv")
			fields = append(fields, f.Field)
		}
		require.Equal(t, want, fields, format)
	}
	wrong := CheckFile(Spec{Format: "json", Formatting: Formatting{Encoding: "latin"}}, nil)
	require.Len(t, wrong.(interface{ Unwrap() []error }).Unwrap(), 1, "one value, one error")
}
