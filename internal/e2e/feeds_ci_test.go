//go:build !soak

package e2e

// playedFeeds are one of each kind: a wait, a revision, what is broken, what is red, what is held.
func playedFeeds() []string {
	return []string{
		"slow upload", "same-partition re-export", "vanished after import", "version 2", "truncated gzip", "gap in splits",
		"object changes during download", "bad lines", "export_docs.yaml", "primary key changes",
	}
}
