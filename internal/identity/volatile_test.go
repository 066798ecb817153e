package identity

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Tables of mounts: a live system of Debian, Ubuntu's overlayroot, a box, a
// container whose storage is in memory, Raspberry Pi OS with its overlay on.
const (
	live = `21 1 0:20 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/run/live/rootfs/filesystem.squashfs/,upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work
22 21 0:5 / /run rw,nosuid shared:2 - tmpfs tmpfs rw,size=1000k
23 22 0:21 / /run/live/overlay rw,noatime - tmpfs tmpfs rw,mode=755
`
	overlayroot = `26 1 0:24 / / rw,relatime - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay,workdir=/media/root-rw/overlay-workdir/_
27 26 0:23 / /media/root-rw rw,relatime - tmpfs tmpfs-root rw
28 26 8:1 / /media/root-ro ro,relatime - ext4 /dev/sda1 ro
`
	onDisk = `26 1 0:24 / / rw,relatime - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay
27 26 8:2 / /media/root-rw rw,relatime - ext4 /dev/sda2 rw
`
	box = `1025 900 0:93 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/var/boxes/base,upperdir=/var/boxes/x/up,workdir=/var/boxes/x/wk
1026 1025 0:96 / /run rw,nosuid - tmpfs tmpfs rw
`
	inMemory = `1025 900 0:93 / / rw,relatime - overlay overlay rw,lowerdir=/run/user/0/l,upperdir=/run/containers/storage/overlay/x/diff
1026 1025 0:96 / /run rw,nosuid - tmpfs tmpfs rw
`
	raspberry = `26 1 0:24 / / rw,relatime - overlay overlayroot rw,lowerdir=/overlay/lower,upperdir=/overlay/upper
27 26 0:23 / /tmp rw - tmpfs tmpfs rw
`
)

func TestOverlayInMemory(t *testing.T) {
	const file = "/etc/ssh/ssh_host_rsa_key"
	for _, c := range []struct{ name, table, file, want string }{
		{"Debian live", live, file, "an overlay that keeps its changes in /run/live/overlay, a tmpfs"},
		{"overlayroot", overlayroot, file, "an overlay that keeps its changes in /media/root-rw, a tmpfs"},
		{"overlayroot on a disk", onDisk, file, ""},
		{"a file in another mount", overlayroot, "/media/root-ro/key", ""},
		{"a box", box, file, ""},
		{"a container", inMemory, file, ""},
		{"its upper directory cannot be seen", raspberry, file, ""},
		{"no table", "", file, ""},
	} {
		if got := overlayInMemory(c.table, c.file); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestKept(t *testing.T) {
	h := tree(t, map[string]string{"/etc/ssh/plain": "", "/run/secrets/key": ""})
	link := func(to, name string) {
		if err := os.Symlink(to, h.Files.Real(name)); err != nil {
			t.Fatal(err)
		}
	}
	link("/run/secrets/key", "/etc/ssh/sops")
	link("..data/key", "/etc/ssh/kubernetes")
	link("loop", "/etc/ssh/loop")
	link("../ssh/sops", "/etc/ssh/twice")
	for name, want := range map[string]bool{
		"/etc/ssh/plain": false, "/etc/ssh/sops": true, "/etc/ssh/twice": true, "/etc/ssh/kubernetes": true,
		"/etc/ssh/loop": false, "/run/agenix/x": true, "/run/agenix.d/1/x": true, "/run/secretsx": false,
	} {
		if got := kept(h, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// On the machine of the test: /dev/shm is a tmpfs nearly everywhere.
func TestVolatile(t *testing.T) {
	h := &host.Host{Files: host.NewFiles("/"), Now: time.Now}
	if fs, err := h.Files.FileSystem("/dev/shm"); err != nil || !fs.InMemory() {
		t.Skip("/dev/shm is no tmpfs here")
	}
	dir, err := os.MkdirTemp("/dev/shm", "volatile-test") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.MkdirAll(dir+"/..data", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/key", "/..data/secret"} {
		if err := os.WriteFile(dir+name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("..data/secret", dir+"/secret"); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, c := range []struct {
		name string
		made time.Time
		want string
	}{
		{"/key", now, "a tmpfs"},
		{"/key", now.AddDate(-30, 0, 0), ""}, // from before the boot: it was put back
		{"/secret", now, ""},
	} {
		if got := volatile(h, Key{Path: dir + c.name, Made: c.made}, now); got != c.want {
			t.Errorf("%s made %s: %q", c.name, c.made, got)
		}
	}
	if got := volatile(h, Key{Path: "/proc/version", Made: now}, now); got != "" {
		t.Errorf("/proc: %q", got)
	}
}

func TestUptime(t *testing.T) {
	if up, ok := uptime(tree(t, map[string]string{"/proc/uptime": "3601.25 7000.00\n"})); !ok || up.Seconds() != 3601.25 {
		t.Errorf("%v %v", up, ok)
	}
	if _, ok := uptime(tree(t, map[string]string{"/proc/uptime": "soon"})); ok {
		t.Error("a word was taken for a time")
	}
}

func FuzzParseMounts(f *testing.F) {
	for _, table := range []string{live, overlayroot, box, raspberry, `1 1 0:1 / /a\040b rw - overlay o upperdir=/x\134y`} {
		f.Add(table)
	}
	f.Fuzz(func(t *testing.T, table string) {
		for _, m := range parseMounts(table) {
			if m.kind == "" || len(m.point) > len(table) || len(m.upper) > len(table) {
				t.Errorf("%+v", m)
			}
		}
		overlayInMemory(table, "/etc/ssh/key")
	})
}

func TestMountsAreUnescaped(t *testing.T) {
	if m := parseMounts(`1 1 0:1 / /a\040b rw - overlay o rw,upperdir=/x\054y`); len(m) != 1 || m[0].point != "/a b" || !strings.HasPrefix(m[0].upper, "/x") {
		t.Errorf("%+v", m)
	}
}
