package cloudstore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"transporter/internal/destination"
	"transporter/internal/destination/destinationtest"
	"transporter/internal/fault"
)

const (
	testToken  = "0123456789abcdef"
	otherToken = "fedcba9876543210"
)

func TestQuota(t *testing.T) {
	st := openStore(t)
	quota := Quota{Prefix: "cloud/acme", Bytes: 3000}
	reports, archive := New(st, "cloud/acme/reports").Within(quota), New(st, "cloud/acme/archive").Within(quota)
	neighbour := New(st, "cloud/acme2/reports").Within(Quota{Prefix: "cloud/acme2", Bytes: 3000})
	upload := func(d *Destination, name string, size int, token string) error {
		f, _ := destinationtest.NewFile(name, size, destination.Bytes)
		s, err := d.Connect(t.Context())
		require.NoError(t, err)
		return s.Upload(t.Context(), f, token, func(int64) {})
	}
	require.NoError(t, upload(reports, "a.csv", 1000, testToken))
	require.NoError(t, upload(archive, "b.csv", 1500, testToken))

	err := upload(reports, "c.csv", 501, testToken)
	require.True(t, fault.Is(err, fault.StorageFull), "%v", err)
	require.EqualError(t, err, "the account keeps 2.5 kB of 3.0 kB in the cloud store, and c.csv has 501 B "+
		"(raise --cloud-quota of the worker, or shorten --keep-cloud; the run goes on by itself when there is room)")
	require.Len(t, temps(t, reports), 1, "nothing is left of what was refused")

	require.NoError(t, upload(reports, "c.csv", 500, testToken), "just so")
	require.NoError(t, upload(neighbour, "c.csv", 3000, testToken), "another account has its own")
	require.NoError(t, upload(reports, "c.csv", 500, testToken), "another rendering takes the place of the first")
	require.Error(t, upload(reports, "c.csv", 1, otherToken))
	require.Error(t, upload(New(st, "cloud/acme").Within(quota), "c.csv", 1, testToken), "it is one account's, wherever it is kept")

	_, err = reports.Probe(t.Context())
	require.True(t, fault.Is(err, fault.StorageFull), "the test of a destination says so: %v", err)
	require.NoError(t, st.Delete(t.Context(), archive.temp("b.csv", testToken)))
	_, err = reports.Probe(t.Context())
	require.NoError(t, err)
}
