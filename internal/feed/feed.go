// Package feed knows how a platform exports its tables to object storage, as partitions: where a
// leaf lies, which files it is made of, when it is whole, what one line says, and which of several
// rows with one key counts. It is pure; doors, the adapters below it, reach the storage.
//
// The model is ASAPP ("Retrieving data from ASAPP Messaging": docs.asapp.com/reporting/retrieve-s3
// and retrieve-messaging-data).
//
//	BUCKET[/SUB-FOLDER]/FEED/version=V/format=F/dt=YYYY-MM-DD[/hr=HH[/mi=MM]]/FILE
package feed

import (
	"context"
	"io"
	"iter"
	"time"
)

// Object is one object of the storage as a listing shows it.
type Object struct {
	Key      string    `json:"key"` // below the door's root, with slashes
	Size     int64     `json:"size"`
	ETag     string    `json:"etag,omitempty"` // empty where the storage has none
	Modified time.Time `json:"modified"`       // by the storage's clock
}

// Door reaches the storage that a platform exports to. It is safe for concurrent use.
type Door interface {
	// List yields the objects below a prefix, which may end within a name, in ascending order of
	// keys; nothing there is no error. Where objects may be read but not listed it is
	// fault.PermissionDenied, never an empty listing.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Folders yields the names one level below a folder ("" or one that ends with a slash), without
	// slashes, ascending.
	Folders(ctx context.Context, folder string) iter.Seq2[string, error]
	// Open reads the object as it was listed. One that has changed since, or is gone, is
	// fault.Conflict: list again.
	Open(ctx context.Context, o Object) (io.ReadCloser, error)
}

// Kinds of doors, which are kinds of a source's credentials.
const (
	DoorS3           = "s3"
	DoorSFTP         = "sftp"
	DoorFileExporter = "fileExporter"
)
