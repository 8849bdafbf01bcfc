package kind

var gcsKind = Kind{
	Name: "gcs",
	Doc:  "A bucket of Google Cloud Storage.",
	Fields: []Field{
		bucketField, prefixField,
		{Name: "endpoint", Doc: "Address of the store; absent: Google's.", MaxLength: 300},
		rootsField,
	},
	Secrets: []Field{
		{
			Name: "serviceAccount", File: true, Example: map[string]any{"file": "service-account.json"},
			Doc: "The key of a service account, as the JSON that Google gives. Without it: the identity of the worker.",
		},
	},
	Check: func(v Values, _ Given) error { return checkURL(v, "endpoint") },
	Place: func(v Values) string { return object("gs", v) },
}
