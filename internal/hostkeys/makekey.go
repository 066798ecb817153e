package hostkeys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// MakeKey makes a key pair: the private half first, for sshd derives a missing
// public one. Nothing that is already there is replaced.
type MakeKey struct {
	// Path is the private half, Pub the public one.
	Path, Pub string
	Kind      Kind
	Comment   string
	UID, GID  int
	// Restorecon restores SELinux labels; empty: not needed.
	Restorecon string
	// Keygen makes the types that this program cannot make.
	Keygen string
}

// Command is the same thing by hand.
func (s MakeKey) Command() string {
	size := ""
	if s.Kind.Bits != 0 {
		size = fmt.Sprintf(" -b %d", s.Kind.Bits)
	}
	return fmt.Sprintf("ssh-keygen -q -t %s%s -N '' -f %s", s.Kind.Type, size, safetext.Word(s.Path))
}

// Waits says what takes long: the search for primes, which is luck.
func (s MakeKey) Waits() string {
	return "two large primes (a minute on a slow machine)"
}

// Apply makes the pair. A key that has been served cannot be taken back, so
// there is no undo.
func (s MakeKey) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	if _, err := h.Files.Lstat(s.Path); err == nil {
		return s.foreign(), nil
	}
	text, err := s.text(ctx, h)
	defer clear(text)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot make %s: %w", s.Path, err)
	}
	want := parsePrivate(text)
	if want.state != Whole || want.public == nil {
		return diag.Change{}, fmt.Errorf("cannot make %s: what was made is not a key", s.Path)
	}
	err = h.Files.Create(s.Path, host.New{Data: text, Mode: keyMode, UID: s.UID, GID: s.GID})
	if errors.Is(err, fs.ErrExist) {
		return s.foreign(), nil
	}
	if err != nil {
		return diag.Change{}, err
	}
	if err := s.verify(h.Files, want.public); err != nil {
		return diag.Change{}, err
	}
	change := diag.Change{Note: "new host key " + fingerprintOf(want.public), NewKey: fingerprintOf(want.public)}
	if err := writePub(h.Files, s.Pub, want.public, s.Comment, s.UID, s.GID); err != nil {
		// The key is good without it; the next look finds what is missing.
		change.Note += "; " + err.Error()
		return change, nil
	}
	if note := relabel(ctx, h, s.Restorecon, s.Path, s.Pub); note != "" {
		change.Note += "; " + note
	}
	return change, nil
}

// foreign: ssh-keygen or cloud-init was quicker. The next look judges it.
func (s MakeKey) foreign() diag.Change {
	return diag.Change{Note: s.Path + " was made by somebody else meanwhile and was left alone"}
}

// verify reads the file as sshd would.
func (s MakeKey) verify(files *host.Files, public []byte) error {
	data, err := files.Read(s.Path, maxKeyFile)
	defer clear(data)
	if err != nil {
		return fmt.Errorf("cannot read back %s: %w", s.Path, err)
	}
	if got := parsePrivate(data); got.state != Whole || !bytes.Equal(got.public, public) {
		return fmt.Errorf("cannot find the key that was made in %s", s.Path)
	}
	return nil
}

// text makes a key and returns its file; the caller clears it.
func (s MakeKey) text(ctx context.Context, h *host.Host) ([]byte, error) {
	if s.Kind.foreign() {
		return s.askKeygen(ctx, h)
	}
	key, err := fromContext(ctx).take(ctx, s.Kind)
	if err != nil {
		return nil, err
	}
	return encode(key, s.Comment)
}

// askKeygen has ssh-keygen make a key of a type that only it knows, under a
// temporary name: what it writes is neither synced nor made in one step.
func (s MakeKey) askKeygen(ctx context.Context, h *host.Host) ([]byte, error) {
	if s.Keygen == "" {
		return nil, errors.New("there is no ssh-keygen")
	}
	temp := h.Files.TempName(s.Path)
	defer func() {
		_ = h.Files.RemoveTemp(temp)
		_ = h.Files.RemoveTemp(temp + ".pub")
	}()
	res := h.Run(ctx, host.Command{
		Path:    s.Keygen,
		Args:    []string{"-q", "-t", s.Kind.Type, "-N", "", "-C", s.Comment, "-f", h.Files.Real(temp)},
		Timeout: 30 * time.Second,
	})
	if res.Err != nil {
		return nil, res.Err
	}
	if res.Code != 0 {
		return nil, fmt.Errorf("%s ended with %d: %.120s", s.Keygen, res.Code, bytes.TrimSpace(res.Stderr))
	}
	return h.Files.Read(temp, maxKeyFile)
}
