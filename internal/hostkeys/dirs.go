package hostkeys

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// resolve follows every symbolic link in p as if the tree's root were /, and
// returns the path that it leads to, which may not exist, and what stands there.
func resolve(files *host.Files, p string) (string, host.Info, error) {
	const mostLinks = 40 // as the kernel
	rest := strings.Split(strings.Trim(path.Clean(p), "/"), "/")
	place, links := "/", 0
	var info host.Info
	for len(rest) > 0 {
		next := path.Join(place, rest[0])
		rest = rest[1:]
		var err error
		if info, err = files.Lstat(next); err != nil {
			return path.Join(append([]string{next}, rest...)...), host.Info{}, err
		}
		if info.Mode&fs.ModeSymlink == 0 {
			place = next
			continue
		}
		target, err := files.Readlink(next)
		if err != nil {
			return next, host.Info{}, err
		}
		if links++; links > mostLinks {
			return next, host.Info{}, unix.ELOOP
		}
		if path.IsAbs(target) {
			place = "/"
		}
		rest = append(strings.FieldsFunc(target, func(r rune) bool { return r == '/' }), rest...)
	}
	return place, info, nil
}

// lookAtDirs collects the facts of /etc/ssh and of every directory in which a
// key or its public half lies.
func lookAtDirs(files *host.Files, keys []Key) []Dir {
	m := &mounts{files: files}
	var out []Dir
	add := func(dir string) {
		place, info, err := resolve(files, dir)
		if !slices.ContainsFunc(out, func(d Dir) bool { return d.Path == place }) {
			out = append(out, lookAtDir(files, m, dir, place, info, err))
		}
	}
	add(sshDir)
	for _, k := range keys {
		add(path.Dir(k.Real))
		add(path.Dir(k.Path))
	}
	return out
}

func lookAtDir(files *host.Files, m *mounts, named, place string, info host.Info, err error) Dir {
	d := Dir{Path: place}
	d.File, d.Detail = kindOf(info, err)
	d.Mode, d.UID = info.Mode&(fs.ModePerm|fs.ModeSticky), info.UID
	if errors.Is(err, unix.ENOTDIR) {
		d.Detail = "something above it is not a directory"
	}
	nearest := place
	for err != nil && nearest != "/" {
		if !errors.Is(err, unix.ENOTDIR) {
			d.Missing = append([]string{nearest}, d.Missing...)
		}
		nearest = path.Dir(nearest)
		info, err = files.Stat(nearest)
	}
	d.Device = info.Dev
	if ro, err := files.ReadOnly(nearest); err == nil {
		d.ReadOnly = ro
	}
	if fixed, err := files.Immutable(nearest); err == nil {
		d.Immutable = fixed
	}
	if bytes, inodes, err := files.Space(nearest); err == nil {
		d.SpaceKnown, d.Bytes, d.Inodes = true, bytes, inodes
	}
	d.Unmounted, d.UnmountedBy = m.absent(named, place)
	return d
}

// mounts knows what should be mounted and what is. It reads the tables once, and
// the long one only when there is a question for it.
type mounts struct {
	files   *host.Files
	points  []string
	read    bool
	mounted map[string]bool
}

// absent returns a mount point at or above dir that should be mounted but is
// not, and who says that it should be.
func (m *mounts) absent(named, place string) (point, by string) {
	if !m.read {
		m.read = true
		if text, err := m.files.Read("/etc/fstab", maxTable); err == nil {
			m.points, _ = parseFstab(bytes.NewReader(text))
		}
	}
	for _, dir := range append(above(place), above(named)...) {
		if by := m.wantedBy(dir); by != "" && !m.isMounted(dir) {
			return dir, by
		}
	}
	return "", ""
}

func (m *mounts) wantedBy(dir string) string {
	if slices.Contains(m.points, dir) {
		return "/etc/fstab"
	}
	for _, where := range []string{"/etc/systemd/system/", "/run/systemd/system/"} {
		unit := where + host.PathUnit(dir, ".mount")
		if _, err := m.files.Stat(unit); err == nil {
			return unit
		}
	}
	return ""
}

// isMounted asks the kernel's table and, for a tree that is not the running
// system's, whether the directory lies on another device than its parent.
func (m *mounts) isMounted(dir string) bool {
	if m.mounted == nil {
		m.mounted = map[string]bool{}
		if text, err := m.files.MountTable(maxTable); err == nil {
			if points, err := parseMountinfo(bytes.NewReader(text)); err == nil {
				m.mounted = points
			}
		}
	}
	if m.mounted[dir] {
		return true
	}
	own, err1 := m.files.Stat(dir)
	parent, err2 := m.files.Stat(path.Dir(dir))
	return err1 == nil && err2 == nil && own.Dev != parent.Dev
}
