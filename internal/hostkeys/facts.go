// Package hostkeys looks at the private host keys that sshd's effective
// configuration names, and makes and mends them.
//
// On a healthy machine each of them is a regular file that holds a whole key
// without a passphrase, belongs to root and is closed to everybody else (mode
// 0600; Red Hat's sshd also takes 0640 with group ssh_keys), has its public half
// in PATH.pub beside it, and lies in a directory that only root can change.
// There, sshd loads every one of them.
package hostkeys

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Want is a private host key that sshd's effective configuration names.
type Want struct {
	Path string
	// Explicit: a HostKey line names it; otherwise it is one of sshd's defaults.
	Explicit bool
}

// Loaded is what sshd said when it was asked to load its keys (sshd -t -d).
type Loaded struct {
	// Known: sshd could be asked.
	Known bool
	// Fingerprints, as "SHA256:...", of the keys that it loaded, those of an
	// agent (HostKeyAgent) included.
	Fingerprints []string
	// Unloadable are the paths that it could not load.
	Unloadable []string
}

// Facts is what was seen of the host keys and of the places where they lie.
type Facts struct {
	Keys   []Key
	Dirs   []Dir
	Loaded Loaded
	// Agent: HostKeyAgent is set, so private halves may live in an agent. Collect
	// does not know; its caller, who has sshd's configuration, may set it.
	Agent bool
	// UID and GID must own keys and directories: those of sshd, root.
	UID, GID int
	// SSHKeysGID is the group that may read host keys on older Red Hat systems;
	// -1 where there is none.
	SSHKeysGID int
	// FIPS: the kernel says that only approved algorithms may be used.
	FIPS bool
	// Restorecon is the program that restores SELinux labels; empty where SELinux
	// is not in use or the program is not there.
	Restorecon string
	// Keygen is the ssh-keygen that belongs to this sshd; empty without one.
	Keygen string
	// AtBoot is what makes the missing keys at the next boot of a disk; empty
	// where nothing does. Sealed: it is an image from which others are made.
	// Both are their caller's to know.
	AtBoot string
	Sealed bool
	// Hostname stands in the comment of new keys.
	Hostname string
}

// FileKind says what stands at a path.
type FileKind string

// What can stand at a path.
const (
	Absent    FileKind = "absent"
	Regular   FileKind = "file"
	Directory FileKind = "directory"
	// Special is a FIFO, a socket or a device.
	Special FileKind = "special"
	// Unseen: it could not be told.
	Unseen FileKind = "unseen"
)

// State says what became of reading a private key.
type State string

// What a private key file can turn out to be.
const (
	// Whole: a key without a passphrase, in a form that sshd takes.
	Whole State = "whole"
	// Misformed: a whole key whose text sshd does not take: line ends of another
	// system, no newline at the end, something before the first line.
	Misformed State = "misformed"
	Empty     State = "empty"
	Damaged   State = "damaged"
	// Inconsistent: it can be parsed, but its secret does not belong to its
	// public half, so that no client accepts its signatures.
	Inconsistent State = "inconsistent"
	Encrypted    State = "encrypted"
	// PublicOnly: the file holds a public key, as it may with HostKeyAgent.
	PublicOnly State = "public-only"
	// Unread: there is a file, but it could not be read.
	Unread State = "unread"
	// NoFile: there is no regular file to read.
	NoFile State = ""
)

// Identity is a key by its public half.
type Identity struct {
	// Type is the name on the wire, as in the first word of a .pub file.
	Type string
	// Bits is the size; 0 where this program does not know the type.
	Bits int
	// SHA256 is the fingerprint as ssh-keygen -l prints it: "SHA256:...".
	SHA256 string
	// Public is the public half in base64, as in the second word of a .pub file.
	Public string
}

// Key is one private host key, as it was found. Nothing of its secret is kept.
type Key struct {
	Path     string
	Explicit bool
	// Real is where Path leads when all symbolic links are followed, whether or
	// not something is there; Link tells that the last name itself is a link.
	Real string
	Link bool
	// Home is the directory of Path without the links in it.
	Home string
	// File is what stands at Real.
	File FileKind
	Size int64
	// Mode holds the permission bits.
	Mode     fs.FileMode
	UID, GID int
	Nlink    uint64
	// Immutable: the file may be neither renamed nor changed (chattr(1)).
	Immutable bool
	// Filled: it is a directory that is not empty.
	Filled bool
	State  State
	// Detail says why something could not be seen, read or parsed. It never
	// quotes what is in the file.
	Detail string
	// KeyLike: the file was meant as a key, by its name or its first line.
	KeyLike bool
	// Doubt: it is in a format of which this program does not know every variant.
	Doubt bool
	// Second is what sshd or ssh-keygen say about a file that cannot be parsed
	// here; empty when neither could be asked.
	Second string
	Identity
	Pub Pub
	// Cert: there is a file PATH-cert.pub.
	Cert bool
}

// PubState says how PATH.pub stands to the private key.
type PubState string

