package hostkeys

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

var (
	_ host.Step = Chmod{}
	_ host.Step = Chown{}
	_ host.Step = MakeDir{}
	_ host.Step = MoveAside{}
	_ host.Step = Rewrite{}
	_ host.Step = WritePub{}
	_ host.Step = MakeKey{}
)

// Chmod sets the mode of a key or of its directory. There is no way back: the
// old mode was the fault.
type Chmod struct {
	Path string
	Mode fs.FileMode
	// Note is what the person should know afterwards.
	Note string
}

// Command is the same thing by hand.
func (s Chmod) Command() string {
	return fmt.Sprintf("chmod %o %s", s.Mode.Perm(), safetext.Word(s.Path))
}

// Apply sets the mode, unless there is a link or a second name.
func (s Chmod) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{Note: s.Note}, h.Files.Chmod(s.Path, s.Mode)
}

// Chown gives a key or its directory back to its owner.
type Chown struct {
	Path     string
	UID, GID int
	// Note is what the person should know afterwards.
	Note string
}

// Command is the same thing by hand.
func (s Chown) Command() string {
	if s.UID == 0 && s.GID == 0 {
		return "chown root:root " + safetext.Word(s.Path)
	}
	return fmt.Sprintf("chown %d:%d %s", s.UID, s.GID, safetext.Word(s.Path))
}

// Apply sets the owner, unless there is a link or a second name.
func (s Chown) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{Note: s.Note}, h.Files.Chown(s.Path, s.UID, s.GID)
}

// MakeDir makes one directory for keys.
type MakeDir struct {
	Path     string
	UID, GID int
}

// Command is the same thing by hand.
func (s MakeDir) Command() string {
	return fmt.Sprintf("mkdir -m %04o %s", dirMode, safetext.Word(s.Path))
}

// Apply makes the directory. That somebody else has made it is fine.
func (s MakeDir) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	err := h.Files.Mkdir(s.Path, dirMode, s.UID, s.GID)
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return diag.Change{}, err
}

// MoveAside renames what stands in the way of a new key, or belonged to the old
// one. It stays beside its old place.
type MoveAside struct {
	Path string
	// Why goes into the new name.
	Why string
	// State is what Path was seen to be, when it is a private key file. One that
	// has become usable since stays where it is.
	State State
	// Key is the private key to which Path belongs, or Path itself: once there is
	// a new one, the old file is not moved back.
	Key string
}

// Command is the same thing by hand.
func (s MoveAside) Command() string {
	return fmt.Sprintf("mv %s %s", safetext.Word(s.Path), safetext.Word(s.Path+"."+s.Why))
}

// Apply renames the file.
func (s MoveAside) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	left := diag.Change{Note: s.Path + " has changed meanwhile and was left alone"}
	if s.State != NoFile && wholeKey(h.Files, s.Path) {
		return left, nil
	}
	aside, err := h.Files.MoveAside(s.Path, s.Why, h.Now())
	if host.IsAbsent(err) {
		return diag.Change{}, nil
	}
	if err != nil {
		return diag.Change{}, err
	}
	if s.State != NoFile {
		// Somebody may have put a good key there between the look and the move.
		if wholeKey(h.Files, aside) {
			return left, h.Files.MoveBack(aside, s.Path)
		}
		// What is left of a key is still a secret. A hard link is not ours to close.
		_ = h.Files.Chmod(aside, keyMode)
	}
	return diag.Change{Backup: aside, Note: "kept as " + path.Base(aside), Undo: s.undo(h, aside)}, nil
}

func (s MoveAside) undo(h *host.Host, aside string) func(context.Context) error {
	return func(context.Context) error {
		if _, err := h.Files.Lstat(s.Key); s.Key != "" && err == nil {
			return nil
		}
		err := h.Files.MoveBack(aside, s.Path)
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
		return err
	}
}

