package view

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

func TestWhatIsOver(t *testing.T) {
	reads := []string{"/etc/ssh", "/usr/sbin/sshd", "/data/keys"}
	bind := func(from, to string) map[string]any {
		return map[string]any{"BindPaths": [][]any{{from, to, false, uint64(16384)}}}
	}
	for _, tt := range []struct {
		name  string
		props map[string]any
		want  []string
	}{
		{"nothing", map[string]any{}, nil},
		{"a directory over it", bind("/srv/ssh", "/etc/ssh"), []string{"BindPaths=/srv/ssh:/etc/ssh"}},
		{"one above it", bind("/srv/etc", "/etc/"), []string{"BindPaths=/srv/etc:/etc/"}},
		{"a file in it", bind("/srv/key", "/etc/ssh/ssh_host_rsa_key"), []string{"BindPaths=/srv/key:/etc/ssh/ssh_host_rsa_key"}},
		{"a name that only begins so", bind("/srv/ssh", "/etc/ssh2"), nil},
		{"itself", bind("/etc/ssh", "/etc/ssh"), nil},
		{"elsewhere", bind("/srv/www", "/var/www"), nil},
		{"read-only, over keys elsewhere", map[string]any{
			"BindReadOnlyPaths": [][]any{{"/a", "/data", false, uint64(0)}},
		}, []string{"BindReadOnlyPaths=/a:/data"}},
		{"another root", map[string]any{"RootDirectory": "/srv/root"}, []string{"RootDirectory=/srv/root"}},
		{"the same root", map[string]any{"RootDirectory": "/"}, nil},
		{"an image", map[string]any{"RootImage": "/srv/root.img"}, []string{"RootImage=/srv/root.img"}},
		{"an image over it", map[string]any{"MountImages": [][]any{{"/a.img", "/etc/ssh", false, [][]any{}}}},
			[]string{"MountImages=/a.img:/etc/ssh"}},
		{"emptiness over it", map[string]any{"TemporaryFileSystem": [][]any{{"/var", "ro"}, {"/etc", ""}}},
			[]string{"TemporaryFileSystem=/etc"}},
		{"shut off", map[string]any{"InaccessiblePaths": []string{"-/etc/ssh", "/home"}}, []string{"InaccessiblePaths=/etc/ssh"}},
		{"other types than they should be", map[string]any{
			"BindPaths": "x", "TemporaryFileSystem": [][]any{{}, {1}}, "MountImages": [][]any{{"a"}}, "RootDirectory": 1,
		}, nil},
	} {
		var got []string
		for _, s := range decode(tt.props) {
			if over(s.over, reads) {
				got = append(got, Setting{Key: s.key, Value: s.value}.String())
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWhichFileNamesIt(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D\nProtectSystem=strict\n",
		"a.conf":      "[Service]\n# RootDirectory=/x\n BindPaths = /srv/ssh:/etc/ssh\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h := &host.Host{Files: host.NewFiles(root)}
	got := named(h, []string{"/ssh.service", "/a.conf", "/gone.conf"})
	if len(got) != 1 || got["BindPaths"] != "/a.conf" {
		t.Errorf("named by %v", got)
	}
}

func TestWhatIsSaid(t *testing.T) {
	own := Facts{Unit: "ssh.service", MainPID: 7, Settings: []Setting{{"BindPaths", "/srv/ssh:/etc/ssh", "/etc/d.conf"}}}
	seen := own
	seen.Seen = true
	for _, tt := range []struct {
		name string
		f    Facts
		want int
	}{{"no view of its own", Facts{Unit: "ssh.service"}, 0}, {"looked through", seen, 0}, {"hidden", own, 1}} {
		found := Judge(tt.f)
		if len(found) != tt.want {
			t.Fatalf("%s: %+v", tt.name, found)
		}
		if tt.want == 1 && (found[0].Status != diag.CouldNotTell || found[0].Evidence[0].Source != "/etc/d.conf") {
			t.Errorf("%s: %+v", tt.name, found[0])
		}
	}
	stages := []diag.Stage{diag.Config, diag.HostKeys, diag.Service}
	for _, f := range []Facts{{}, seen} {
		var found []diag.Finding
		for _, s := range stages {
			found = append(found, diag.Finding{Stage: s, Remedy: &diag.Remedy{Steps: []diag.Step{nil}}})
		}
		Withhold(f, found)
		for i, s := range stages {
			withheld := found[i].Remedy.Consent == diag.Manual && len(found[i].Remedy.Steps) == 0
			if want := f.Own() && s != diag.Service; withheld != want {
				t.Errorf("own view %v, stage %v: withheld %v", f.Own(), s, withheld)
			}
		}
	}
}
