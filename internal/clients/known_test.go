package clients

import (
	"slices"
	"strings"
	"testing"
)

func all(t *testing.T) []Release {
	t.Helper()
	out, err := Known()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func release(t *testing.T, name string) Release {
	t.Helper()
	for _, r := range all(t) {
		if r.String() == name {
			return r
		}
	}
	t.Fatalf("there is no release %q", name)
	return Release{}
}

// What a reader of known.txt may rely on.
func TestKnown(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range all(t) {
		if seen[r.String()] {
			t.Errorf("%s is there twice", r)
		}
		seen[r.String()] = true
		for p, list := range r.Offers {
			if slices.ContainsFunc(list, marker) {
				t.Errorf("%s: a marker among the %ss", r, Part(p))
			}
			// A name without a dash is a short one that nothing was let for.
			for _, name := range slices.Concat(list, r.Also[p], r.Asks[p]) {
				if !strings.Contains(name, "-") && name != "arcfour" && !strings.HasPrefix(name, "arcfour") {
					t.Errorf("%s: %q is no name of an algorithm", r, name)
				}
			}
			if dup := slices.Sorted(slices.Values(list)); len(slices.Compact(dup)) != len(list) {
				t.Errorf("%s names a %s twice", r, Part(p))
			}
			for _, name := range r.Also[p] {
				if slices.Contains(list, name) {
					t.Errorf("%s offers %s by default, so that nobody has to tell it", r, name)
				}
			}
			for _, name := range r.Asks[p] {
				if !slices.Contains(list, name) {
					t.Errorf("%s asks about %s, which it does not offer", r, name)
				}
			}
		}
	}
}

// OpenSSH's own release notes: what a release brought or dropped.
func TestKnownMilestones(t *testing.T) {
	for _, c := range []struct {
		release string
		part    Part
		name    string
		want    bool
	}{
		{"OpenSSH 5.6", HostKey, "ecdsa-sha2-nistp256", false},
		{"OpenSSH 5.7", HostKey, "ecdsa-sha2-nistp256", true},
		{"OpenSSH 6.4", HostKey, "ssh-ed25519", false},
		{"OpenSSH 6.5", HostKey, "ssh-ed25519", true},
		{"OpenSSH 6.9", HostKey, "ssh-dss", true},
		{"OpenSSH 7.0", HostKey, "ssh-dss", false},
		{"OpenSSH 7.1", HostKey, "rsa-sha2-256", false},
		{"OpenSSH 7.2", HostKey, "rsa-sha2-256", true},
		{"OpenSSH 8.7", HostKey, "ssh-rsa", true},
		{"OpenSSH 8.8", HostKey, "ssh-rsa", false},
		{"OpenSSH 8.1", Kex, "diffie-hellman-group14-sha1", true},
		{"OpenSSH 8.2", Kex, "diffie-hellman-group14-sha1", false},
		{"OpenSSH 8.8", Kex, "sntrup761x25519-sha512@openssh.com", false},
		{"OpenSSH 8.9", Kex, "sntrup761x25519-sha512@openssh.com", true},
		{"OpenSSH 9.8", Kex, "mlkem768x25519-sha256", false},
		{"OpenSSH 9.9", Kex, "mlkem768x25519-sha256", true},
		{"PuTTY 0.74", HostKey, "rsa-sha2-256", false},
		{"PuTTY 0.76", HostKey, "rsa-sha2-256", true},
		{"libssh2 1.10.0", HostKey, "rsa-sha2-256", false},
		{"libssh2 1.11.0", HostKey, "rsa-sha2-256", true},
		{"paramiko 2.7.2", HostKey, "rsa-sha2-256", false},
		{"paramiko 2.9", HostKey, "rsa-sha2-256", true},
		{"JSch 0.1.55", HostKey, "ssh-ed25519", false},
		{"JSch 0.1.55", Kex, "curve25519-sha256", false},
	} {
		if got := slices.Contains(release(t, c.release).Offers[c.part], c.name); got != c.want {
			t.Errorf("%s offers %s: %v", c.release, c.name, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"what is this", "  kex a-b", "client", "client X", "let a", "client X 1\n  kex", "client X 1\n  kex a-b,,c-d",
		"client X 1\n  tea a-b", "client X 1\n  rsa many", "client X 1\n  rsa -1", "client X 1\n  odd-kex a-b",
		"client X 1\n  mac-always perhaps",
	} {
		if _, err := parse(text); err == nil || !strings.Contains(err.Error(), "cannot read line") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseInherits(t *testing.T) {
	clients, err := parse("let two a-1,b-1\nclient X 1 2\n  kex two,c-1\n  mac m-1\nclient X 3\n  kex -\nclient Y_z 1\n")
	if err != nil || len(clients) != 4 {
		t.Fatalf("%v %v", clients, err)
	}
	if got := strings.Join(clients[1].Offers[Kex], " "); got != "a-1 b-1 c-1" {
		t.Errorf("X 2: %s", got)
	}
	if len(clients[2].Offers[Kex]) != 0 || clients[2].Offers[Kex] == nil || clients[2].Offers[MAC][0] != "m-1" {
		t.Errorf("X 3: %v", clients[2].Offers)
	}
	if clients[3].String() != "Y z 1" || clients[3].Offers[Kex] != nil {
		t.Errorf("another name inherits nothing: %v", clients[3])
	}
}

func FuzzParse(f *testing.F) {
	f.Add(known)
	f.Add("let a b\nclient X 1\n  kex a,-\n")
	f.Fuzz(func(t *testing.T, text string) {
		releases, err := parse(text)
		if err != nil && releases != nil {
			t.Error("an error and a result")
		}
	})
}