// wholeKey tells whether there is a private key at p that sshd could use.
func wholeKey(files *host.Files, p string) bool {
	data, err := files.Read(p, maxKeyFile)
	defer clear(data)
	return err == nil && parsePrivate(data).state == Whole
}

// WritePub derives the public half from the private key. An existing file must
// have been moved aside.
type WritePub struct {
	// Key is the private key, Pub the file to make.
	Key, Pub   string
	Comment    string
	UID, GID   int
	Restorecon string
}

// Command is the same thing by hand.
func (s WritePub) Command() string {
	return fmt.Sprintf("ssh-keygen -y -P '' -f %s > %s", safetext.Word(s.Key), safetext.Word(s.Pub))
}

// Apply writes the file. That somebody else has made it is fine: the next look
// judges it.
func (s WritePub) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	data, err := h.Files.Read(s.Key, maxKeyFile)
	defer clear(data)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot read %s: %w", s.Key, err)
	}
	r := parsePrivate(data)
	if r.state != Whole || r.public == nil {
		return diag.Change{}, fmt.Errorf("cannot derive %s: %s does not hold a key that can be read", s.Pub, s.Key)
	}
	if err := writePub(h.Files, s.Pub, r.public, s.Comment, s.UID, s.GID); err != nil {
		return diag.Change{}, err
	}
	return diag.Change{Note: relabel(ctx, h, s.Restorecon, s.Pub)}, nil
}

func writePub(files *host.Files, p string, blob []byte, comment string, uid, gid int) error {
	name, _, _ := cutString(blob)
	line := fmt.Sprintf("%s %s %s\n", name, base64.StdEncoding.EncodeToString(blob), comment)
	err := files.Create(p, host.New{Data: []byte(line), Mode: pubMode, UID: uid, GID: gid})
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return err
}

// Rewrite writes the same private key in the text form that sshd takes. The old
// text is kept beside it.
type Rewrite struct {
	Path string
	// SHA256 is the key that must come out.
	SHA256 string
}

// Command is the same thing by hand: keep the lines of the key, without what
// stands before the first, with bare line ends and one after the last.
func (s Rewrite) Command() string {
	return `sed -i.bad -e 's/^.*-----BEGIN/-----BEGIN/' -e 's/^[ \t]*//' -e 's/\r$//' -e '/-----BEGIN/,/-----END/!d' -e '$a\' ` + safetext.Word(s.Path)
}

// Apply keeps a copy and then replaces the file in one step, so that there is no
// moment without the key.
func (s Rewrite) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	old, err := h.Files.Read(s.Path, maxKeyFile)
	defer clear(old)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot read %s: %w", s.Path, err)
	}
	text := canonicalText(old)
	defer clear(text)
	r := parsePrivate(text)
	if r.state != Whole || fingerprintOf(r.public) != s.SHA256 {
		return diag.Change{}, fmt.Errorf("cannot rewrite %s: it has changed meanwhile", s.Path)
	}
	if bytes.Equal(old, text) {
		return diag.Change{}, nil
	}
	info, err := h.Files.Stat(s.Path)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot look at %s: %w", s.Path, err)
	}
	n := host.New{Data: old, Mode: keyMode, UID: info.UID, GID: info.GID}
	copied := s.Path + "." + whyBad + "-" + h.Now().UTC().Format("20060102T150405Z")
	if err := h.Files.Create(copied, n); err != nil && !errors.Is(err, fs.ErrExist) {
		return diag.Change{}, err
	}
	n.Data = text
	return diag.Change{Backup: copied, Note: "the key is the same, " + s.SHA256}, h.Files.Replace(s.Path, n)
}

// relabel restores the SELinux labels of new files; on failure it says so, for
// the files are good all the same.
func relabel(ctx context.Context, h *host.Host, program string, paths ...string) string {
	if program == "" {
		return ""
	}
	if res := h.Run(ctx, host.Command{Path: program, Args: paths}); !res.OK() {
		return "the SELinux label could not be restored: " + program + " failed"
	}
	return ""
}
