package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Where the memory lies, twice: on the disk, for a machine that reboots while it
// breaks again and again; and in /run, for one whose disk is full, read-only or
// damaged. No repair is made without at least one of them.
const (
	Path    = "/var/lib/sshd-doctor/unattended.json"
	RunPath = "/run/sshd-doctor/unattended.json"
)

// maxSize caps what is read, in octets: a full memory has about 5000.
const maxSize = 1 << 16

// Load reads the newer of the two copies. One that is damaged, from another
// machine or from a newer version counts as none: nothing depends on it that the
// next runs would not find out again.
func Load(h *host.Host) Memory {
	best := Memory{Schema: Schema}
	machine := Machine(h)
	for _, path := range []string{Path, RunPath} {
		m, err := read(h, path)
		if err != nil || m.Machine != machine {
			continue
		}
		if m.Seq > best.Seq {
			best = m
		}
	}
	best.Machine = machine
	return best
}

func read(h *host.Host, path string) (Memory, error) {
	data, err := h.Files.Read(path, maxSize)
	if err != nil {
		return Memory{}, err
	}
	return parse(data)
}

// Machine is the machine-id(5); empty where it cannot be read.
func Machine(h *host.Host) string {
	id, err := h.Files.Read("/etc/machine-id", 4096)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(id), "\n")
	return line[:min(len(line), 64)]
}

// Save writes a memory to both places: each whole or not at all. The error says
// that neither could be written. It returns what was written.
func Save(h *host.Host, m Memory) (Memory, error) {
	m.Schema, m.Seq = Schema, m.Seq+1
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, fmt.Errorf("cannot write down what unattended runs remember: %v", err)
	}
	n := host.New{Data: append(data, '\n'), Mode: 0o644, UID: h.UID, GID: os.Getegid()}
	var errs []error
	for _, place := range []struct {
		path string
		mode fs.FileMode
	}{{Path, 0o755}, {RunPath, 0o700}} {
		errs = append(errs, put(h, place.path, place.mode, n))
	}
	if errs[0] == nil || errs[1] == nil {
		return m, nil
	}
	return m, fmt.Errorf("cannot remember repairs: %w", errors.Join(errs...))
}

func put(h *host.Host, path string, mode fs.FileMode, n host.New) error {
	if _, err := read(h, path); errors.Is(err, errNewer) {
		return fmt.Errorf("cannot write %s: %v", path, err)
	}
	err := h.Files.Mkdir(filepath.Dir(path), mode, h.UID, -1)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return h.Files.Put(path, n)
}
