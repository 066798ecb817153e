package bundle

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestFilesThatAreNeverRead(t *testing.T) {
	root := t.TempDir()
	put := func(path, text string) {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := &host.Host{Files: host.NewFiles(root)}
	for path, c := range map[string]struct{ text, missing string }{
		"/etc/ssh/sshd_config":          {"Port 22\n", ""},
		"/etc/ssh/ssh_host_rsa_key":     {"x", "not read"},
		"/etc/ssh/ssh_host_rsa_key.pub": {"x", "not read"},
		"/etc/shadow":                   {"x", "not read"},
		"/etc/shadow-":                  {"x", "not read"},
		"/root/.ssh/authorized_keys":    {"x", "not read"},
		"/root/.ssh/config":             {"x", "not read"},
		"/etc/site/tls.key":             {"x", "not read"},
		"/etc/site/wrong-name":          {"a\n-----BEGIN RSA PRIVATE KEY-----\n", "a private key"},
		"/etc/site/large":               {strings.Repeat("x", readLimit+1), "larger than"},
	} {
		put(path, c.text)
		e := file(h, path, SshdConfig)
		if (c.missing == "") != (e.Missing == "") || !strings.Contains(e.Missing, c.missing) || c.missing != "" && len(e.Data) > 0 {
			t.Errorf("%s: %q, %d bytes", path, e.Missing, len(e.Data))
		}
	}
	if err := os.Symlink("../shadow", filepath.Join(root, "/etc/ssh/link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "/etc/ssh/fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, missing := range map[string]string{
		"/etc/ssh/link": "leads to a file", "/etc/ssh/fifo": "not a regular file", "/etc/ssh": "not a regular file", "/etc/none": "no such file",
	} {
		if e := file(h, path, Text); !strings.Contains(e.Missing, missing) {
			t.Errorf("%s: %q", path, e.Missing)
		}
	}
}

// A step that never comes back is left behind, and said to be missing.
func TestAStepThatHangs(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	s := step{"x.txt", "somewhere", time.Millisecond, func(context.Context, *host.Host) []Entry {
		<-never
		return nil
	}}
	got := s.run(t.Context(), nil)
	if len(got) != 1 || got[0].Name != "x.txt" || got[0].Missing != "no answer within 1ms" {
		t.Errorf("%+v", got)
	}
}

func TestOrderOfTime(t *testing.T) {
	got := turned("2026-11-22T3 c\n    more of c\n2026-11-22T2 b\n2026-11-22T1 a")
	if got != "2026-11-22T1 a\n2026-11-22T2 b\n2026-11-22T3 c\n    more of c\n" {
		t.Errorf("%q", got)
	}
}

// What may hold anything is not among the properties.
func TestProperties(t *testing.T) {
	got := shown(map[string]any{
		"Environment": []string{"A=hunter2"}, "SetCredential": []any{"x", "hunter2"}, "PassEnvironment": []string{"A"},
		"Id": "ssh.service", "InvocationID": []byte{1, 0xab}, "MainPID": uint32(7), "TasksMax": ^uint64(0),
		"ActiveEnterTimestamp": uint64(1_500_000_000_000_000), "ExecStart": [][]any{{"/x", []string{"/x", "a\nb"}}},
		"IPAddressAllow": [][]any{{int32(2), []byte{198, 51, 100, 0}, uint32(24)}, {int32(10), []byte{0: 0x20, 1: 1, 15: 7}, uint32(128)}, {int32(2), []byte{1}}},
	})
	want := "ActiveEnterTimestamp=2017-07-14T02:40:00Z\nExecStart=[/x [/x [removed]]]\n" +
		"IPAddressAllow=[198.51.100.0/24]\nIPAddressAllow=[2001::7/128]\nIPAddressAllow=[[removed]]\nId=ssh.service\nInvocationID=01ab\nMainPID=7\nTasksMax=none\n"
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
