package hostkeys

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestParsePublic(t *testing.T) {
	line := strings.TrimSpace(string(seed(t, "ed25519.pub")))
	word := strings.Fields(line)[1]
	good := map[string]string{
		"as ssh-keygen writes it": line + "\n",
		"without a comment":       "ssh-ed25519 " + word,
		"behind a comment":        "# made today\n\n" + line,
		"CRLF":                    line + "\r\n",
		"an unknown type":         "ssh-new " + base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x07ssh-newkey")),
	}
	for name, text := range good {
		if _, err := parsePublic([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	bad := map[string]string{
		"nothing":                      "",
		"only comments":                "# ssh-ed25519\n",
		"one word":                     "ssh-ed25519\n",
		"not base64":                   "ssh-ed25519 !!!!\n",
		"cut":                          line[:40],
		"of another type than it says": "ssh-rsa " + word,
		"no key behind the type":       "ssh-new " + base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00\x07ssh-new")),
		"options before it":            "no-pty " + line,
	}
	for name, text := range bad {
		_, err := parsePublic([]byte(text))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
		if name != "nothing" && name != "only comments" && !strings.Contains(err.Error(), first[:min(10, len(first))]) {
			t.Errorf("%s: %q does not quote the line", name, err)
		}
	}
}

func FuzzParsePublic(f *testing.F) {
	f.Add(seed(f, "ed25519.pub"))
	f.Add([]byte("# comment\r\n\r\nssh-rsa AAAAB3NzaC1yc2E= root@box"))
	f.Fuzz(func(t *testing.T, text []byte) {
		blob, err := parsePublic(text)
		if err != nil {
			return
		}
		name := identify(blob).Type
		again, err := parsePublic([]byte(name + " " + base64.StdEncoding.EncodeToString(blob) + " c\n"))
		if err != nil || !bytes.Equal(again, blob) {
			t.Fatalf("%q does not come back as it was: %v", blob, err)
		}
	})
}

const fstab = `# /etc/fstab: static file system information.
UUID=1b2c / ext4 errors=remount-ro 0 1
UUID=9f8e	/boot/efi	vfat	umask=0077	0	1
/swapfile none swap sw 0 0
/dev/sdb1 /srv/my\040keys/ ext4 noauto 0 2
`

func TestParseFstab(t *testing.T) {
	got, err := parseFstab(strings.NewReader(fstab + "tmpfs\n/dev/x /bad\\04 ext4\n"))
	if want := []string{"/", "/boot/efi", "/srv/my keys"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, quoted := range []string{`"tmpfs"`, `"/bad\\04"`} {
		if err == nil || !strings.Contains(err.Error(), quoted) {
			t.Errorf("the error %v does not quote %s", err, quoted)
		}
	}
}

const mountinfo = `22 28 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,discard
30 28 254:2 /keys /srv/my\040keys rw,relatime shared:9 - ext4 /dev/vdb rw
`

func TestParseMountinfo(t *testing.T) {
	got, err := parseMountinfo(strings.NewReader(mountinfo))
	if err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(maps.Keys(got)); !slices.Equal(names, []string{"/", "/srv/my keys", "/sys"}) {
		t.Errorf("%q", names)
	}
	if _, err := parseMountinfo(strings.NewReader("22 28 0:21 /\n")); err == nil || !strings.Contains(err.Error(), "0:21") {
		t.Errorf("a short line: %v", err)
	}
}

func FuzzTables(f *testing.F) {
	f.Add(fstab)
	f.Add(mountinfo)
	f.Fuzz(func(t *testing.T, text string) {
		points, _ := parseFstab(strings.NewReader(text))
		for _, p := range points {
			if !strings.HasPrefix(p, "/") {
				t.Fatalf("the mount point %q is not absolute", p)
			}
		}
		if mounted, err := parseMountinfo(strings.NewReader(text)); err == nil && strings.Count(strings.TrimSpace(text), "\n") > 0 && len(mounted) == 0 {
			t.Fatal("no mount points and no error")
		}
	})
}

func TestParseGroup(t *testing.T) {
	text := "root:x:0:\nssh_keysmith:x:7:\nssh_keys:x:998:\n"
	if got := parseGroup(strings.NewReader(text), "ssh_keys"); got != 998 {
		t.Errorf("ssh_keys is %d", got)
	}
	for _, text := range []string{"", "ssh_keys\n", "ssh_keys:x:many:\n"} {
		if got := parseGroup(strings.NewReader(text), "ssh_keys"); got != -1 {
			t.Errorf("%q: %d, want -1", text, got)
		}
	}
}
