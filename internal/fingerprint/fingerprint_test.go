package fingerprint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The files in testdata are keys and what ssh-keygen 9.2 prints for them, with
// -l -v, with -l -E md5 and with -r; the same is compared with the ssh-keygen of
// each suite in boxes.
func TestAsSshKeygenPrintsThem(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pub")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d keys found, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			k, name := readPub(t, file)
			want, err := os.ReadFile(strings.TrimSuffix(file, ".pub") + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%d %s %s (%s)\n%s", k.Bits, k.SHA256(), name, k.Label(), k.Randomart()) +
				fmt.Sprintf("%d %s %s (%s)\n", k.Bits, k.MD5(), name, k.Label()) +
				strings.Join(k.SSHFP(name), "\n") + "\n"
			if got != string(want) {
				t.Errorf("ssh-keygen prints\n%sand this program\n%s", want, got)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if line := k.KnownHosts([]string{name}); line+" "+name+"\n" != name+" "+string(text) {
				t.Errorf("known_hosts: %q", line)
			}
		})
	}
}

func readPub(t *testing.T, file string) (Key, string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(text))
	k, ok := Read(fields[1])
	if !ok || k.Type != fields[0] {
		t.Fatalf("read as %+v", k)
	}
	return k, fields[2]
}

// PuTTY counts 255 bits of an Ed25519 key.
func TestPuTTY(t *testing.T) {
	for file, want := range map[string]string{
		"ed25519-256": "ssh-ed25519 255", "rsa-3072": "ssh-rsa 3072", "ecdsa-521": "ecdsa-sha2-nistp521 521",
	} {
		if k, _ := readPub(t, "testdata/"+file+".pub"); k.PuTTY() != want {
			t.Errorf("%s: %s, want %s", file, k.PuTTY(), want)
		}
	}
	for want, got := range map[string]string{
		"rsa2@22:box":                       Registry("ssh-rsa", "box", 22),
		"ssh-ed25519@2222:10.1.2.3":         Registry("ssh-ed25519", "10.1.2.3", 2222),
		"ecdsa-sha2-nistp256@22:2001:db8::": Registry("ecdsa-sha2-nistp256", "2001:db8::", 22),
		"dss@22:box":                        Registry("ssh-dss", "box", 22),
		"[box]:2222":                        Bracketed("box", 2222),
		"box":                               Bracketed("box", 22),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A type that only a newer OpenSSH knows has no size and no SSHFP number, and
// everything else all the same.
func TestAnUnknownType(t *testing.T) {
	wire := []byte("\x00\x00\x00\x13ssh-mldsa44-ed25519\x00\x00\x00\x02hi")
	k, ok := Of(wire)
	if !ok || k.Type != "ssh-mldsa44-ed25519" || k.Bits != 0 || k.SSHFP("h") != nil || k.Label() != "MLDSA44-ED25519" {
		t.Errorf("%+v", k)
	}
	for _, line := range strings.Split(strings.TrimSpace(k.Randomart()), "\n") {
		if len(line) != 19 {
			t.Errorf("a picture with the line %q", line)
		}
	}
	for _, no := range []string{"", "\x00\x00\x00\x00", "\xff\xff\xff\xff", "\x00\x00\x00\x02a", "\x00\x00\x00\x02a\n--"} {
		if k, ok := Of([]byte(no)); ok {
			t.Errorf("%q is read as %+v", no, k)
		}
	}
}

func FuzzOf(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.pub")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.Fields(string(text))[1])
	}
	if len(files) == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, public string) {
		k, ok := Read(public)
		if !ok {
			return
		}
		if again, ok := Read(k.Public); !ok || again != k {
			t.Errorf("%+v reads back as %+v", k, again)
		}
		for _, c := range k.Randomart() + k.PuTTY() + k.SHA256() + k.MD5() {
			if c != '\n' && (c < ' ' || c > '~') {
				t.Fatalf("%+v shows %q", k, c)
			}
		}
	})
}
