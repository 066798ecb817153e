package sshdconf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/trial"
)

var _ host.Step = SetLineAside{}

// SetLineAside turns one line of a configuration file into a comment, after
// sshd itself has accepted the file without it.
type SetLineAside struct {
	File string
	// Line counts from 1; Content is what must stand there.
	Line    int
	Content string
	// Instead is put in its place, empty for nothing.
	Instead string
	// Ask is how to ask sshd whether the result is right.
	Ask Ask
}

// Command is the same thing by hand.
func (s SetLineAside) Command() string {
	if s.Instead != "" {
		return fmt.Sprintf("sed -i '%dc %s' %s", s.Line, s.Instead, s.File)
	}
	return fmt.Sprintf("sed -i '%ds/^/#/' %s", s.Line, s.File)
}

// Apply tries the edited file on sshd first, in a mount namespace where only
// sshd sees it. Then it keeps a copy of the old file and puts the new one in
// place.
func (s SetLineAside) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	old, err := h.Files.Read(s.File, fileLimit)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot edit %s: %w", s.File, err)
	}
	if bytes.IndexByte(old, 0) >= 0 || !utf8.Valid(old) && bytes.HasPrefix(old, []byte{0xff, 0xfe}) {
		return diag.Change{}, fmt.Errorf("cannot edit %s: it is not plain text", s.File)
	}
	edited, err := s.edit(old, h.Now().UTC().Format("2006-01-02"))
	if err != nil {
		return diag.Change{}, err
	}
	if err := s.try(ctx, h, edited); err != nil {
		return diag.Change{}, err
	}
	return s.putInPlace(h, old, edited)
}

// putInPlace keeps a copy of the old file and writes the new one. Where that
// failed half-way, the change still knows how to take it back.
func (s SetLineAside) putInPlace(h *host.Host, old, edited []byte) (diag.Change, error) {
	st, err := h.Files.Stat(s.File)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot edit %s: %w", s.File, err)
	}
	as := func(data []byte) host.New {
		return host.New{Data: data, Mode: st.Perm(), UID: st.UID, GID: st.GID}
	}
	if fixed, err := h.Files.Immutable(s.File); err == nil && fixed {
		return diag.Change{}, fmt.Errorf("cannot edit %s: it has the attribute i, see lsattr; chattr -i %s takes it away", s.File, s.File)
	}
	backup, err := s.keep(h, as(old))
	if err != nil {
		return diag.Change{}, err
	}
	change := diag.Change{
		Backup: backup, Note: "the old file is kept as " + filepath.Base(backup),
		Undo: func(context.Context) error {
			if err := h.Files.Replace(s.File, as(old)); err != nil {
				return err
			}
			return h.Files.DropCopy(backup, s.File)
		},
	}
	if st.Nlink > 1 {
		change.Note += "; another name of the same file keeps the old text"
	}
	if err := h.Files.Replace(s.File, as(edited)); err != nil {
		return s.unchanged(h, old, change, err)
	}
	return change, nil
}

// unchanged: where the file could not be replaced, as when it is a mount point of
// its own, no copy is left and there is nothing to take back.
func (s SetLineAside) unchanged(h *host.Host, old []byte, change diag.Change, err error) (diag.Change, error) {
	if now, e := h.Files.Read(s.File, fileLimit); e != nil || !bytes.Equal(now, old) {
		return change, err
	}
	if h.Files.DropCopy(change.Backup, s.File) != nil {
		return change, err
	}
	return diag.Change{}, err
}

// keep writes the copy. Two lines of one file may be set aside within a second.
func (s SetLineAside) keep(h *host.Host, old host.New) (string, error) {
	// A leading dot: "Include .../*" does not match it (glob(7)), so the copy
	// never becomes part of the configuration.
	name := filepath.Join(filepath.Dir(s.File), fmt.Sprintf(".%s.before-%s", filepath.Base(s.File),
		h.Now().UTC().Format("20060102T150405Z")))
	path := name
	for i := 1; ; i++ {
		err := h.Files.Create(path, old)
		if err == nil || !errors.Is(err, fs.ErrExist) || i == 100 {
			return path, err
		}
		path = fmt.Sprintf("%s-%d", name, i)
	}
}

func (s SetLineAside) edit(old []byte, date string) ([]byte, error) {
	lines := strings.SplitAfter(string(old), "\n")
	if s.Line < 1 || s.Line > len(lines) || strings.TrimRight(lines[s.Line-1], "\n") != s.Content {
		return nil, fmt.Errorf("cannot edit %s: line %d is no longer what it was", s.File, s.Line)
	}
	now := fmt.Sprintf("# set aside by sshd-doctor on %s: %s\n", date, strings.TrimRight(s.Content, "\r"))
	if s.Instead != "" {
		now += s.Instead + "\n"
	}
	lines[s.Line-1] = now
	return []byte(strings.Join(lines, "")), nil
}

// try asks sshd about the edited file. The complaint that led here must be
// gone; others may remain, they are the next look's business.
func (s SetLineAside) try(ctx context.Context, h *host.Host, edited []byte) error {
	ask := s.Ask
	ask.Covers = append(ask.Covers, host.Cover{Path: s.File, Data: edited})
	after := Collect(ctx, h, ask)
	if after.Err != "" && !after.Known {
		return fmt.Errorf("cannot try the edited %s: %s", s.File, after.Err)
	}
	last := s.Line
	if s.Instead != "" {
		last++
	}
	for _, p := range after.Problems {
		if p.File == s.File && p.Line >= s.Line && p.Line <= last {
			return fmt.Errorf("cannot mend %s this way: sshd still says: %s", s.File, p.Text)
		}
	}
	if err := s.tookEffect(after); err != nil {
		return err
	}
	if !ready(after) {
		return nil
	}
	// A slow moment of the machine is not a bad file: one more try.
	covers := withDir(ask.Covers, after)
	err := trial.Run(ctx, h, after.Binary, after.Args, covers)
	if err != nil {
		err = trial.Run(ctx, h, after.Binary, after.Args, covers)
	}
	if err != nil {
		return fmt.Errorf("cannot mend %s this way: %v", s.File, err)
	}
	return nil
}

// tookEffect asks the effective configuration whether the strict value that
// stands in for a line counts. A keyword inside a Match block, or one that an
// earlier line decides, is as it was before.
func (s SetLineAside) tookEffect(after Facts) error {
	key, want := splitLine(s.Instead)
	got := after.Get(key)
	if s.Instead == "" || !after.Known || len(got) == 0 {
		return nil
	}
	if !strings.EqualFold(got[0], want) {
		return fmt.Errorf("cannot mend %s this way: sshd would take %s %s, not %s", s.File, key, clip(got[0]), want)
	}
	return nil
}

// ready tells whether a sshd with the edited file could serve somebody: other
// faults, no host key among them, may have to be mended first.
func ready(f Facts) bool {
	for _, p := range f.Problems {
		if p.Kind != PrivsepDir && p.Kind != PrivsepDirMode {
			return false
		}
	}
	return f.Known && len(f.Loaded.Fingerprints) > 0
}

// withDir gives the trial a privilege separation directory where systemd has not
// made it yet.
func withDir(covers []host.Cover, f Facts) []host.Cover {
	for _, p := range f.Problems {
		if p.Kind == PrivsepDir || p.Kind == PrivsepDirMode {
			covers = append(covers, host.Cover{Path: p.Word, Dir: true})
		}
	}
	return covers
}
