package transform

import (
	"encoding/json"
	"slices"
	"strings"

	"transporter/internal/fault"
	"transporter/internal/report"
	"transporter/internal/rowindex"
	"transporter/internal/task"
)

// Schema describes the files of a flat report in the format's own language: JSON Schema
// (draft 2020-12) of a JSON file, or of a line of JSON Lines; XML Schema 1.0 of an XML file.
// Columns that a task leaves out are allowed to be missing. Reports and formats without a
// schema are fault.InvalidSpec.
func Schema(d *report.Definition, format string) ([]byte, error) {
	switch {
	case d.IsRaw():
		return nil, fault.New(fault.InvalidSpec, "%s delivers source records as they are: their schema is the source's", d.ID).WithField("report")
	case format == FormatJSON || format == FormatJSONL:
		return json.MarshalIndent(jsonSchema(d, format), "", "  ")
	case format == FormatXML && d.Allows(FormatXML):
		return xmlSchema(d), nil
	}
	return nil, fault.New(fault.InvalidSpec, "there is no schema of %s as %q", d.ID, format).
		WithField("format").WithFix("use %s, %s or %s; Parquet carries its own", FormatJSON, FormatJSONL, FormatXML)
}

type jsonObject = map[string]any

func jsonSchema(d *report.Definition, format string) jsonObject {
	row := jsonObject{"type": "object", "additionalProperties": false, "properties": jsonObject{}}
	gone := removedSchema(d)
	names := []string{}
	for _, f := range schemaFields(d) {
		row["properties"].(jsonObject)[f.name] = f.jsonType()
		names = append(names, f.name)
	}
	column := jsonObject{"enum": names}
	if c := spreadColumn(d); c != nil {
		spread := "^(?!" + c.Name + "$)" + c.Spread.Prefix + ".+$"
		row["patternProperties"] = jsonObject{spread: jsonObject{"type": "integer"}}
		gone["patternProperties"] = jsonObject{spread: jsonObject{"type": "null"}}
		column = jsonObject{"anyOf": []jsonObject{column, {"pattern": spread}}}
	}
	head := jsonObject{"type": "object", "additionalProperties": false, "properties": jsonObject{
		"recordCount": jsonObject{"type": "integer"}, "filePart": jsonObject{"type": "integer"}, "totalParts": jsonObject{"type": "integer"},
		"endDate": jsonObject{"type": "string", "format": "date"}, "endTime": jsonObject{"type": "string", "format": "date-time"},
	}}
	schema := jsonObject{"type": "object", "additionalProperties": false, "required": []string{"report", "columns", "rows"}, "properties": jsonObject{
		"_transporter": head, "report": jsonObject{"const": d.Ref()},
		"columns": jsonObject{"type": "array", "items": column}, "rows": jsonObject{"type": "array", "items": jsonObject{"anyOf": []jsonObject{row, gone}}},
	}}
	if format == FormatJSONL {
		first := jsonObject{"type": "object", "additionalProperties": false, "required": []string{"_transporter"}, "properties": jsonObject{"_transporter": head}}
		schema = jsonObject{"anyOf": []jsonObject{row, gone, first}}
	}
	schema["$schema"], schema["title"] = "https://json-schema.org/draft/2020-12/schema", d.Ref()
	return schema
}

// spreadColumn is that in place of which a task may have several; nil if there is none.
func spreadColumn(d *report.Definition) *report.Column {
	for i := range d.Columns {
		if d.Columns[i].Spread != nil {
			return &d.Columns[i]
		}
	}
	return nil
}

// removedSchema is a row of a file of changes that says that a row was removed: what is not
// about the row itself is null.
func removedSchema(d *report.Definition) jsonObject {
	properties := jsonObject{}
	for _, c := range d.Columns {
		properties[c.Name] = jsonObject{"type": "null"}
	}
	for _, c := range allSystemColumns {
		properties[c.name] = jsonObject{}
	}
	properties[changeColumn.name] = jsonObject{"const": rowindex.Removed.String()}
	return jsonObject{
		"type": "object", "additionalProperties": false, "properties": properties,
		"required": []string{rowKeyColumn.name, changeColumn.name},
	}
}

