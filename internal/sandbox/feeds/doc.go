// Package feeds is the look-alike of a platform that exports its tables to object storage, as
// partitions (docs.asapp.com/reporting/retrieve-s3): a made-up company whose rows follow from a seed,
// scenarios that write them into a bucket step by step, and the truth, which is what a reader must
// end with.
//
// Nothing here uses the code that reads feeds: paths, wire forms, keys and orders are written down a
// second time, so that a mistake shows as a difference.
//
// # What the pages leave open, and what was chosen
//
//   - hr and mi are the hour and minute of the data. A leaf of the hour 05 is written from 06:05 on.
//   - Splits begin at 00 unless a scenario says otherwise, and are written in ascending order.
//   - An empty leaf has _SUCCESS and nothing else; scenarios have the other forms.
//   - .enc is an OpenPGP message around the gzip stream.
//   - export_docs.yaml has the shape of the schema page's JSON twin.
package feeds
