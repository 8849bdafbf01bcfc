package httpapi

// InAccount names an account.
type InAccount struct {
	Account string `path:"a" maxLength:"64" doc:"The account's id." example:"01JD3Z9QK8V6C3N5T7W9Y1B3D5"`
}

// InThing names something that an account owns.
type InThing struct {
	InAccount
	ID string `path:"id" maxLength:"64" doc:"The id that the creation answered." example:"01JD40K7M5Q3ZB1A9C8E7G6J4K"`
}

// InRun names a run.
type InRun struct {
	InAccount
	Run string `path:"run" maxLength:"128" doc:"The run's id as the list shows it." example:"01JD40K7M5Q3ZB1A9C8E7G6J4K.g1.20261120T060000Z"`
}

// Item is one thing with its version as ETag.
type Item[T any] struct {
	ETag     string `header:"ETag" doc:"Send it back as If-Match."`
	Location string `header:"Location" doc:"The address of what was made."`
	Body     T
}

// List is every thing of a kind.
type List[T any] struct {
	Items []T `json:"items" nullable:"false"`
}

// Listing carries a list.
type Listing[T any] struct{ Body List[T] }

// Nothing is an answer without a body.
type Nothing struct{}
