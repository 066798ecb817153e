package identity

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestCollectNames(t *testing.T) {
	for box, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"Debian's installer": {map[string]string{
			"/proc/sys/kernel/hostname": "box\n", "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1\tbox.example.org box\n",
		}, "box.example.org box"},
		"no domain":       {map[string]string{"/proc/sys/kernel/hostname": "box\n", "/etc/hosts": "127.0.1.1 box\n"}, "box"},
		"no /etc/hosts":   {map[string]string{"/proc/sys/kernel/hostname": "box\n"}, "box"},
		"whole at once":   {map[string]string{"/proc/sys/kernel/hostname": "box.example.org\n"}, "box.example.org"},
		"another tree":    {map[string]string{"/etc/hostname": "disk\n"}, "disk"},
		"nothing":         {nil, ""},
		"not set":         {map[string]string{"/proc/sys/kernel/hostname": "(none)\n"}, ""},
		"localhost":       {map[string]string{"/proc/sys/kernel/hostname": "localhost\n"}, ""},
		"not a name":      {map[string]string{"/proc/sys/kernel/hostname": "-oProxyCommand=x\n"}, ""},
		"a shell's words": {map[string]string{"/proc/sys/kernel/hostname": "a;b\n"}, ""},
		"names of others": {map[string]string{
			"/proc/sys/kernel/hostname": "box\n", "/etc/hosts": "10.0.0.1 db.example.org db\n# 10.0.0.2 box.old.org box\n",
		}, "box"},
		"localhost comes first": {map[string]string{
			"/proc/sys/kernel/hostname": "box\n", "/etc/hosts": "127.0.0.1 localhost.localdomain localhost box box.example.org\n",
		}, "box.example.org box"},
	} {
		got := collectNames(t.Context(), tree(t, c.files)).All()
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", box, got, c.want)
		}
	}
}

// What can be asked of another machine and what cannot.
func TestReachable(t *testing.T) {
	for addr, want := range map[string]bool{
		"192.0.2.1": true, "10.1.2.3": true, "2001:db8::1": true, "fd00::1": true,
		"127.0.0.1": false, "127.0.1.1": false, "::1": false, "169.254.1.1": false, "fe80::1": false, "0.0.0.0": false, "ff02::1": false,
	} {
		if got := reachable(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

func TestWhatClientsType(t *testing.T) {
	n := Names{Host: "box", Full: "box.example.org", Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}}
	want := []string{
		"ssh-keygen -R box.example.org", "ssh-keygen -R box", "ssh-keygen -R 192.0.2.1", "ssh-keygen -R 2001:db8::1",
		`ssh-keygen -R "[box.example.org]:2222"`, `ssh-keygen -R "[box]:2222"`, `ssh-keygen -R "[192.0.2.1]:2222"`, `ssh-keygen -R "[2001:db8::1]:2222"`,
	}
	if got := n.Forget([]int{22, 2222}); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	n = Names{Host: "box"}
	if got := n.Registry([]string{"ssh-ed25519", "ssh-rsa"}, []int{22, 2222}); !slices.Equal(got, []string{
		"ssh-ed25519@22:box", "rsa2@22:box", "ssh-ed25519@2222:box", "rsa2@2222:box",
	}) {
		t.Errorf("got %q", got)
	}
	if n = (Names{}); n.Forget([]int{22}) != nil || n.Best() != "HOST" {
		t.Errorf("a machine without a name: %q", n.Forget([]int{22}))
	}
}

func FuzzFullName(f *testing.F) {
	f.Add("127.0.1.1 box.example.org box\n", "box")
	f.Add("127.0.1.1\tbox.\x1b[2J box # x\n", "box")
	f.Fuzz(func(t *testing.T, hosts, name string) {
		if !usable(name) {
			return
		}
		if full := fullName(hosts, name); full != "" && (!usable(full) || !strings.HasPrefix(full, name+".")) {
			t.Errorf("%q", full)
		}
	})
}
