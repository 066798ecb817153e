package hostkeys

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func link(t *testing.T, target, at string) {
	t.Helper()
	if err := os.Symlink(target, at); err != nil {
		t.Fatal(err)
	}
}

// TestLook breaks a tree and says what is to be found in it.
func TestLook(t *testing.T) {
	private, public := newKey(t, "-t", "ed25519")
	_, other := newKey(t, "-t", "ed25519")
	cases := []struct {
		name  string
		want  string
		alter func(t *testing.T, b *box)
	}{
		{"healthy", "", func(*testing.T, *box) {}},
		{"missing", "hostkey-missing ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			os.Remove(b.at(edPath + ".pub"))
		}},
		{"empty", "hostkey-empty ssh_host_ed25519_key", func(t *testing.T, b *box) { b.put(t, edPath, nil, 0o600) }},
		{"cut", "hostkey-damaged ssh_host_ed25519_key", func(t *testing.T, b *box) { b.put(t, edPath, private[:200], 0o600) }},
		{"too large", "hostkey-damaged ssh_host_ed25519_key", func(t *testing.T, b *box) {
			b.put(t, edPath, make([]byte, maxKeyFile+1), 0o600)
		}},
		{"mode", "hostkey-mode-too-open ssh_host_ed25519_key", func(t *testing.T, b *box) { b.put(t, edPath, private, 0o604) }},
		{".pub missing", "hostkey-pub-missing ssh_host_ed25519_key.pub", func(t *testing.T, b *box) { os.Remove(b.at(edPath + ".pub")) }},
		{".pub of another", "hostkey-pub-mismatch ssh_host_ed25519_key.pub", func(t *testing.T, b *box) { b.put(t, edPath+".pub", other, 0o644) }},
		{".pub empty", "hostkey-pub-mismatch ssh_host_ed25519_key.pub", func(t *testing.T, b *box) { b.put(t, edPath+".pub", nil, 0o644) }},
		{".pub a directory", "hostkey-pub-mismatch ssh_host_ed25519_key.pub", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath + ".pub"))
			os.Mkdir(b.at(edPath+".pub"), 0o755)
		}},
		{".pub a dangling link", "hostkey-pub-mismatch ssh_host_ed25519_key.pub", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath + ".pub"))
			link(t, "nowhere", b.at(edPath+".pub"))
		}},
		{"a directory in its place", "hostkey-damaged ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			os.Mkdir(b.at(edPath), 0o755)
		}},
		{"a pipe in its place", "hostkey-damaged ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			if err := syscall.Mkfifo(b.at(edPath), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"a link to the key, absolute, inside the tree", "", func(t *testing.T, b *box) {
			b.put(t, "/persist/ssh/key", private, 0o600)
			os.Remove(b.at(edPath))
			link(t, "/persist/ssh/key", b.at(edPath))
		}},
		{"a link to the key, relative, through a linked directory", "", func(t *testing.T, b *box) {
			b.put(t, "/persist/ssh/key", private, 0o600)
			link(t, "../persist/ssh", b.at("/etc/keys"))
			os.Remove(b.at(edPath))
			link(t, "../keys/key", b.at(edPath))
		}},
		{"a link in a circle", "hostkey-unreadable ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			link(t, "ssh_host_ed25519_key", b.at(edPath))
			os.Remove(b.at(edPath + ".pub"))
		}},
		{"a dangling link", "hostkey-path-absent ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			link(t, "/persist/ssh/key", b.at(edPath))
		}},
		{"a link into what fstab would mount", "hostkey-dir-unmounted ssh", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			link(t, "/persist/ssh/key", b.at(edPath))
			b.put(t, "/etc/fstab", []byte("/dev/vdb /persist ext4 defaults 0 2\n"), 0o644)
		}},
		{"a link into what a unit would mount", "hostkey-dir-unmounted ssh", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			link(t, "/persist/ssh/key", b.at(edPath))
			b.put(t, "/etc/systemd/system/persist.mount", nil, 0o644)
		}},
		{"a link into what is mounted", "hostkey-path-absent ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.Remove(b.at(edPath))
			link(t, "/persist/ssh/key", b.at(edPath))
			b.put(t, "/etc/fstab", []byte("/dev/vdb /persist ext4 defaults 0 2\n"), 0o644)
			b.put(t, "/proc/self/mountinfo", []byte("30 28 0:9 / /persist rw - ext4 /dev/vdb rw\n"), 0o644)
		}},
		{"directory open to all", "etc-ssh-writable ssh", func(t *testing.T, b *box) { os.Chmod(b.at(sshDir), 0o777) }},
		{"the directory is a file", "hostkey-path-absent ssh_host_ed25519_key", func(t *testing.T, b *box) {
			os.RemoveAll(b.at(sshDir))
			b.put(t, sshDir, nil, 0o644)
		}},
		{"no /etc/ssh", "hostkey-path-absent ssh_host_ed25519_key", func(t *testing.T, b *box) { os.RemoveAll(b.at(sshDir)) }},
		{"FIPS", "hostkey-unsupported ssh_host_ed25519_key", func(t *testing.T, b *box) {
			b.put(t, "/proc/sys/crypto/fips_enabled", []byte("1\n"), 0o444)
			os.Remove(b.at(edPath))
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBox(t, edPath)
			b.put(t, edPath, private, 0o600)
			b.put(t, edPath+".pub", public, 0o644)
			c.alter(t, b)
			before := snapshot(t, b.root)
			f := b.look(t.Context())
			if got := codes(Judge(f)); got != c.want {
				t.Errorf("%q, want %q\n%+v", got, c.want, f)
			}
			if after := snapshot(t, b.root); !slices.Equal(before, after) {
				t.Errorf("looking changed the tree:\n%q\n%q", before, after)
			}
			text, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(text), string(private[60:90])) {
				t.Error("the facts hold a part of the private key")
			}
		})
	}
}

