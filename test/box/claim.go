package box

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A box belongs to the process that holds the lock on its "owner" file. The
// directory and its lock appear together under the store's own lock, so that a
// sweep never sees a box of somebody who is just about to lock it.

// claim makes the directory of a new box and locks it for this process.
func (b *Box) claim(ctx context.Context, dir string) error {
	store, err := lockFile(ctx, filepath.Join(dir, "run.lock"))
	if err != nil {
		return err
	}
	defer store.Close()
	id := make([]byte, 5)
	rand.Read(id)
	b.Name = string(b.Suite) + "-" + hex.EncodeToString(id) // no '_': nspawn refuses it
	b.dir = filepath.Join(dir, "run", b.Name)
	for _, part := range []string{"up", "wk", "fs"} {
		if err := os.MkdirAll(filepath.Join(b.dir, part), 0o755); err != nil {
			return fmt.Errorf("cannot make a box: %w", err)
		}
	}
	if b.lock, err = tryLock(filepath.Join(b.dir, "owner")); err == nil && b.lock == nil {
		err = errors.New("its name is taken")
	}
	if err != nil {
		return fmt.Errorf("cannot claim box %s: %w", b.Name, err)
	}
	if _, err := b.lock.WriteString(place()); err != nil {
		return fmt.Errorf("cannot claim box %s: %w", b.Name, err)
	}
	return nil
}

// sweep removes what dead processes left: boxes that still run, mounts,
// directories, control groups.
func sweep(ctx context.Context, dir string) error {
	store, err := lockFile(ctx, filepath.Join(dir, "run.lock"))
	if err != nil {
		return err
	}
	defer store.Close()
	entries, err := os.ReadDir(filepath.Join(dir, "run"))
	if err != nil {
		return fmt.Errorf("cannot look for left-over boxes: %w", err)
	}
	var failed []error
	for _, e := range entries {
		home := filepath.Join(dir, "run", e.Name())
		if strings.HasSuffix(home, goneSuffix) {
			failed = append(failed, discard(home))
		} else {
			failed = append(failed, sweepOne(e.Name(), home))
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("cannot remove a left-over box: %w", err)
	}
	return nil
}

// sweepOne ends and removes a box, unless its owner lives or has just removed
// it.
func sweepOne(name, home string) error {
	lock, err := tryLock(filepath.Join(home, "owner"))
	if errors.Is(err, os.ErrNotExist) || (lock == nil && err == nil) {
		return nil
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	if !withinReach(lock) {
		return nil
	}
	if err := killGroups(name, stopDeadline); err != nil {
		return err
	}
	return remove(name, home)
}
