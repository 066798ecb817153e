package sshdconf

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestStuckAt(t *testing.T) {
	for _, tt := range []struct{ name, config, fifo string }{
		{"the file itself", "", "/etc/ssh/sshd_config"},
		{"a drop-in", "Include /etc/ssh/sshd_config.d/*.conf\n", "/etc/ssh/sshd_config.d/a.conf"},
		{"an included file", "Include more/*\n", "/etc/ssh/more/x"},
		{"a key", "HostKey /srv/key\n", "/srv/key"},
		{"a usual key", "", "/etc/ssh/ssh_host_rsa_key"},
		{"nothing", "Port 22\n", ""},
		{"a FIFO that sshd does not read", "Port 22\n", "/etc/ssh/other"},
	} {
		root := t.TempDir()
		for _, dir := range []string{"/etc/ssh/sshd_config.d", "/etc/ssh/more", "/srv"} {
			if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if tt.fifo != "/etc/ssh/sshd_config" {
			if err := os.WriteFile(filepath.Join(root, "/etc/ssh/sshd_config"), []byte(tt.config), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if tt.fifo != "" {
			if err := unix.Mkfifo(filepath.Join(root, tt.fifo), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := tt.fifo
		if tt.name == "a FIFO that sshd does not read" {
			want = ""
		}
		f := Facts{MainFile: "/etc/ssh/sshd_config"}
		f.stuckAt(&host.Host{Files: host.NewFiles(root)})
		if f.Stuck != want || (len(f.Problems) > 0) != (want != "") {
			t.Errorf("%s: stuck at %q, want %q", tt.name, f.Stuck, want)
		}
	}
}
