package service

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var _ host.Step = EnableOnDisk{}

// EnableOnDisk makes the links that have a unit started at the next boot.
type EnableOnDisk struct {
	Unit  string
	Links []Link
	// UID and GID own the directories that are made: root, except in tests.
	UID, GID int
}

// Command is the same thing by hand.
func (s EnableOnDisk) Command() string { return "systemctl enable " + s.Unit }

// Apply makes the links that are not there yet.
func (s EnableOnDisk) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	var made []Link
	undo := func(context.Context) error {
		var errs []error
		for _, l := range made {
			errs = append(errs, h.Files.Unlink(l.Path, l.Target))
		}
		return errors.Join(errs...)
	}
	for _, l := range s.Links {
		if err := s.makeDirs(h, path.Dir(l.Path)); err != nil {
			return diag.Change{Undo: undo}, err
		}
		err := h.Files.Symlink(l.Target, l.Path)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return diag.Change{Undo: undo}, err
		}
		made = append(made, l)
	}
	return diag.Change{Undo: undo}, nil
}

func (s EnableOnDisk) makeDirs(h *host.Host, dir string) error {
	_, err := h.Files.Stat(dir)
	if !host.IsAbsent(err) || dir == "/" {
		return err
	}
	if err := s.makeDirs(h, path.Dir(dir)); err != nil {
		return err
	}
	return h.Files.Mkdir(dir, 0o755, s.UID, s.GID)
}

var _ host.Step = DefaultOnDisk{}

// DefaultOnDisk makes the link that says where a boot goes to.
type DefaultOnDisk struct{ EnableOnDisk }

// Command is the same thing by hand.
func (s DefaultOnDisk) Command() string { return "systemctl set-default " + s.Unit }
