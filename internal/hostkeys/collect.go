package hostkeys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	// maxKeyFile is what OpenSSH itself takes for a private key (authfile.c,
	// MAX_KEY_FILE_SIZE), in bytes.
	maxKeyFile = 1 << 20
	// maxPubFile bounds a .pub file: the line of a 16384 bit RSA key has 3 KB.
	maxPubFile = 64 << 10
	// maxTable bounds the tables of the system that are read, in bytes.
	maxTable = 4 << 20
	// keygenTimeout bounds one question to ssh-keygen.
	keygenTimeout = 5 * time.Second
)

// Collect looks at every key in want and at where it lies. binary is the path of
// sshd, beside which its ssh-keygen is looked for; it may be empty.
func Collect(ctx context.Context, h *host.Host, want []Want, loaded Loaded, binary string) Facts {
	return collect(ctx, h, want, loaded, binary, owner{})
}

// owner is who must own the keys: root, except in tests.
type owner struct{ uid, gid int }

func collect(ctx context.Context, h *host.Host, want []Want, loaded Loaded, binary string, o owner) Facts {
	f := Facts{Loaded: loaded, UID: o.uid, GID: o.gid, SSHKeysGID: -1}
	if slices.ContainsFunc(loaded.Fingerprints, func(s string) bool { return !strings.HasPrefix(s, "SHA256:") }) {
		// FingerprintHash md5: nothing to compare with.
		f.Loaded = Loaded{}
	}
	f.system(h, binary)
	seen := map[string]bool{}
	for _, w := range want {
		if p := path.Clean(w.Path); path.IsAbs(p) && !seen[p] {
			seen[p] = true
			f.Keys = append(f.Keys, f.lookAt(ctx, h, Want{p, w.Explicit}))
		}
	}
	f.Dirs = lookAtDirs(h.Files, f.Keys)
	return f
}

// system collects what concerns all keys.
func (f *Facts) system(h *host.Host, binary string) {
	f.programs(h, binary)
	if on, err := h.Files.Read("/proc/sys/crypto/fips_enabled", 16); err == nil {
		f.FIPS = strings.TrimSpace(string(on)) == "1"
	}
	if groups, err := h.Files.Read("/etc/group", maxTable); err == nil {
		f.SSHKeysGID = parseGroup(bytes.NewReader(groups), "ssh_keys")
	}
	f.Hostname = hostname(h.Files)
}

// programs finds the programs of the box that can help. Those of a disk are run
// in its own root, where they cannot write.
func (f *Facts) programs(h *host.Host, binary string) {
	files := h.Files
	if !h.Live() && h.Here == nil || h.CannotRun() != nil {
		return
	}
	if _, err := files.Read("/sys/fs/selinux/enforce", 16); err == nil {
		f.Restorecon = firstThatIs(files, "/usr/sbin/restorecon", "/sbin/restorecon")
	}
	// /usr/local/sbin/sshd has its ssh-keygen in /usr/local/bin.
	beside := path.Join(path.Dir(path.Dir(binary)), "bin/ssh-keygen")
	f.Keygen = firstThatIs(files, beside, "/usr/bin/ssh-keygen", "/usr/local/bin/ssh-keygen")
}

func firstThatIs(files *host.Files, paths ...string) string {
	for _, p := range paths {
		if i, err := files.Stat(p); path.IsAbs(p) && err == nil && i.Mode.IsRegular() {
			return p
		}
	}
	return ""
}

func hostname(files *host.Files) string {
	for _, p := range []string{"/proc/sys/kernel/hostname", "/etc/hostname"} {
		text, err := files.Read(p, 256)
		name := strings.TrimSpace(string(text))
		odd := func(r rune) bool { return r <= ' ' || r > '~' }
		if err == nil && name != "" && strings.IndexFunc(name, odd) < 0 {
			return name
		}
	}
	return "localhost"
}

