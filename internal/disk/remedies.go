package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var _ host.Step = AddNofail{}

// AddNofail adds the option nofail to one line of /etc/fstab.
type AddNofail struct {
	// Line counts from 1; Text is what must stand there.
	Line int
	Text string
}

// Command is the same thing by hand.
func (s AddNofail) Command() string {
	return fmt.Sprintf(`sed -i -E '%ds/^(\s*\S+\s+\S+\s+\S+\s+\S+)/\1,nofail/' %s`, s.Line, fstab)
}

const fstab = "/etc/fstab"

// Apply keeps a copy of the old table beside it.
func (s AddNofail) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	old, err := h.Files.Read(fstab, maxTable)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot edit %s: %w", fstab, err)
	}
	edited, err := s.edit(string(old))
	if err != nil {
		return diag.Change{}, err
	}
	st, err := h.Files.Stat(fstab)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot edit %s: %w", fstab, err)
	}
	as := func(data []byte) host.New {
		return host.New{Data: data, Mode: st.Perm(), UID: st.UID, GID: st.GID}
	}
	backup := fstab + ".before-" + h.Now().UTC().Format("20060102T150405Z")
	if err := h.Files.Create(backup, as(old)); err != nil && !errors.Is(err, fs.ErrExist) {
		return diag.Change{}, err
	}
	change := diag.Change{
		Backup: backup, Note: "the old table is kept as " + backup,
		Undo: func(context.Context) error { return h.Files.Replace(fstab, as(old)) },
	}
	return change, h.Files.Replace(fstab, as([]byte(edited)))
}

// edit adds the option to the fourth field, and the fields before it where they
// are missing.
func (s AddNofail) edit(old string) (string, error) {
	lines := strings.SplitAfter(old, "\n")
	if s.Line < 1 || s.Line > len(lines) || strings.TrimSpace(lines[s.Line-1]) != s.Text {
		return "", fmt.Errorf("cannot edit %s: line %d is no longer %.80q", fstab, s.Line, s.Text)
	}
	fields := strings.Fields(s.Text)
	if len(fields) == 2 {
		fields = append(fields, "auto")
	}
	if len(fields) == 3 {
		fields = append(fields, "defaults")
	}
	fields[3] += ",nofail"
	lines[s.Line-1] = strings.Join(fields, "\t") + "\n"
	return strings.Join(lines, ""), nil
}
