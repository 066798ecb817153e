package rescue

import (
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// FuzzCopyLine: a copy has as many lines as its original, so that sshd's
// complaints name the same line, and none of them says where to listen.
func FuzzCopyLine(f *testing.F) {
	for _, seed := range []string{
		"Include /etc/ssh/sshd_config.d/*.conf", "Port 22", "listenaddress=0.0.0.0", "ListenAddress\t[::]:22 rdomain x",
		"Match User bob", "  ForceCommand internal-sftp", "AuthenticationMethods any", "Include", "Include = a b",
		"Include \"x y\"", "Subsystem\tsftp\t/usr/lib/openssh/sftp-server", "#Port 22", "", "=", "Include [", "HostKey",
	} {
		f.Add(seed)
	}
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\n\x00") {
			return
		}
		c := copier{files: host.NewFiles(root)}
		got := c.line(line)
		if strings.Contains(got, "\n") {
			t.Errorf("%q became more than one line: %q", line, got)
		}
		key, _, _ := strings.Cut(strings.TrimSpace(strings.ToLower(strings.NewReplacer("=", " ", "\t", " ").Replace(got))), " ")
		if key == "listenaddress" || key == "port" || key == "hostkey" {
			t.Errorf("%q stays as %q", line, got)
		}
	})
}
