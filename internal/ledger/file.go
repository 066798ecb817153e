package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// State says what became of reading the ledger.
type State string

// What can be at the place of the ledger.
const (
	// Absent: nothing has been written yet.
	Absent State = "absent"
	Whole  State = "whole"
	// Damaged: something else than a ledger. It is set aside by the next write.
	Damaged State = "damaged"
	// Newer: a later version of this program wrote it; it is left alone.
	Newer State = "newer"
	// Unread: it could not be read.
	Unread State = "unread"
)

// File is the ledger as it was found.
type File struct {
	State State
	// Detail says why it could not be read.
	Detail string
	Ledger Ledger
}

// maxSize caps what is read, in octets: more than mostEntries RSA keys of 16384
// bits.
const maxSize = 1 << 20

func read(public string) (fingerprint.Key, bool) { return fingerprint.Read(public) }

// Load reads the ledger.
func Load(h *host.Host) File {
	data, err := h.Files.Read(Path, maxSize)
	switch {
	case host.IsAbsent(err):
		if _, err := h.Files.Lstat(Path); err == nil {
			return File{State: Damaged, Detail: "it is a symbolic link that leads nowhere"}
		}
		return File{State: Absent}
	case errors.Is(err, host.ErrTooLarge), errors.Is(err, host.ErrNotRegular):
		return File{State: Damaged, Detail: err.Error()}
	case err != nil:
		return File{State: Unread, Detail: err.Error()}
	}
	l, err := parse(data)
	switch {
	case errors.Is(err, errNewer):
		return File{State: Newer, Detail: err.Error()}
	case err != nil:
		return File{State: Damaged, Detail: err.Error()}
	}
	return File{State: Whole, Ledger: l}
}

// Save writes a ledger in the place of the one that was found: whole or not at
// all, and on the disk when it returns. One that is damaged is kept under a name
// that says when, which is returned. Call it under the lock.
func Save(h *host.Host, was File, l Ledger) (aside string, err error) {
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return "", fmt.Errorf("cannot write the ledger: %v", err)
	}
	if _, err := parse(data); err != nil {
		return "", fmt.Errorf("cannot write %s: it could not be read again: %v", Path, err)
	}
	n := host.New{Data: append(data, '\n'), Mode: 0o644, UID: h.UID, GID: -1}
	switch was.State {
	case Newer, Unread:
		return "", fmt.Errorf("cannot write %s: %s", Path, was.Detail)
	case Damaged:
		if aside, err = h.Files.MoveAside(Path, "damaged", h.Now()); err != nil {
			return "", err
		}
		return aside, h.Files.Create(Path, n)
	case Absent:
		if err := makeDir(h); err != nil {
			return "", err
		}
		return "", h.Files.Create(Path, n)
	}
	// Replace follows a link, and a ledger is none.
	if st, err := h.Files.Lstat(Path); err != nil || !st.Mode.IsRegular() {
		return "", fmt.Errorf("cannot write %s: it is not a regular file", Path)
	}
	return "", h.Files.Replace(Path, n)
}

func makeDir(h *host.Host) error {
	err := h.Files.Mkdir(Dir, 0o755, h.UID, -1)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
