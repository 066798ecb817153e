package box

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// mount lays the box's own layer over the shared root.
func (b *Box) mount(base string) error {
	data := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", base,
		filepath.Join(b.dir, "up"), filepath.Join(b.dir, "wk"))
	if err := syscall.Mount("overlay", b.tree(), "overlay", 0, data); err != nil {
		return fmt.Errorf("cannot mount the overlay of a box in %s "+
			"(does its file system carry overlays?): %w", b.dir, err)
	}
	return nil
}

// unmount takes the overlay away, lazily where something still holds it.
func unmount(tree string) error {
	err := syscall.Unmount(tree, 0)
	if errors.Is(err, syscall.EBUSY) {
		err = syscall.Unmount(tree, syscall.MNT_DETACH)
	}
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOENT) {
		return nil // nothing is mounted there
	}
	return err
}

// goneSuffix marks the directory of a box that is over: nothing is mounted
// below it, and whoever sees it may delete it.
const goneSuffix = ".gone"

// remove unmounts a box that runs no more and deletes its traces.
func remove(name, home string) error {
	tree := filepath.Join(home, "fs")
	if err := unmount(tree); err != nil {
		return fmt.Errorf("cannot unmount %s: %w", tree, err)
	}
	removeGroups(name)
	os.Remove(filepath.Join("/run/systemd/nspawn/propagate", name))
	gone := home + goneSuffix
	if err := os.Rename(home, gone); err != nil {
		return fmt.Errorf("cannot remove box %s: %w", name, err)
	}
	return discard(gone)
}

// discard deletes a directory, together with another process if need be.
func discard(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	makeErasable(dir)
	if err := os.RemoveAll(dir); err != nil && exists(dir) {
		return fmt.Errorf("cannot remove what a box left: %w", err)
	}
	return nil
}