// How a .pub file can stand to its private key.
const (
	PubAbsent PubState = "absent"
	// PubParsed: it holds a public key, but there is no private one to compare.
	PubParsed    PubState = "parsed"
	PubSame      PubState = "same"
	PubDifferent PubState = "different"
	PubDamaged   PubState = "damaged"
	PubUnread    PubState = "unread"
)

// Pub is the file PATH.pub.
type Pub struct {
	State  PubState
	Detail string
	Identity
}

// Dir is a directory in which keys lie, or should.
type Dir struct {
	// Path has no symbolic links in it.
	Path   string
	File   FileKind
	Detail string
	Mode   fs.FileMode
	UID    int
	// Missing are the directories that must be made first, the topmost first.
	Missing []string
	// Device tells file systems apart. It and what follows are about the nearest
	// directory that exists.
	Device   uint64
	ReadOnly bool
	// Immutable: nothing may be made or renamed in it (chattr(1), attribute i).
	Immutable bool
	// SpaceKnown: Bytes and Inodes, what root may still use, could be had. A file
	// system without a fixed number of inodes has -1 of them.
	SpaceKnown    bool
	Bytes, Inodes int64
	// Unmounted is a mount point at or above Path that should be mounted and is
	// not; UnmountedBy says who says so.
	Unmounted   string
	UnmountedBy string
}

// PubPath is where sshd looks for the public half.
func (k Key) PubPath() string { return k.Path + ".pub" }

// CertPath is where the certificate of the key usually lies.
func (k Key) CertPath() string { return k.Path + "-cert.pub" }

// Public lists the keys that are usable on disk, in sshd's order.
func (f Facts) Public() []diag.HostKey {
	var out []diag.HostKey
	for _, k := range f.Keys {
		if k.SHA256 != "" && k.File == Regular && f.usable(k) == yes {
			out = append(out, diag.HostKey{Path: k.Path, Type: k.Type, Bits: k.Bits, SHA256: k.SHA256, Public: k.Public})
		}
	}
	return out
}

// Lacking tells whether a key is known to be unusable. One that could not be read,
// as without root, is not.
func (f Facts) Lacking() bool {
	return slices.ContainsFunc(f.Keys, func(k Key) bool { return f.usable(k) == no })
}

// Places lists the directories in which a killed run may have left temporary
// files: those are to be swept (host.Files.Sweep) before new keys are made.
func (f Facts) Places() []string {
	var out []string
	for _, d := range f.Dirs {
		if d.File == Directory {
			out = append(out, d.Path)
		}
	}
	return out
}

// answer is a question's outcome; "could not tell" is one of its own.
type answer int

const (
	no answer = iota
	maybe
	yes
)

// usable tells whether sshd can use a key. Where sshd said itself, its word
// counts.
func (f Facts) usable(k Key) answer {
	switch {
	case k.State == Inconsistent:
		return no
	case f.loaded(k):
		return yes
	case f.unloadable(k):
		return no
	case k.State == Unread || k.File == Unseen:
		return maybe
	case f.Loaded.Known:
		return no
	case k.State == PublicOnly, k.File == Absent && f.Agent:
		return maybe
	case k.State != Whole || unmade(typeWord(k.Type)):
		return no
	case f.tooOpen(k) && f.redHatMode(k):
		return maybe
	case f.tooOpen(k):
		return no
	}
	return yes
}

// redHatMode is the mode that Red Hat's sshd takes and that of others refuses:
// 0640 with the group ssh_keys (Fedora before 38, EL before 10).
func (f Facts) redHatMode(k Key) bool {
	return k.Mode.Perm() == 0o640 && k.GID == f.SSHKeysGID
}

// loaded tells whether sshd said that it loaded this very key.
func (f Facts) loaded(k Key) bool {
	if !f.Loaded.Known || f.unloadable(k) {
		return false
	}
	sha := k.SHA256
	if k.File == Absent || sha == "" {
		// Then only an agent can hold the private half, and sshd knows the key by
		// its .pub; or it is of a kind that only sshd can read.
		sha = k.Pub.SHA256
	}
	return sha != "" && slices.Contains(f.Loaded.Fingerprints, sha)
}

// unloadable tells whether sshd said that it could not load this key.
func (f Facts) unloadable(k Key) bool {
	return f.Loaded.Known && slices.Contains(f.Loaded.Unloadable, k.Path)
}

// tooOpen is sshd's own test: permissions count only where the file belongs to
// the user that sshd runs as (authfile.c, sshkey_perm_ok).
func (f Facts) tooOpen(k Key) bool {
	return k.File == Regular && k.UID == f.UID && k.Mode.Perm()&0o077 != 0
}

// dir returns the facts of the directory in which a key really lies, or should.
func (f Facts) dir(k Key) Dir { return f.dirAt(path.Dir(k.Real)) }

func (f Facts) dirAt(want string) Dir {
	for _, d := range f.Dirs {
		if d.Path == want {
			return d
		}
	}
	return Dir{Path: want, File: Unseen}
}

// sshDir is where the keys lie unless a HostKey line says otherwise.
const sshDir = "/etc/ssh"

// ownDir tells whether a directory is sshd's own business.
func ownDir(dir string) bool { return dir == sshDir || strings.HasPrefix(dir, sshDir+"/") }
