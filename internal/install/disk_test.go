package install

import (
	"strings"
	"testing"
)

func TestAddUser(t *testing.T) {
	for name, c := range map[string]struct {
		passwd, group, wantPasswd, wantGroup string
		fails                                bool
	}{
		"an ordinary one": {"root:x:0:0::/root:/bin/sh\na:x:999:999::/:/x\n", "root:x:0:\nb:x:998:\n",
			"root:x:0:0::/root:/bin/sh\na:x:999:999::/:/x\nsshd:x:997:997::/run/sshd:/usr/sbin/nologin\n", "root:x:0:\nb:x:998:\nsshd:x:997:\n", false},
		"no newline at the end, its group is there": {"root:x:0:0::/root:/bin/sh", "sshd:x:74:",
			"root:x:0:0::/root:/bin/sh\nsshd:x:999:74::/run/sshd:/usr/sbin/nologin\n", "sshd:x:74:", false},
		"there already": {"sshd:x:7:7::/:/x\n", "x:x:1:\n", "sshd:x:7:7::/:/x\n", "x:x:1:\n", false},
		"no room":       {full("u"), "x:x:1:\n", full("u"), "x:x:1:\n", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := box(t, map[string]string{"/etc/passwd": "-" + c.passwd, "/etc/group": "-" + c.group, "/etc/shadow": "-root:*:1::::::\n"})
			if _, err := (AddUser{Name: "sshd"}).Apply(t.Context(), h); (err != nil) != c.fails {
				t.Fatal(err)
			}
			for file, want := range map[string]string{"/etc/passwd": c.wantPasswd, "/etc/group": c.wantGroup} {
				if got, err := h.Files.Read(file, 1<<20); err != nil || string(got) != want {
					t.Errorf("%s: %q, %v; want %q", file, got, err, want)
				}
			}
			if st, err := h.Files.Stat("/etc/passwd"); err != nil || st.Perm() != 0o644 {
				t.Errorf("mode %v, %v", st.Perm(), err)
			}
			if _, err := (AddUser{Name: "sshd"}).Apply(t.Context(), h); (err != nil) != c.fails {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func full(name string) string {
	var out strings.Builder
	for n := 0; n < 1000; n++ {
		out.WriteString(name + ":x:" + itoa(n) + ":1::/:/x\n")
	}
	return out.String()
}

func itoa(n int) string {
	return string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
}
