package transform

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/klauspost/compress/flate"
)

// packXLSX writes the workbook around a worksheet, streaming: an Open Packaging
// Conventions package (ECMA-376 part 2) in a zip whose sizes follow their data. The
// metadata header is a second sheet. The same body makes the same bytes.
func packXLSX(dst io.Writer, e Envelope, body io.Reader) error {
	z := zip.NewWriter(dst)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.DefaultCompression)
	})
	for _, part := range xlsxParts(e) {
		if err := addPart(z, part.name, func(w io.Writer) error {
			_, err := io.WriteString(w, part.text)
			return err
		}); err != nil {
			return err
		}
	}
	if err := addPart(z, "xl/worksheets/sheet1.xml", func(w io.Writer) error {
		_, err := io.Copy(w, body)
		return err
	}); err != nil {
		return err
	}
	return z.Close()
}

// zipEpoch is the oldest time that a zip can tell: files are the same whenever they are made.
var zipEpoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

func addPart(z *zip.Writer, name string, write func(io.Writer) error) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipEpoch})
	if err == nil {
		err = write(w)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

type xlsxPart struct{ name, text string }

// Styles of cells, by their place in cellXfs below.
const (
	styleText     = "1" // ids
	styleTime     = "2"
	styleHeader   = "3"
	styleDuration = "4"
)

const (
	xmlDeclaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	relations      = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packageTypes   = "http://schemas.openxmlformats.org/package/2006/"
	mainTypes      = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	spreadsheet    = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

	xlsxStyles = xmlDeclaration + `<styleSheet xmlns="` + spreadsheet + `">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/></numFmts>` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` + // @: text
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
		`<xf numFmtId="46" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>` + // [h]:mm:ss
		`<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

	xlsxRootRelations = xmlDeclaration + `<Relationships xmlns="` + packageTypes + `relationships">` +
		`<Relationship Id="rId1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/>` +
		`<Relationship Id="rId2" Type="` + packageTypes + `relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
)

// xlsxParts are the parts of the package besides the worksheet of the rows.
func xlsxParts(e Envelope) []xlsxPart {
	sheets := []string{"Data"}
	if len(e.Fields) > 0 {
		sheets = append(sheets, "Metadata")
	}
	types := xmlDeclaration + `<Types xmlns="` + packageTypes + `content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + mainTypes + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + mainTypes + `styles+xml"/>`
	workbook := xmlDeclaration + `<workbook xmlns="` + spreadsheet + `" xmlns:r="` + relations + `"><sheets>`
	links := xmlDeclaration + `<Relationships xmlns="` + packageTypes + `relationships">`
	for i, name := range sheets {
		n := strconv.Itoa(i + 1)
		types += `<Override PartName="/xl/worksheets/sheet` + n + `.xml" ContentType="` + mainTypes + `worksheet+xml"/>`
		workbook += `<sheet name="` + name + `" sheetId="` + n + `" r:id="rId` + n + `"/>`
		links += `<Relationship Id="rId` + n + `" Type="` + relations + `/worksheet" Target="worksheets/sheet` + n + `.xml"/>`
	}
	links += `<Relationship Id="rId` + strconv.Itoa(len(sheets)+1) + `" Type="` + relations + `/styles" Target="styles.xml"/>`
	parts := []xlsxPart{
		{"[Content_Types].xml", types + "</Types>"},
		{"_rels/.rels", xlsxRootRelations},
		{"docProps/core.xml", xlsxProperties(e)},
		{"xl/workbook.xml", workbook + "</sheets></workbook>"},
		{"xl/_rels/workbook.xml.rels", links + "</Relationships>"},
		{"xl/styles.xml", xlsxStyles},
	}
	if len(e.Fields) > 0 {
		parts = append(parts, xlsxPart{"xl/worksheets/sheet2.xml", metadataSheet(e.Fields)})
	}
	return parts
}

// xlsxProperties says which report it is and which zone its dates are in.
func xlsxProperties(e Envelope) string {
	return xmlDeclaration + `<cp:coreProperties xmlns:cp="` + packageTypes + `metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		`<dc:title>` + e.Report + `</dc:title><dc:description>Times are those of ` + e.Zone + `.</dc:description></cp:coreProperties>`
}

// metadataSheet has a row for each field: its name and its value.
func metadataSheet(fields []HeadField) string {
	dst := []byte(sheetOpen + "<sheetData>")
	for _, f := range fields {
		dst = appendInline(append(dst, "<row>"...), styleHeader, []byte(f.Name))
		if f.Number {
			dst = append(dst, "<c><v>"+f.Value+"</v></c></row>"...)
		} else {
			dst = append(appendInline(dst, "", []byte(f.Value)), "</row>"...)
		}
	}
	return string(append(dst, sheetClose...))
}
