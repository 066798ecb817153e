package hostkeys

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

const (
	rsaPath = "/etc/ssh/ssh_host_rsa_key"
	ecPath  = "/etc/ssh/ssh_host_ecdsa_key"
	edPath  = "/etc/ssh/ssh_host_ed25519_key"
)

// sound is a key as it should be.
func sound(p, wire string, bits int) Key {
	id := Identity{Type: wire, Bits: bits, SHA256: "SHA256:" + path.Base(p)}
	return Key{
		Path: p, Real: p, Home: path.Dir(p), File: Regular, Size: 400, Mode: 0o600, Nlink: 1,
		State: Whole, KeyLike: true, Identity: id, Pub: Pub{State: PubSame, Identity: id},
	}
}

// healthy is Debian as it is installed, asked before sshd could be.
func healthy() Facts {
	return Facts{
		Keys: []Key{sound(rsaPath, "ssh-rsa", 3072), sound(ecPath, "ecdsa-sha2-nistp256", 256), sound(edPath, "ssh-ed25519", 256)},
		Dirs: []Dir{goodDir("/etc/ssh")}, SSHKeysGID: -1, Hostname: "box", Keygen: "/usr/bin/ssh-keygen",
	}
}

func goodDir(p string) Dir {
	return Dir{Path: p, File: Directory, Mode: 0o755, Device: 1, SpaceKnown: true, Bytes: 1 << 30, Inodes: 1 << 20}
}

func (f *Facts) key(p string) *Key {
	i := slices.IndexFunc(f.Keys, func(k Key) bool { return k.Path == p })
	if i < 0 {
		f.Keys = append(f.Keys, sound(p, "", 0))
		i = len(f.Keys) - 1
	}
	return &f.Keys[i]
}

func gone(p string) Key {
	return Key{Path: p, Real: p, Home: path.Dir(p), File: Absent, Pub: Pub{State: PubAbsent}}
}

func (f *Facts) lose(paths ...string) {
	for _, p := range paths {
		*f.key(p) = gone(p)
	}
}

// bad turns a key into a file that does not hold one.
func (f *Facts) bad(p string, s State) *Key {
	k := f.key(p)
	k.State, k.Identity, k.Pub.State = s, Identity{}, PubParsed
	k.Second = "ssh-keygen: Load key: invalid format"
	return k
}

// said is what sshd answers when it loads these keys and not those.
func said(loaded, unloadable []string) Loaded {
	l := Loaded{Known: true, Unloadable: unloadable}
	for _, p := range loaded {
		l.Fingerprints = append(l.Fingerprints, "SHA256:"+path.Base(p))
	}
	return l
}

// line is a finding in one line.
func line(f diag.Finding) string {
	s := fmt.Sprintf("%s %s %s", f.Code, strings.TrimPrefix(f.Subject, "/etc/ssh/ssh_host_"), f.Severity)
	if f.Status != diag.Found {
		s += " " + string(f.Status)
	}
	if f.Remedy == nil {
		return s + " -"
	}
	s += " " + f.Remedy.Consent.String()
	if f.Remedy.Slow {
		s += " slow"
	}
	return s
}

