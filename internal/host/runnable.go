package host

import (
	"encoding/binary"
	"errors"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// runnable says why a program of a disk cannot be run here, where the error of
// execve(2), or the crash that follows, would not tell. That it is not there is
// for execve to say.
func (h *Host) runnable(path string) error {
	file, _, err := h.Files.openRegular(path)
	if err != nil {
		return nil // see above
	}
	defer file.Close()
	var fsys unix.Statfs_t
	if unix.Fstatfs(int(file.Fd()), &fsys) == nil && fsys.Flags&unix.ST_NOEXEC != 0 {
		return errors.New("its file system is mounted noexec; mount -o remount,exec allows it")
	}
	head := make([]byte, elfHead)
	if n, _ := file.ReadAt(head, 0); n == len(head) && is32bit(head) {
		return errors.New("it is a 32-bit program, and those are not run")
	}
	return nil
}

// elfHead is how much of a file says for which processor it is, in bytes: up to
// e_machine in elf(5).
const elfHead = 20

// is32bit tells whether a program is one of the 32-bit kinds that the kernel runs
// beside its own: the filter of system calls knows only the 64-bit ones.
func is32bit(head []byte) bool {
	const (
		class, machine = 4, 18
		class32        = 1

		em386, emX8664, emARM = 3, 62, 40
	)
	kinds := map[string][]uint16{"amd64": {em386, emX8664}, "arm64": {emARM}}[runtime.GOARCH]
	return string(head[:class]) == "\x7fELF" && head[class] == class32 &&
		slices.Contains(kinds, binary.LittleEndian.Uint16(head[machine:]))
}
