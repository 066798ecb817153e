package hostkeys

import (
	"fmt"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

const (
	keyMode = 0o600
	pubMode = 0o644
	dirMode = 0o755
)

// tooOpen is the fault of a key that sshd ignores for its mode.
func (j *judgement) tooOpen(k Key) fault {
	f := fault{
		rule:     ruleModeTooOpen,
		summary:  fmt.Sprintf("%s has mode %04o, so sshd ignores it", k.Path, k.Mode.Perm()),
		evidence: []diag.Evidence{owned(k.Real, k.Mode.Perm(), k.UID)},
		title:    "close the key to everybody but root",
		steps:    []diag.Step{Chmod{Path: k.Real, Mode: keyMode, Note: exposed(k)}},
	}
	switch {
	case !j.f.Loaded.Known && j.f.redHatMode(k):
		f.unknown = true
		f.summary = k.Path + " has mode 0640, which only some sshd take"
	case k.Nlink > 1:
		f.consent, f.reason = diag.Manual, "the same file has another name elsewhere"
	}
	return f
}

// foreignOwner is the fault of a key that sshd takes at any mode because the file
// is not its own, so that another user holds the identity of the host.
func (j *judgement) foreignOwner(k Key) (fault, bool) {
	if k.File != Regular || k.UID == j.f.UID {
		return fault{}, false
	}
	f := fault{
		rule:     ruleForeignOwner,
		summary:  fmt.Sprintf("%s belongs to user %d, who can read and replace it", k.Path, k.UID),
		evidence: []diag.Evidence{owned(k.Real, k.Mode.Perm(), k.UID)},
		title:    "give the key back to root",
	}
	// The mode first: once root owns it, sshd refuses a mode that is too open.
	if k.Mode.Perm()&0o077 != 0 {
		f.steps = append(f.steps, Chmod{Path: k.Real, Mode: keyMode})
	}
	f.steps = append(f.steps, Chown{Path: k.Real, UID: j.f.UID, GID: j.f.GID, Note: exposed(k)})
	switch d := j.f.dir(k); {
	case k.Nlink > 1:
		f.consent, f.reason = diag.Manual, "the same file has another name elsewhere"
	case d.UID == k.UID && !ownDir(d.Path):
		f.consent, f.reason = diag.Asks, d.Path+" belongs to the same user: a program may need it so"
	}
	return f, true
}

func exposed(k Key) string {
	return k.Path + " could be read by others until now: consider making a new key"
}

func owned(path string, mode fmt.Stringer, uid int) diag.Evidence {
	return diag.Evidence{Source: path, Text: fmt.Sprintf("mode %04o, owner %d", mode, uid)}
}

// loose tells whether others than root can change a directory.
func (f Facts) loose(d Dir) bool {
	return d.File == Directory && (d.UID != f.UID || d.Mode.Perm()&0o022 != 0)
}

// tighten closes a directory to everybody but root.
func (f Facts) tighten(d Dir) []diag.Step {
	var out []diag.Step
	if d.UID != f.UID {
		out = append(out, Chown{Path: d.Path, UID: f.UID, GID: f.GID})
	}
	if d.Mode.Perm()&0o022 != 0 {
		out = append(out, Chmod{
			Path: d.Path, Mode: d.Mode.Perm() &^ 0o022, Note: d.Path + " could be changed by others until now: closed",
		})
	}
	return out
}

// looseDirs reports directories that others can change.
func (j *judgement) looseDirs() {
	for _, d := range j.f.Dirs {
		if !j.f.loose(d) {
			continue
		}
		r := diag.Remedy{Summary: "close the directory to everybody but root", Steps: j.f.tighten(d)}
		if !ownDir(d.Path) {
			r.Consent, r.Reason = diag.Asks, "the directory may serve another purpose as well"
		}
		if d.ReadOnly {
			r = byHand(r, "it is on a read-only file system")
		}
		j.add(ruleWritable.New(d.Path, d.Path+" can be changed by others than root",
			owned(d.Path, d.Mode.Perm(), d.UID)).With(r))
	}
}
