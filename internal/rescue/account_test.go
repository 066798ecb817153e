package rescue

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Whom sshd turns away, so that no command is shown which cannot work. The
// settings are in the words of "sshd -T".
func TestEntry(t *testing.T) {
	const keysOnly = "passwordauthentication no\npubkeyauthentication yes\npermitrootlogin without-password\nusepam yes\n"
	for _, c := range []struct {
		login Login
		said  string
		want  string
		from  string
	}{
		{Login{Name: "root"}, "", "", ""},
		{Login{Name: "root"}, "permitrootlogin no", "PermitRootLogin no", ""},
		{Login{Name: "root"}, "permitrootlogin forced-commands-only", "PermitRootLogin forced-commands-only", ""},
		{Login{Name: "root"}, "pubkeyauthentication no\npasswordauthentication yes", "PubkeyAuthentication no, and PermitRootLogin without-password", ""},
		{Login{Name: "root"}, "pubkeyauthentication no\npasswordauthentication yes\npermitrootlogin yes", "", ""},
		{Login{Name: "alice"}, "permitrootlogin no", "", ""},
		{Login{Name: "alice"}, "pubkeyauthentication no", "neither keys nor passwords are taken", ""},
		{Login{Name: "alice"}, "refuseconnection yes", "RefuseConnection yes", ""},
		{Login{Name: "alice"}, "denyusers *", "DenyUsers *", ""},
		{Login{Name: "alice"}, "denyusers bob\ndenyusers a?ice", "DenyUsers a?ice", ""},
		{Login{Name: "alice"}, "denyusers al*@*", "DenyUsers al*@*", ""},
		{Login{Name: "alice"}, "denyusers alice@10.*", "", ""},
		{Login{Name: "alice"}, "allowusers bob", "AllowUsers bob", ""},
		{Login{Name: "alice"}, "allowusers b*", "AllowUsers b*", ""},
		{Login{Name: "root"}, "allowusers bob@*\nallowusers carol@10.0.0.1", "AllowUsers bob@* carol@10.0.0.1", ""},
		{Login{Name: "alice"}, "allowusers *ic*", "", ""},
		{Login{Name: "alice"}, "allowusers alice@10.0.0.0/8\nallowusers al*@192.168.*", "", "10.0.0.0/8 192.168.*"},
		{Login{Name: "alice"}, "allowusers alice@10.0.0.0/8\nallowusers al*", "", ""},
		{Login{Name: "alice", Groups: []string{"alice", "dev"}}, "allowgroups sshusers", "AllowGroups sshusers", ""},
		{Login{Name: "alice", Groups: []string{"alice", "sshusers"}}, "allowgroups wheel\nallowgroups ssh*", "", ""},
		{Login{Name: "alice", Groups: []string{"alice", "dev"}}, "denygroups d?v", "DenyGroups d?v", ""},
		{Login{Name: "alice"}, "allowgroups sshusers", "", ""},
		{Login{Name: "alice"}, "authenticationmethods any", "", ""},
		{Login{Name: "alice"}, "authenticationmethods password", "AuthenticationMethods password", ""},
		{Login{Name: "alice"}, "authenticationmethods publickey,password publickey", "", ""},
		{Login{Name: "alice", Expired: true}, "", "the account has expired (chage(1))", ""},
		{Login{Name: "alice", Locked: true}, "", "", ""},
		{Login{Name: "alice", Locked: true}, "usepam no", "the account is locked, and UsePAM is no", ""},
		{Login{Name: "alice", Shell: "/usr/sbin/nologin"}, "", "its shell is /usr/sbin/nologin", ""},
		{Login{Name: "alice", Shell: "/bin/fish", ShellGone: true}, "", "its shell, /bin/fish, is no program", ""},
		{Login{Name: "alice", Unsafe: "/home/alice"}, "", "others could change /home/alice, so sshd reads no keys there", ""},
		{Login{Name: "alice", Unsafe: "/home/alice", Keys: 1}, "", "", ""},
	} {
		got := map[string][]string{}
		for _, l := range strings.Split(keysOnly, "\n") {
			if key, value, ok := strings.Cut(l, " "); ok && !strings.Contains("\n"+c.said, "\n"+key+" ") {
				got[key] = []string{value}
			}
		}
		for _, l := range strings.Split(c.said, "\n") {
			key, value, _ := strings.Cut(l, " ")
			got[key] = append(got[key], value)
		}
		e := judgeEntry(c.login, got)
		if e.Barred != c.want || strings.Join(e.From, " ") != c.from {
			t.Errorf("%+v, %q: %+v", c.login, c.said, e)
		}
	}
}

func TestAccountThatHasExpired(t *testing.T) {
	const today = 20000
	now := time.Unix(today*24*60*60+100, 0)
	for _, c := range []struct {
		line            string
		expired, locked bool
	}{
		{"alice:*:19000:0:99999:7:::", false, false},
		{"alice:!:19000:0:99999:7::20001:", false, true},
		{"alice:$y$x:19000:0:99999:7::20000:", true, false},
		{"alicia:!:19000:0:99999:7::1:", false, false},
		{"alice:!", false, false},
	} {
		l := Login{Name: "alice"}
		l.shadow([]byte("root:*:1:0:99999:7::1:\n"+c.line+"\n"), now)
		if l.Expired != c.expired || l.Locked != c.locked {
			t.Errorf("%s: %+v", c.line, l)
		}
	}
}

// A key counts where sshd would read it.
func TestKeysThatSshdReads(t *testing.T) {
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKFakeKeyForTheTestOnlyaaaaaaaaaaaaaaaaaaaaa x\n"
	for _, c := range []struct {
		title      string
		home, file os.FileMode
		strict     bool
		keys       int
		unsafe     string
	}{
		{"a sound home", 0o755, 0o600, true, 1, ""},
		{"a home that the group may write to", 0o775, 0o600, true, 0, "/home/alice"},
		{"a file that others may write to", 0o755, 0o666, true, 0, "/home/alice/.ssh/authorized_keys"},
		{"nobody cares", 0o777, 0o666, false, 1, ""},
	} {
		root := t.TempDir()
		dir := filepath.Join(root, "home/alice/.ssh")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "authorized_keys"), []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
		for path, mode := range map[string]os.FileMode{filepath.Dir(dir): c.home, filepath.Join(dir, "authorized_keys"): c.file} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		l := Login{Name: "alice", uid: strconv.Itoa(os.Getuid()), home: "/home/alice"}
		l.countKeys(&host.Host{Files: host.NewFiles(root)}, []string{"none .ssh/authorized_keys /etc/keys/%u"}, c.strict)
		if l.Keys != c.keys || l.Unsafe != c.unsafe || !slices.Equal(l.KeyFiles, []string{"/home/alice/.ssh/authorized_keys", "/etc/keys/alice"}) {
			t.Errorf("%s: %+v", c.title, l)
		}
	}
}

func TestLikely(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"permitrootlogin without-password", "root"},
		{"permitrootlogin no", ""},
		{"permitrootlogin yes\nallowusers bob", "bob"},
		{"permitrootlogin yes\nallowusers b*\nallowusers carol@10.0.0.1\nallowusers dave", "dave"},
		{"permitrootlogin yes\nallowusers bob\nallowusers root", "root"},
		{"permitrootlogin yes\ndenyusers root", ""},
	} {
		if got := likely(conf(strings.Split(c.said, "\n")...)); got != c.want {
			t.Errorf("%q: %q, want %q", c.said, got, c.want)
		}
	}
}
