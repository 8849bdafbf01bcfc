package kind

var storeKind = Kind{
	Name: "store",
	Doc:  "The transporter's own storage.",
	Fields: []Field{
		{Name: "prefix", Doc: "A folder within the storage.", Example: "wfm", MaxLength: 200},
	},
	Place: func(v Values) string { return v.Text("prefix") },
}
