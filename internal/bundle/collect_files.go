package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// file takes one file, unless it is one that nobody may see.
func file(h *host.Host, path string, kind Kind) Entry {
	e := Entry{Name: "files" + path, Source: path, Kind: kind}
	if neverRead(path) {
		e.Missing = "not read: it can hold keys or password hashes"
		return e
	}
	// What a link leads to is named by where it leads.
	if to, err := h.Files.Readlink(path); err == nil && neverRead(to) {
		e.Missing = "not read: it leads to a file that can hold keys or password hashes"
		return e
	}
	data, err := h.Files.Read(path, readLimit)
	switch {
	case err != nil:
		e.Missing = why(err)
	case bytes.Contains(data, []byte("PRIVATE KEY")):
		e.Missing = "left out: there is a private key in it"
	default:
		e.Data = data
	}
	clearAll(e.Missing != "", data)
	return e
}

func clearAll(really bool, data []byte) {
	if really {
		clear(data)
	}
}

// neverRead: by their names these are keys, or hold password hashes or keys of
// people. With a wide Include sshd_config can lead to any of them.
func neverRead(p string) bool {
	base := path.Base(p)
	switch {
	case strings.HasPrefix(base, "ssh_host_"), strings.HasPrefix(base, "id_"), strings.HasSuffix(base, ".pem"),
		strings.HasSuffix(base, ".key"), strings.HasSuffix(base, "_key"), strings.HasPrefix(base, "authorized_keys"):
		return true
	}
	for _, name := range []string{"shadow", "gshadow", "passwd", "opasswd", "sudoers"} {
		if base == name || base == name+"-" {
			return true
		}
	}
	return strings.Contains(p, "/.ssh/")
}

// why says in a few words why something is missing.
func why(err error) string {
	switch {
	case host.IsAbsent(err):
		return "there is no such file"
	case errors.Is(err, host.ErrTooLarge):
		return fmt.Sprintf("larger than %d bytes", readLimit)
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// listing shows the names in directories, with owner, mode, size and time.
func listing(h *host.Host, name string, dirs ...string) Entry {
	var out strings.Builder
	const most = 300
	for _, dir := range dirs {
		fmt.Fprintf(&out, "%s\n", dir)
		line(&out, h, dir, ".")
		names, err := h.Files.Names(dir)
		if err != nil {
			fmt.Fprintf(&out, "  %s\n", why(err))
		}
		for i, n := range names {
			if i == most {
				fmt.Fprintf(&out, "  and %d more\n", len(names)-most)
				break
			}
			line(&out, h, path.Join(dir, n), n)
		}
		out.WriteString("\n")
	}
	return Entry{Name: name, Source: strings.Join(dirs, " "), Data: []byte(out.String())}
}

func line(out *strings.Builder, h *host.Host, path, name string) {
	i, err := h.Files.Lstat(path)
	if err != nil {
		return
	}
	link := ""
	if to, err := h.Files.Readlink(path); err == nil {
		link = " -> " + to
	}
	fmt.Fprintf(out, "  %s %d:%d %8d %s %s%s\n", i.Mode, i.UID, i.GID, i.Size,
		i.MTime.UTC().Format(time.DateTime), strings.ReplaceAll(name, "\n", "?"), link)
}