// lookAt collects the facts of one key.
func (f *Facts) lookAt(ctx context.Context, h *host.Host, w Want) Key {
	k := Key{Path: w.Path, Explicit: w.Explicit}
	info, err := h.Files.Lstat(k.Path)
	k.Link = err == nil && info.Mode&fs.ModeSymlink != 0
	k.Home, _, _ = resolve(h.Files, path.Dir(k.Path))
	if k.Real, info, err = resolve(h.Files, k.Path); err == nil {
		k.Size, k.Mode, k.UID, k.GID, k.Nlink = info.Size, info.Mode.Perm(), info.UID, info.GID, info.Nlink
	}
	k.File, k.Detail = kindOf(info, err)
	var public []byte
	switch k.File {
	case Regular:
		public = k.read(h.Files)
		if k.State != Whole {
			k.Immutable, _ = h.Files.Immutable(k.Real)
		}
	case Directory:
		names, err := h.Files.Names(k.Real)
		k.Filled = err != nil || len(names) > 0
	}
	if k.State == Damaged {
		public = f.secondOpinion(ctx, h, &k, public)
	}
	if public != nil {
		k.Identity = identify(public)
	}
	k.Pub = lookAtPub(h.Files, k.PubPath(), public)
	_, err = h.Files.Lstat(k.CertPath())
	k.Cert = err == nil
	return k
}

func kindOf(info host.Info, err error) (FileKind, string) {
	switch {
	case host.IsAbsent(err):
		return Absent, ""
	case err != nil:
		return Unseen, reason(err)
	case info.Mode.IsRegular():
		return Regular, ""
	case info.Mode.IsDir():
		return Directory, ""
	}
	return Special, ""
}

// reason is the system's word for an error, without the path: the finding names
// that.
func reason(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// read parses the private key file and returns its public half, if it has one.
func (k *Key) read(files *host.Files) []byte {
	data, err := files.Read(k.Real, maxKeyFile)
	defer clear(data)
	switch {
	case errors.Is(err, host.ErrTooLarge):
		k.State, k.Detail = Damaged, "it is larger than any key"
		return nil
	case err != nil:
		k.State, k.Detail = Unread, reason(err)
		return nil
	}
	r := parsePrivate(data)
	k.State, k.Detail, k.Doubt = r.state, r.detail, r.doubt
	k.KeyLike = r.keyLike || strings.Contains(path.Base(k.Path), "key") || nameWord(k.Path) != ""
	return r.public
}

// secondOpinion keeps a gap in our own parser from costing somebody a good key:
// what cannot be parsed here is shown to sshd and ssh-keygen.
func (f *Facts) secondOpinion(ctx context.Context, h *host.Host, k *Key, public []byte) []byte {
	if f.unloadable(*k) {
		k.Second = "sshd: Unable to load host key: " + k.Path
		return public
	}
	if f.Keygen == "" {
		return public
	}
	res := h.Run(ctx, host.Command{
		Path: f.Keygen, Args: []string{"-y", "-P", "", "-f", h.Files.Real(k.Real)}, Timeout: keygenTimeout,
	})
	if res.OK() {
		if blob, err := parsePublic(res.Stdout); err == nil {
			k.State, k.Detail = Whole, ""
			return blob
		}
	}
	// The banner about permissions means that the content was not looked at.
	if res.Err == nil && !bytes.Contains(res.Stderr, []byte("UNPROTECTED")) {
		k.Second = fmt.Sprintf("ssh-keygen: %.120s", res.Said())
	}
	return public
}

// lookAtPub compares PATH.pub with the public half of the private key, if that
// is known.
func lookAtPub(files *host.Files, p string, public []byte) Pub {
	text, err := files.Read(p, maxPubFile)
	switch {
	case host.IsAbsent(err):
		if _, err := files.Lstat(p); err == nil {
			return Pub{State: PubDamaged, Detail: "it is a link to something that is not there"}
		}
		return Pub{State: PubAbsent}
	case errors.Is(err, host.ErrNotRegular), errors.Is(err, host.ErrTooLarge), errors.Is(err, unix.EISDIR):
		return Pub{State: PubDamaged, Detail: "it is not a file that could hold a public key"}
	case err != nil:
		return Pub{State: PubUnread, Detail: reason(err)}
	}
	blob, err := parsePublic(text)
	if err != nil {
		return Pub{State: PubDamaged, Detail: err.Error()}
	}
	pub := Pub{State: PubParsed, Identity: identify(blob)}
	switch {
	case public == nil:
	case bytes.Equal(blob, public):
		pub.State = PubSame
	default:
		pub.State = PubDifferent
	}
	return pub
}
