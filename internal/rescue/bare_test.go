package rescue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

// A main file without any configuration is one thing, one that says who may log
// in among other octets is another.
func TestNothingToRead(t *testing.T) {
	for _, c := range []struct {
		title, text string
		want        bool
	}{
		{"zeros", strings.Repeat("\x00", 4096), true},
		{"another file's blocks", "\x7fELF\x00\x00\x01\nxyz abc\n\x00", true},
		{"text", "PermitRootLogin no\nFoo bar\n", false},
		{"empty", "", false},
		{"text and zeros", "Port 22\nPermitRootLogin no\n\x00\x00\x00Foo bar\n", false},
		{"a line behind zeros", "\x00\x00AllowUsers anna\n", false},
		{"UTF-16", "\xff\xfeP\x00o\x00r\x00t\x00 \x002\x002\x00\n\x00A\x00l\x00l\x00o\x00w\x00U\x00s\x00e\x00r\x00s\x00 \x00a\x00\n\x00", false},
		{"what a rescue has in any case", "\x00\x00PasswordAuthentication no\n", true},
	} {
		main := filepath.Join(t.TempDir(), "sshd_config")
		if err := os.WriteFile(main, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := nothingToRead(&host.Host{Files: host.NewFiles("/")}, main); got != c.want {
			t.Errorf("%s: %v", c.title, got)
		}
	}
	if !nothingToRead(&host.Host{Files: host.NewFiles("/")}, filepath.Join(t.TempDir(), "sshd_config")) {
		t.Error("a file that is not there can be read")
	}
}

func TestRemains(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"PasswordAuthentication yes\n# PermitRootLogin no\nX11Forwarding yes\n", ""},
		{"\nPermitRootLogin no\n", "line 2 of DIR/a.conf: PermitRootLogin no"},
		{"match user anna\n  ForceCommand x\n", "line 1 of DIR/a.conf: match user anna"},
		{"AllowUserz anna\n", "line 1 of DIR/a.conf: AllowUserz anna"},
		{"UsePAM=no\n", "line 1 of DIR/a.conf: UsePAM=no"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.conf"), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := remains(&host.Host{Files: host.NewFiles("/")}, dir+"/*.conf")
		if strings.ReplaceAll(got, dir, "DIR") != c.want {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}

// The command is fit to be typed, and what the lost file included counts again.
func TestTheCommandThatPutsAMainFileBack(t *testing.T) {
	stock := map[string]string{stockFile: "Include /etc/ssh/sshd_config.d/*.conf\n"}
	for _, c := range []struct {
		main  string
		files map[string]string
		want  string
	}{
		{"/etc/ssh/sshd_config", stock, "cp " + stockFile + " /etc/ssh/sshd_config"},
		{"/etc/ssh/sshd_config", nil, "echo 'Include /etc/ssh/sshd_config.d/*.conf' >/etc/ssh/sshd_config"},
		{"/srv/a;b/conf", stock, "echo 'Include /srv/a;b/sshd_config.d/*.conf /etc/ssh/sshd_config.d/*.conf' >'/srv/a;b/conf'"},
	} {
		if got := restore(&host.Host{Files: hosttest.Tree(t, 0o600, c.files)}, c.main); got != c.want {
			t.Errorf("%s: %s", c.main, got)
		}
	}
}

// What stands on sshd's command line counts without a main file too.
func TestAnOptionThatSaysWhoGetsIn(t *testing.T) {
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{"LogLevel=VERBOSE", "PasswordAuthentication=yes"}, ""},
		{[]string{"LogLevel=VERBOSE", "PermitRootLogin=no"}, "its unit, -o PermitRootLogin=no"},
		{[]string{"AllowUsers anna"}, "its unit, -o AllowUsers anna"},
	} {
		if got := option(c.lines); got != c.want {
			t.Errorf("%q: %q", c.lines, got)
		}
	}
}
