package transform

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"transporter/internal/fault"
)

// parquetPrefix of the names of the metadata header's fields among the footer's key-values.
const parquetPrefix = "transporter."

// stampParquet copies the row groups and writes the footer anew, with the metadata header
// as key-values (FileMetaData.key_value_metadata of parquet.thrift). Places in the file are
// counted from its start, so the footer may grow.
func stampParquet(dst io.Writer, e Envelope, body Body) error {
	if body.Tail < int64(footerEnd) || body.Tail > body.Size {
		return fault.New(fault.Corrupt, "a Parquet body of %d bytes has a footer of %d", body.Size, body.Tail)
	}
	if _, err := io.CopyN(dst, body, body.Size-body.Tail); err != nil {
		return err
	}
	tail, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var (
		meta     format.FileMetaData
		protocol thrift.CompactProtocol
	)
	if len(tail) < footerEnd {
		return fault.New(fault.Corrupt, "a Parquet body ends within its footer")
	}
	if err := thrift.Unmarshal(&protocol, tail[:len(tail)-footerEnd], &meta); err != nil {
		return fault.New(fault.Corrupt, "read Parquet footer: %w", err)
	}
	for _, kv := range e.keyValues() {
		meta.KeyValueMetadata = append(meta.KeyValueMetadata, kv)
	}
	if tail, err = thrift.Marshal(&protocol, &meta); err != nil {
		return fmt.Errorf("write Parquet footer: %w", err)
	}
	tail = binary.LittleEndian.AppendUint32(tail, uint32(len(tail)))
	_, err = dst.Write(append(tail, parquetMagic...))
	return err
}

// keyValues say which report it is, and what the metadata header says.
func (e Envelope) keyValues() []format.KeyValue {
	out := []format.KeyValue{{Key: parquetPrefix + "report", Value: e.Report}}
	for _, f := range e.Fields {
		out = append(out, format.KeyValue{Key: parquetPrefix + f.Name, Value: f.Value})
	}
	return out
}