// snapshot describes every file of a tree: name, mode, content or target.
func snapshot(t *testing.T, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s := strings.TrimPrefix(p, root) + " " + info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			s += " " + string(data)
		case info.Mode()&os.ModeSymlink != 0:
			target, _ := os.Readlink(p)
			s += " " + target
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestForeignOwner: sshd takes a key of another user at any mode.
func TestForeignOwner(t *testing.T) {
	b := newBox(t, edPath)
	private, public := newKey(t, "-t", "ed25519")
	b.put(t, edPath, private, 0o644)
	b.put(t, edPath+".pub", public, 0o644)
	// To whoever runs the test the files are foreign when somebody else is root.
	f := collect(t.Context(), b.Host, b.want, Loaded{}, "", owner{os.Getuid() + 1, os.Getgid() + 1})
	if got, want := codes(Judge(f)), "hostkey-foreign-owner ssh_host_ed25519_key, etc-ssh-writable ssh"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if keys := f.Public(); len(keys) != 1 || keys[0].Type != "ssh-ed25519" || keys[0].Bits != 256 || !strings.HasPrefix(keys[0].SHA256, "SHA256:") {
		t.Errorf("usable keys: %+v", keys)
	}
}

// TestUnreadable: what may not be read is not missing, and not damaged.
func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root reads everything; the case of a circle of links in TestLook remains")
		return
	}
	b := newBox(t, edPath)
	b.put(t, edPath, []byte("x"), 0)
	got := Judge(b.look(t.Context()))
	if codes(got[:1]) != "hostkey-unreadable ssh_host_ed25519_key" || got[0].Remedy != nil {
		t.Errorf("%+v", got)
	}
}

func TestWants(t *testing.T) {
	b := newBox(t, edPath, "/etc/ssh/../ssh/ssh_host_ed25519_key", "relative", rsaPath)
	var got []string
	for _, k := range b.look(t.Context()).Keys {
		got = append(got, k.Path)
	}
	if !slices.Equal(got, []string{edPath, rsaPath}) {
		t.Errorf("%q", got)
	}
}

// TestOtherHash: with FingerprintHash md5 there is nothing to compare with.
func TestOtherHash(t *testing.T) {
	b := newBox(t)
	f := collect(t.Context(), b.Host, nil, Loaded{Known: true, Fingerprints: []string{"MD5:00:11"}}, "", owner{})
	if f.Loaded.Known {
		t.Error("fingerprints of another hash are taken for an answer")
	}
}

// TestSecondOpinion: what ssh-keygen can read is not damaged.
func TestSecondOpinion(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Fatal(err)
	}
	private, _ := newKey(t, "-t", "ed25519")
	b := newBox(t)
	b.put(t, edPath, private, 0o600)
	k := Key{Path: edPath, Real: edPath, State: Damaged}
	f := Facts{Keygen: keygen}
	if blob := f.secondOpinion(t.Context(), b.Host, &k, nil); k.State != Whole || identify(blob).Type != "ssh-ed25519" {
		t.Errorf("%+v", k)
	}
	b.put(t, edPath, private[:200], 0o600)
	k = Key{Path: edPath, Real: edPath, State: Damaged}
	if blob := f.secondOpinion(t.Context(), b.Host, &k, nil); blob != nil || k.State != Damaged || !strings.HasPrefix(k.Second, "ssh-keygen: Load key") {
		t.Errorf("%+v", k)
	}
	b.put(t, edPath, private[:200], 0o644)
	k = Key{Path: edPath, Real: edPath, State: Damaged}
	if f.secondOpinion(t.Context(), b.Host, &k, nil); k.Second != "" {
		t.Errorf("what ssh-keygen refused to look into counts as its opinion: %+v", k)
	}
}