func TestJudge(t *testing.T) {
	all := []string{rsaPath, ecPath, edPath}
	cases := []struct {
		name  string
		alter func(f *Facts)
		want  []string
	}{
		{"healthy", func(*Facts) {}, nil},
		{"healthy and sshd says so", func(f *Facts) { f.Loaded = said(all, nil) }, nil},
		{"no key is wanted", func(f *Facts) { f.Keys = nil }, nil},

		{"one missing", func(f *Facts) { f.lose(edPath) }, []string{"hostkey-missing ed25519_key warning none"}},
		{"all missing: quick ones first", func(f *Facts) { f.lose(all...) }, []string{
			"hostkey-missing ecdsa_key broken none", "hostkey-missing ed25519_key broken none", "hostkey-missing rsa_key broken none slow",
		}},
		{"missing, the others cannot be read", func(f *Facts) {
			f.lose(edPath)
			for _, p := range []string{rsaPath, ecPath} {
				k := f.bad(p, Unread)
				k.Detail = "permission denied"
			}
		}, []string{
			"hostkey-missing ed25519_key warning none",
			"hostkey-unreadable rsa_key warning unknown -", "hostkey-unreadable ecdsa_key warning unknown -",
		}},
		{"missing, but an agent has it", func(f *Facts) {
			f.lose(edPath)
			f.key(edPath).Pub = Pub{State: PubParsed, Identity: Identity{Type: "ssh-ed25519", SHA256: "SHA256:ssh_host_ed25519_key"}}
			f.Loaded = said(all, nil)
		}, nil},
		{"missing, and an agent may have it", func(f *Facts) {
			f.lose(edPath)
			f.Agent = true
		}, []string{"hostkey-missing ed25519_key warning asks"}},
		{"missing, its .pub is that of another", func(f *Facts) {
			f.lose(edPath)
			f.key(edPath).Pub = Pub{State: PubParsed, Identity: f.key(rsaPath).Identity}
			f.Loaded = said([]string{rsaPath, ecPath}, []string{edPath})
		}, []string{"hostkey-missing ed25519_key warning none"}},
		{"unreadable also for sshd", func(f *Facts) {
			f.bad(edPath, Unread).Detail = "input/output error"
			f.Loaded = said([]string{rsaPath, ecPath}, []string{edPath})
		}, []string{"hostkey-unreadable ed25519_key warning manual"}},
		{"the place cannot be seen", func(f *Facts) {
			*f.key(edPath) = gone(edPath)
			f.key(edPath).File, f.key(edPath).Detail = Unseen, "permission denied"
		}, []string{"hostkey-unreadable ed25519_key warning unknown -"}},

		{"directory missing", func(f *Facts) {
			f.Keys = []Key{gone("/etc/ssh/keys/a/ed25519")}
			f.Dirs = append(f.Dirs, Dir{Path: "/etc/ssh/keys/a", File: Absent, Missing: []string{"/etc/ssh/keys", "/etc/ssh/keys/a"}})
		}, []string{"hostkey-path-absent /etc/ssh/keys/a/ed25519 broken none"}},
		{"a file where the directory should be", func(f *Facts) {
			f.Keys = append(f.Keys, gone("/etc/ssh/keys/k"))
			f.Dirs = append(f.Dirs, Dir{Path: "/etc/ssh/keys", File: Regular})
		}, []string{"hostkey-path-absent /etc/ssh/keys/k warning manual"}},
		{"a link to a place that is not there", func(f *Facts) {
			f.lose(edPath)
			f.key(edPath).Real, f.key(edPath).Link = "/persist/k", true
			f.Dirs = append(f.Dirs, Dir{Path: "/persist", File: Absent, Missing: []string{"/persist"}})
		}, []string{"hostkey-path-absent ed25519_key warning asks"}},
		{"a link to a place that waits for the key", func(f *Facts) {
			f.lose(edPath)
			f.key(edPath).Real, f.key(edPath).Link = "/persist/k", true
			f.Dirs = append(f.Dirs, goodDir("/persist"))
		}, []string{"hostkey-missing ed25519_key warning none"}},

		{"empty", func(f *Facts) { f.bad(rsaPath, Empty) }, []string{"hostkey-empty rsa_key warning none slow"}},
		{"all empty", func(f *Facts) {
			for _, p := range all {
				f.bad(p, Empty)
			}
		}, []string{"hostkey-empty ecdsa_key broken none", "hostkey-empty ed25519_key broken none", "hostkey-empty rsa_key broken none slow"}},
		{"damaged", func(f *Facts) { f.bad(edPath, Damaged) }, []string{"hostkey-damaged ed25519_key warning none"}},
		{"damaged for us, sshd loads it", func(f *Facts) {
			f.bad(edPath, Damaged).Identity = Identity{Type: "ssh-ed25519", SHA256: "SHA256:ssh_host_ed25519_key"}
			f.Loaded = said(all, nil)
		}, nil},
		{"damaged for us, sshd loads it under its .pub", func(f *Facts) {
			f.bad(edPath, Damaged)
			f.Loaded = said(all, nil)
		}, nil},
		{"damaged, and its .pub is that of a good key", func(f *Facts) {
			f.bad(edPath, Damaged).Pub.Identity = f.key(rsaPath).Identity
			f.Loaded = said([]string{rsaPath, ecPath}, []string{edPath})
		}, []string{"hostkey-damaged ed25519_key warning none"}},
		{"damaged, in a format with variants, nobody to ask", func(f *Facts) {
			k := f.bad(edPath, Damaged)
			k.Doubt, k.Second = true, ""
		}, []string{"hostkey-damaged ed25519_key warning asks"}},
		{"something that was never a key", func(f *Facts) { f.bad(edPath, Damaged).KeyLike = false },
			[]string{"hostkey-damaged ed25519_key warning asks"}},
		{"damaged behind a link that leaves /etc/ssh", func(f *Facts) {
			k := f.bad(edPath, Damaged)
			k.Link, k.Real = true, "/srv/k"
		}, []string{"hostkey-damaged ed25519_key warning asks"}},
		{"damaged and open: closed first, then looked into", func(f *Facts) {
			k := f.bad(edPath, Damaged)
			k.Mode, k.Second = 0o644, ""
		}, []string{"hostkey-mode-too-open ed25519_key warning none"}},
		{"secret of another key, although sshd loads it", func(f *Facts) {
			f.key(edPath).State = Inconsistent
			f.Loaded = said(all, nil)
		}, []string{"hostkey-damaged ed25519_key warning none"}},
		{"an empty directory", func(f *Facts) { f.bad(edPath, NoFile).File = Directory }, []string{"hostkey-damaged ed25519_key warning none"}},
		{"a directory with something in it", func(f *Facts) {
			k := f.bad(edPath, NoFile)
			k.File, k.Filled = Directory, true
		}, []string{"hostkey-damaged ed25519_key warning asks"}},
		{"a pipe", func(f *Facts) { f.bad(edPath, NoFile).File = Special }, []string{"hostkey-damaged ed25519_key warning none"}},
		{"a link to /dev/null", func(f *Facts) {
			k := f.bad(edPath, NoFile)
			k.File, k.Link, k.Real = Special, true, "/dev/null"
		}, []string{"hostkey-damaged ed25519_key warning asks"}},
		{"text that sshd refuses", func(f *Facts) { f.key(edPath).State = Misformed }, []string{"hostkey-misformed ed25519_key warning none"}},
		{"text that this sshd takes all the same", func(f *Facts) {
			f.key(edPath).State = Misformed
			f.Loaded = said(all, nil)
		}, nil},
		{"passphrase", func(f *Facts) { f.key(rsaPath).State = Encrypted }, []string{"hostkey-encrypted rsa_key warning asks slow"}},

		{"mode", func(f *Facts) { f.key(edPath).Mode = 0o644 }, []string{"hostkey-mode-too-open ed25519_key warning none"}},
		{"mode of all", func(f *Facts) {
			for i := range f.Keys {
				f.Keys[i].Mode = 0o640
			}
		}, []string{"hostkey-mode-too-open rsa_key broken none", "hostkey-mode-too-open ecdsa_key broken none", "hostkey-mode-too-open ed25519_key broken none"}},
		{"Red Hat's mode, taken by this sshd", func(f *Facts) {
			f.key(edPath).Mode, f.key(edPath).GID, f.SSHKeysGID = 0o640, 998, 998
			f.Loaded = said(all, nil)
		}, nil},
		{"Red Hat's mode, refused by this sshd", func(f *Facts) {
			f.key(edPath).Mode, f.key(edPath).GID, f.SSHKeysGID = 0o640, 998, 998
			f.Loaded = said([]string{rsaPath, ecPath}, []string{edPath})
		}, []string{"hostkey-mode-too-open ed25519_key warning none"}},
		{"Red Hat's mode, sshd could not be asked", func(f *Facts) {
			f.key(edPath).Mode, f.key(edPath).GID, f.SSHKeysGID = 0o640, 998, 998
		}, []string{"hostkey-mode-too-open ed25519_key warning unknown -"}},
		{"mode of a file with a second name", func(f *Facts) {
			f.key(edPath).Mode, f.key(edPath).Nlink = 0o644, 2
		}, []string{"hostkey-mode-too-open ed25519_key warning manual"}},
		{"foreign owner, which sshd does not mind", func(f *Facts) {
			f.key(edPath).UID, f.key(edPath).Mode = 65534, 0o644
			f.Loaded = said(all, nil)
		}, []string{"hostkey-foreign-owner ed25519_key warning none"}},
		{"foreign owner in a directory of that owner", func(f *Facts) {
			k := sound("/var/lib/forge/ssh/rsa", "ssh-rsa", 3072)
			k.UID = 990
			d := goodDir("/var/lib/forge/ssh")
			d.UID = 990
			f.Keys, f.Dirs = append(f.Keys, k), append(f.Dirs, d)
		}, []string{"hostkey-foreign-owner /var/lib/forge/ssh/rsa warning asks", "etc-ssh-writable /var/lib/forge/ssh warning asks"}},

		{"DSA that this sshd loads", func(f *Facts) {
			f.Keys = append(f.Keys, sound("/etc/ssh/ssh_host_dsa_key", "ssh-dss", 1024))
			f.Loaded = said(append(all, "/etc/ssh/ssh_host_dsa_key"), nil)
		}, nil},
		{"DSA that this sshd does not load", func(f *Facts) {
			f.Keys = append(f.Keys, sound("/etc/ssh/ssh_host_dsa_key", "ssh-dss", 1024))
			f.key("/etc/ssh/ssh_host_dsa_key").Explicit = true
			f.Loaded = said(all, []string{"/etc/ssh/ssh_host_dsa_key"})
		}, []string{"hostkey-unsupported dsa_key warning manual"}},
		{"a HostKey line for DSA, and no file", func(f *Facts) {
			f.lose("/etc/ssh/ssh_host_dsa_key")
			f.key("/etc/ssh/ssh_host_dsa_key").Explicit = true
		}, []string{"hostkey-unsupported dsa_key warning manual"}},
		{"nothing but DSA", func(f *Facts) {
			f.Keys = nil
			f.lose("/etc/ssh/ssh_host_dsa_key")
			f.key("/etc/ssh/ssh_host_dsa_key").Explicit = true
		}, []string{"hostkey-unsupported dsa_key broken manual"}},
		{"DSA by default, on an old sshd", func(f *Facts) { f.lose("/etc/ssh/ssh_host_dsa_key") },
			[]string{"hostkey-unsupported dsa_key notice manual"}},
		{"an empty file for DSA is not replaced", func(f *Facts) {
			f.bad("/etc/ssh/ssh_host_dsa_key", Empty).Explicit = true
		}, []string{"hostkey-unsupported dsa_key warning manual"}},
		{"Ed25519 under FIPS", func(f *Facts) {
			f.lose(edPath)
			f.FIPS, f.key(edPath).Explicit = true, true
		}, []string{"hostkey-unsupported ed25519_key notice manual"}},

		{"refused by sshd", func(f *Facts) {
			f.key(rsaPath).Bits = 1024
			f.Loaded = said([]string{ecPath, edPath}, nil)
		}, []string{"hostkey-refused rsa_key warning manual"}},
		{"all refused by sshd", func(f *Facts) { f.Loaded = said(nil, all) }, []string{
			"hostkey-refused rsa_key broken manual", "hostkey-refused ecdsa_key broken manual", "hostkey-refused ed25519_key broken manual",
		}},
		{"a public key that an agent serves", func(f *Facts) {
			f.key(edPath).State = PublicOnly
			f.Loaded = said(all, nil)
		}, nil},
		{"a public key and no agent", func(f *Facts) {
			f.key(edPath).State = PublicOnly
			f.Loaded = said([]string{rsaPath, ecPath}, []string{edPath})
		}, []string{"hostkey-refused ed25519_key warning manual"}},

		{".pub missing", func(f *Facts) { f.key(edPath).Pub = Pub{State: PubAbsent} }, []string{"hostkey-pub-missing ed25519_key.pub warning none"}},
		{".pub of another", func(f *Facts) { f.key(edPath).Pub.State = PubDifferent }, []string{"hostkey-pub-mismatch ed25519_key.pub warning none"}},
		{".pub damaged", func(f *Facts) { f.key(edPath).Pub = Pub{State: PubDamaged, Detail: "no key"} }, []string{"hostkey-pub-mismatch ed25519_key.pub warning none"}},
		{".pub unreadable", func(f *Facts) { f.key(edPath).Pub = Pub{State: PubUnread, Detail: "permission denied"} }, []string{"hostkey-unreadable ed25519_key.pub notice unknown -"}},
		{".pub missing on a read-only image", func(f *Facts) {
			f.key(edPath).Pub = Pub{State: PubAbsent}
			f.Dirs[0].ReadOnly = true
		}, []string{"hostkey-pub-missing ed25519_key.pub notice manual"}},

		{"keys missing and read-only: one cause", func(f *Facts) {
			f.lose(all...)
			f.Dirs[0].ReadOnly = true
		}, []string{"readonly-root /etc/ssh broken manual"}},
		{"mode on a read-only file system", func(f *Facts) {
			f.key(edPath).Mode = 0o644
			f.Dirs[0].ReadOnly = true
		}, []string{"hostkey-mode-too-open ed25519_key warning manual"}},
		{"immutable, and all keys are gone", func(f *Facts) {
			f.lose(all...)
			f.Dirs[0].Immutable = true
		}, []string{"hostkey-dir-immutable /etc/ssh broken manual"}},
		{"immutable and nothing to do", func(f *Facts) { f.Dirs[0].Immutable = true }, nil},
		{"read-only and nothing to do", func(f *Facts) { f.Dirs[0].ReadOnly = true }, nil},
		{"no room", func(f *Facts) {
			f.lose(edPath)
			f.Dirs[0].Bytes = bytesPerKey - 1
		}, []string{"disk-full /etc/ssh warning manual"}},
		{"room for one, two are needed", func(f *Facts) {
			f.lose(edPath, ecPath)
			f.Dirs[0].Bytes = 2*bytesPerKey - 1
		}, []string{"disk-full /etc/ssh warning manual"}},
		{"room for two", func(f *Facts) {
			f.lose(edPath, ecPath)
			f.Dirs[0].Bytes, f.Dirs[0].Inodes = 2*bytesPerKey, 2*inodesPerKey
		}, []string{"hostkey-missing ecdsa_key warning none", "hostkey-missing ed25519_key warning none"}},
		{"no inodes", func(f *Facts) {
			f.lose(all...)
			f.Dirs[0].Inodes = 5
		}, []string{
			"hostkey-missing ecdsa_key broken none", "hostkey-missing ed25519_key broken none", "disk-full /etc/ssh broken manual",
		}},
		{"room for one key, and no key is left: a quick one is made", func(f *Facts) {
			f.lose(all...)
			f.Dirs[0].Bytes = bytesPerKey
		}, []string{"hostkey-missing ecdsa_key broken none", "disk-full /etc/ssh broken manual"}},
		{"room for none, and no key is left", func(f *Facts) {
			f.lose(all...)
			f.Dirs[0].Inodes = inodesPerKey - 1
		}, []string{"disk-full /etc/ssh broken manual"}},
		{"no fixed number of inodes", func(f *Facts) {
			f.lose(edPath)
			f.Dirs[0].Inodes = -1
		}, []string{"hostkey-missing ed25519_key warning none"}},
		{"full and nothing to do", func(f *Facts) { f.Dirs[0].Bytes = 0 }, nil},
		{"on a disk that is not mounted", func(f *Facts) {
			f.Keys = []Key{gone("/data/ssh/a"), gone("/data/ssh/b")}
			f.Dirs = append(f.Dirs, Dir{Path: "/data/ssh", File: Absent, Missing: []string{"/data/ssh"}, Unmounted: "/data", UnmountedBy: "/etc/fstab"})
		}, []string{"hostkey-dir-unmounted /data/ssh broken manual"}},
		{"a link to a disk that is not mounted", func(f *Facts) {
			f.lose(edPath)
			f.key(edPath).Real, f.key(edPath).Link = "/data/ssh/k", true
			f.Dirs = append(f.Dirs, Dir{Path: "/data/ssh", File: Absent, Unmounted: "/data", UnmountedBy: "/etc/fstab"})
		}, []string{"hostkey-dir-unmounted /data/ssh warning manual"}},

		{"directory open to all", func(f *Facts) { f.Dirs[0].Mode = 0o777 }, []string{"etc-ssh-writable /etc/ssh warning none"}},
		{"directory of another user", func(f *Facts) { f.Dirs[0].UID = 1000 }, []string{"etc-ssh-writable /etc/ssh warning none"}},
		{"a key in /tmp", func(f *Facts) {
			f.Keys = append(f.Keys, gone("/tmp/k"))
			d := goodDir("/tmp")
			d.Mode = 0o777
			f.Dirs = append(f.Dirs, d)
		}, []string{"hostkey-missing /tmp/k warning asks", "etc-ssh-writable /tmp warning asks"}},
		{"ML-DSA without ssh-keygen", func(f *Facts) {
			f.lose("/etc/ssh/ssh_host_mldsa44_ed25519_key")
			f.Keygen = ""
		}, []string{"hostkey-missing mldsa44_ed25519_key warning manual"}},
	}
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := healthy()
			c.alter(&f)
			var got []string
			for _, finding := range Judge(f) {
				got = append(got, line(finding))
				seen[finding.Code] = true
				plain(t, finding)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("judged\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
	for _, r := range Rules() {
		if !seen[r.Code] {
			t.Errorf("no case above shows %s", r.Code)
		}
		delete(seen, r.Code)
	}
	for code := range seen {
		t.Errorf("%s is not in Rules", code)
	}
}

// plain asserts what a person at a console needs of every finding.
func plain(t *testing.T, f diag.Finding) {
	t.Helper()
	texts := []string{f.Summary, f.Title}
	for _, e := range f.Evidence {
		texts = append(texts, e.Source, e.Text)
	}
	if f.Remedy != nil {
		texts = append(texts, f.Remedy.Summary)
		texts = append(texts, f.Remedy.Commands()...)
		if f.Remedy.Consent != diag.None && f.Remedy.Reason == "" {
			t.Errorf("%s: consent %s without a reason", f.Code, f.Remedy.Consent)
		}
		if len(f.Remedy.Commands()) == 0 {
			t.Errorf("%s: a remedy without commands", f.Code)
		}
		if f.Remedy.Consent == diag.Manual && len(f.Remedy.Steps) > 0 {
			t.Errorf("%s: a manual remedy with steps", f.Code)
		}
	}
	for _, s := range texts {
		if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: %q is not one plain line", f.Code, s)
		}
	}
}

func TestRules(t *testing.T) {
	codes := map[string]bool{}
	for _, r := range Rules() {
		if codes[r.Code] || r.Stage != diag.HostKeys || r.Symptom || r.Title == "" || r.Severity == diag.Notice {
			t.Errorf("not a rule of host keys: %+v", r)
		}
		codes[r.Code] = true
	}
}