type schemaField struct {
	field
	required bool
}

// schemaFields are all columns that a file may have: those of the system first.
func schemaFields(d *report.Definition) (out []schemaField) {
	for _, c := range slices.Insert(slices.Clone(allSystemColumns), 1, changeColumn) {
		known := d.Feed == nil || c.name != extractedAt
		out = append(out, schemaField{field{name: c.name, typ: c.typ}, known})
	}
	for _, c := range d.Columns {
		out = append(out, schemaField{field{name: c.Name, typ: c.Type}, c.Rule.Has(report.NR) || c.Rule.Has(report.N4)})
	}
	return out
}

func (f schemaField) jsonType() jsonObject {
	name, out := "string", jsonObject{}
	switch f.typ {
	case report.JSON:
		return out
	case report.Int, report.MS:
		name = "integer"
	case report.Double:
		name = "number"
	case report.Bool:
		name = "boolean"
	case report.Time:
		out["format"] = "date-time"
	case report.List:
		name, out["items"] = "array", jsonObject{"type": "string"}
	}
	out["type"] = []string{name, "null"}
	if f.required {
		out["type"] = name
	}
	return out
}

// xmlSchema names the columns; XML Schema 1.0 cannot give an element a type by its attribute.
func xmlSchema(d *report.Definition) []byte {
	var columns []string
	for _, f := range schemaFields(d) {
		columns = append(columns, f.name)
	}
	known := `<xs:restriction base="xs:string">` + enumeration(columns) + `</xs:restriction>`
	if c := spreadColumn(d); c != nil {
		known = strings.NewReplacer("KNOWN", known, "PREFIX", c.Spread.Prefix).Replace(xsdSpread)
	}
	return []byte(strings.NewReplacer("REPORT", d.Ref(), "COLUMNS", known, "FIELDS", enumeration(task.HeaderFields())).Replace(xsd))
}

func enumeration(values []string) string {
	return `<xs:enumeration value="` + strings.Join(values, `"/><xs:enumeration value="`) + `"/>`
}

// xsdSpread lets names be known, or begin with a prefix.
const xsdSpread = `<xs:union>
    <xs:simpleType>KNOWN</xs:simpleType>
    <xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="PREFIX.+"/></xs:restriction></xs:simpleType>
  </xs:union>`

const xsd = `<?xml version="1.0" encoding="UTF-8"?>
<!-- REPORT -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="rows">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="metadata" minOccurs="0">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="field" maxOccurs="unbounded">
                <xs:complexType>
                  <xs:simpleContent>
                    <xs:extension base="xs:string"><xs:attribute name="name" type="fieldName" use="required"/></xs:extension>
                  </xs:simpleContent>
                </xs:complexType>
              </xs:element>
            </xs:sequence>
          </xs:complexType>
        </xs:element>
        <xs:element name="columns" minOccurs="0">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="column" maxOccurs="unbounded">
                <xs:complexType>
                  <xs:attribute name="name" type="columnName" use="required"/>
                  <xs:attribute name="type" use="required"/>
                </xs:complexType>
              </xs:element>
            </xs:sequence>
          </xs:complexType>
        </xs:element>
        <xs:element name="row" minOccurs="0" maxOccurs="unbounded">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="col" nillable="true" maxOccurs="unbounded">
                <xs:complexType>
                  <xs:simpleContent>
                    <xs:extension base="xs:string"><xs:attribute name="name" type="columnName" use="required"/></xs:extension>
                  </xs:simpleContent>
                </xs:complexType>
              </xs:element>
            </xs:sequence>
          </xs:complexType>
          <xs:unique name="columnOnce"><xs:selector xpath="col"/><xs:field xpath="@name"/></xs:unique>
        </xs:element>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
  <xs:simpleType name="columnName">COLUMNS</xs:simpleType>
  <xs:simpleType name="fieldName"><xs:restriction base="xs:string">FIELDS</xs:restriction></xs:simpleType>
</xs:schema>
`
