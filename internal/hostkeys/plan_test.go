package hostkeys

import (
	"slices"
	"strings"
	"testing"
)

func TestRemedies(t *testing.T) {
	cases := []struct {
		name  string
		alter func(f *Facts)
		want  []string
	}{
		{"all missing", func(f *Facts) { f.lose(rsaPath, ecPath, edPath) }, []string{
			"ssh-keygen -q -t ecdsa -b 256 -N '' -f /etc/ssh/ssh_host_ecdsa_key",
			"ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key",
			"ssh-keygen -q -t rsa -b 3072 -N '' -f /etc/ssh/ssh_host_rsa_key",
		}},
		{"truncated, with all that belonged to it", func(f *Facts) {
			f.bad(edPath, Damaged).Cert = true
		}, []string{
			"mv /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key.bad",
			"mv /etc/ssh/ssh_host_ed25519_key.pub /etc/ssh/ssh_host_ed25519_key.pub.old",
			"mv /etc/ssh/ssh_host_ed25519_key-cert.pub /etc/ssh/ssh_host_ed25519_key-cert.pub.old",
			"ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key",
		}},
		{"a directory to make, another to close first", func(f *Facts) {
			f.Keys = []Key{gone("/etc/ssh/keys/a b")}
			f.Dirs = append(f.Dirs, Dir{Path: "/etc/ssh/keys", File: Absent, Missing: []string{"/etc/ssh/keys"}})
		}, []string{"mkdir -m 0755 /etc/ssh/keys", "ssh-keygen -q -t ed25519 -N '' -f '/etc/ssh/keys/a b'"}},
		{"a key in a loose directory", func(f *Facts) {
			f.lose(edPath)
			f.Dirs[0].UID, f.Dirs[0].Mode = 7, 0o777
		}, []string{
			"chown root:root /etc/ssh", "chmod 755 /etc/ssh", "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key",
			"chown root:root /etc/ssh", "chmod 755 /etc/ssh",
		}},
		{"foreign owner: the mode first", func(f *Facts) {
			f.key(edPath).UID, f.key(edPath).Mode = 65534, 0o644
		}, []string{"chmod 600 /etc/ssh/ssh_host_ed25519_key", "chown root:root /etc/ssh/ssh_host_ed25519_key"}},
		{".pub of another", func(f *Facts) { f.key(edPath).Pub.State = PubDifferent }, []string{
			"mv /etc/ssh/ssh_host_ed25519_key.pub /etc/ssh/ssh_host_ed25519_key.pub.bad",
			"ssh-keygen -y -P '' -f /etc/ssh/ssh_host_ed25519_key > /etc/ssh/ssh_host_ed25519_key.pub",
		}},
		{"not mounted", func(f *Facts) {
			f.Keys = []Key{gone("/data/k")}
			f.Dirs = append(f.Dirs, Dir{Path: "/data", File: Directory, Unmounted: "/data", UnmountedBy: "/etc/fstab"})
		}, []string{"mount /data"}},
		{"the key is made where the link leads, its .pub stays beside the link", func(f *Facts) {
			f.lose(edPath)
			f.key(edPath).Real, f.key(edPath).Link = "/persist/k", true
			f.Dirs = append(f.Dirs, goodDir("/persist"))
		}, []string{"ssh-keygen -q -t ed25519 -N '' -f /persist/k"}},
		{"a device is left where it is", func(f *Facts) {
			k := f.bad(edPath, NoFile)
			k.File, k.Link, k.Real, k.Pub.State = Special, true, "/dev/null", PubAbsent
		}, []string{
			"mv /etc/ssh/ssh_host_ed25519_key /etc/ssh/ssh_host_ed25519_key.bad",
			"ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key",
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := healthy()
			c.alter(&f)
			var got []string
			for _, finding := range Judge(f) {
				got = append(got, finding.Remedy.Commands()...)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("would do\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}

func TestPlan(t *testing.T) {
	pub := func(wire string, bits int) Pub {
		return Pub{State: PubParsed, Identity: Identity{Type: wire, Bits: bits, SHA256: "SHA256:x"}}
	}
	cases := []struct {
		path string
		pub  Pub
		fips bool
		want string
	}{
		{rsaPath, Pub{}, false, "rsa-3072"},
		{rsaPath, pub("ssh-rsa", 2048), false, "rsa-3072"},
		{rsaPath, pub("ssh-rsa", 4096), false, "rsa-4096"},
		{rsaPath, pub("ssh-rsa", 16384), false, "rsa-4096"},
		{rsaPath, pub("ssh-ed25519", 256), false, "rsa-3072"},
		{ecPath, pub("ecdsa-sha2-nistp521", 521), false, "ecdsa-521"},
		{"/k/host_key", pub("ecdsa-sha2-nistp384", 384), false, "ecdsa-384"},
		{"/k/host_key", Pub{}, false, "ed25519"},
		{"/k/host_key", Pub{}, true, "ecdsa-256"},
		{"/k/host-RSA4096.pem", Pub{}, false, "rsa-3072"},
		{"/etc/ssh/ssh_host_mldsa44_ed25519_key", Pub{}, false, "mldsa44-ed25519"},
		{"/etc/ssh/ssh_host_dsa_key", Pub{}, false, "dsa"},
		{"/k/rsync", Pub{}, false, "ed25519"},
	}
	for _, c := range cases {
		k := gone(c.path)
		k.Pub = c.pub
		f := Facts{Keys: []Key{k}, FIPS: c.fips}
		if got := f.plan()[c.path].String(); got != c.want {
			t.Errorf("%s with .pub %+v: %s, want %s", c.path, c.pub, got, c.want)
		}
	}
	f := healthy()
	f.Keys = []Key{gone("/k/one"), f.Keys[2], gone("/k/two"), gone("/k/three")}
	got := f.plan()
	if got["/k/one"].Type != "ecdsa" || got["/k/two"].Type != "rsa" {
		t.Errorf("a type that another key has was chosen: %v", got)
	}
}
