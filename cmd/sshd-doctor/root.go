package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/heal"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

// rootOptions reads --root and --no-exec.
func rootOptions(c *cli.Context, o *checkup.Options) error {
	given := owner(c, "root")
	o.Root = given.String("root")
	if o.Root == "" && given.IsSet("root") {
		return usageError{"--root needs the directory at which the disk is mounted, such as /mnt"}
	}
	if o.Root == "" {
		if boolFlag(c, "no-exec") {
			return usageError{"--no-exec needs --root DIR: it is about the programs of a disk"}
		}
		return nil
	}
	if name := c.Command.Name; !slices.Contains([]string{"", "sshd-doctor", "check", "heal"}, name) {
		return usageError{fmt.Sprintf("--root is for check and heal: %s is about the machine that it runs on", name)}
	}
	if len(owner(c, "port").IntSlice("port")) > 0 {
		return usageError{"--port makes no sense with --root: nothing listens for a disk"}
	}
	o.Root = strings.TrimRight(o.Root, "/")
	if o.Root == "" {
		o.Root = "/"
	}
	return checkRoot(o.Root)
}

// checkRoot says what is wrong with a directory that is to be a disk's root.
func checkRoot(dir string) error {
	wrong := func(format string, args ...any) error {
		return usageError{fmt.Sprintf("--root %q ", dir) + fmt.Sprintf(format, args...)}
	}
	if !filepath.IsAbs(dir) {
		return wrong("is not an absolute path, such as /mnt")
	}
	files := host.NewFiles("/")
	st, err := files.Stat(dir)
	switch {
	case host.IsAbsent(err):
		return wrong("is not there: mount the disk first, for example at /mnt")
	case err != nil:
		return wrong("cannot be looked at: %v", errors.Unwrap(err))
	case !st.Mode.IsDir():
		return wrong("is not a directory: give the one at which the disk is mounted")
	case host.Same(dir):
		return wrong("is this machine itself: leave --root out")
	}
	names, err := files.Names(dir)
	names = slices.DeleteFunc(names, func(n string) bool { return n == "lost+found" })
	switch {
	case err != nil:
		return wrong("cannot be looked at: %v", err)
	case len(names) == 0:
		return wrong("is empty: mount the disk there first, for example mount /dev/sdb1 %s", dir)
	case holdsEtc(files, dir):
		return nil
	}
	// The root of btrfs often lies one level down.
	for _, sub := range []string{"@", "root", "@rootfs", "@/.snapshots/1/snapshot"} {
		if holdsEtc(files, filepath.Join(dir, sub)) {
			return wrong("holds no etc, so it is no root: did you mean %s?", filepath.Join(dir, sub))
		}
	}
	return wrong("holds no etc, so it is not the root of a system: is it the right partition?")
}

func holdsEtc(files *host.Files, dir string) bool {
	etc, err := files.Lstat(filepath.Join(dir, "etc"))
	return err == nil && etc.Mode.IsDir()
}

// hostOf is what the command is about: this machine, or a disk.
func hostOf(ctx context.Context, c *cli.Context, o checkup.Options) (*host.Host, error) {
	if o.Root == "" {
		return host.Local(ctx), nil
	}
	h, err := host.Disk(ctx, o.Root, boolFlag(c, "no-exec"))
	if err != nil {
		return nil, usageError{fmt.Sprintf("--root %q cannot be used: %v", o.Root, err)}
	}
	return h, nil
}

// where is what stands behind a command that is about the same disk.
func (s *session) where() string {
	if s.options.Root == "" {
		return ""
	}
	where := " --root " + safetext.Word(s.options.Root)
	if errors.Is(s.h.CannotRun(), host.ErrNoExec) {
		where += " --no-exec"
	}
	return where
}

// errReadOnly is that a disk may not be written to.
type errReadOnly struct{ dir string }

func (e errReadOnly) Error() string {
	dir := safetext.Word(e.dir)
	return fmt.Sprintf("cannot repair the disk at %s: it is mounted read-only; mount -o remount,rw %s", e.dir, dir)
}

// writable says why a disk cannot be repaired as it is mounted.
func (s *session) writable(dryRun bool) error {
	if s.options.Root == "" || dryRun {
		return nil
	}
	if ro, err := s.h.Files.ReadOnly("/"); err == nil && ro {
		return errReadOnly{s.options.Root}
	}
	return nil
}

// lockDir holds the lock: of this machine, or of one disk, on this machine.
func (s *session) lockDir() string {
	if st, err := s.h.Files.Stat("/"); s.options.Root != "" && err == nil {
		return fmt.Sprintf("%s-disk-%x-%x", heal.LockDir, st.Dev, st.Ino)
	}
	return heal.LockDir
}
