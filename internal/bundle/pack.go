package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"time"
)

// topDir is the directory in which everything lies when it is unpacked.
const topDir = "sshd-doctor-bundle/"

// pack writes the entries as tar in gzip. Owners and host are not in it.
func pack(when time.Time, entries []Entry) ([]byte, error) {
	var out bytes.Buffer
	zip, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	archive := tar.NewWriter(zip)
	for _, e := range entries {
		if e.Missing != "" {
			continue
		}
		head := &tar.Header{
			Typeflag: tar.TypeReg, Name: topDir + e.Name, Size: int64(len(e.Data)), Mode: 0o600,
			ModTime: when.UTC().Truncate(time.Second), Format: tar.FormatPAX,
		}
		if err := archive.WriteHeader(head); err != nil {
			return nil, err
		}
		if _, err := archive.Write(e.Data); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	if err := zip.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
