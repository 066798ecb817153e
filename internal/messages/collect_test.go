package messages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// ssh-keygen -l and ssh-keygen -E md5 -l said these of the key.
func TestPublics(t *testing.T) {
	root := t.TempDir()
	for name, data := range map[string]string{
		"a.pub": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINFbno/dyVfhoXAolPidr75Z925SQHL2/NdpmmEeLzUZ root@srv\n",
		"b.pub": "no key\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := Publics(host.NewFiles(root), []string{"/a", "/b", "/absent"})
	want := Key{
		Type: "ssh-ed25519", Path: "/a",
		SHA256: "WgvF0cBdsa0nWIauQuUKUH+0Ixy5U5zJ48orf1iZ/UE", MD5: "c7:70:bf:5f:25:4c:4f:a9:73:c8:4e:d6:dd:10:8e:b2",
	}
	if len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
