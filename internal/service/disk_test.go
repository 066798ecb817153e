package service

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

const (
	libDir   = "/lib/systemd/system/"
	libUnit  = "/lib/systemd/system/ssh.service"
	unitText = `[Unit]
Description=OpenBSD Secure Shell server
After=network.target auditd.service
ConditionPathExists=!/etc/ssh/sshd_not_to_be_run

[Service]
EnvironmentFile=-/etc/default/ssh
ExecStartPre=/usr/sbin/sshd -t
ExecStart=/usr/sbin/sshd -D $SSHD_OPTS
ExecReload=/usr/sbin/sshd -t
RuntimeDirectory=sshd

[Install]
WantedBy=multi-user.target
Alias=sshd.service
`
	wants = "/etc/systemd/system/multi-user.target.wants/ssh.service"
)

var targets = []string{
	"default.target", "graphical.target", "multi-user.target", "basic.target", "sockets.target", "sysinit.target",
	"rescue.target", "rescue.service", "emergency.target", "emergency.service",
}

// without is the tree without any unit.
func without(names ...string) map[string]string {
	out := map[string]string{libUnit: "none", wants: "none"}
	for _, n := range names {
		out[libDir+n] = "none"
	}
	return out
}

// disk makes a tree; "-> TARGET" is a symbolic link, nil removes what there was.
func disk(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	root := t.TempDir()
	all := map[string]string{
		libUnit: unitText, wants: "-> " + libUnit, "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
		"/usr/sbin/sshd": "x", "/etc/ssh/sshd_config": "x",
		libDir + "default.target":    "-> graphical.target",
		libDir + "graphical.target":  "[Unit]\nRequires=multi-user.target\nWants=display-manager.service\n",
		libDir + "multi-user.target": "[Unit]\nRequires=basic.target\nConflicts=rescue.service rescue.target\n",
		libDir + "basic.target":      "[Unit]\nRequires=sysinit.target\nWants=sockets.target timers.target\n",
		libDir + "sockets.target":    "[Unit]\nDescription=Sockets\n",
		libDir + "sysinit.target":    "[Unit]\nWants=local-fs.target\n",
		libDir + "rescue.target":     "[Unit]\nRequires=sysinit.target rescue.service\n",
		libDir + "rescue.service":    "[Unit]\nDefaultDependencies=no\n",
		libDir + "emergency.target":  "[Unit]\nRequires=emergency.service\n",
		libDir + "emergency.service": "[Unit]\nDefaultDependencies=no\n",
	}
	for p, text := range files {
		all[p] = text
	}
	for p, text := range all {
		if text == "none" {
			continue
		}
		at := filepath.Join(root, p)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		to, link := strings.CutPrefix(text, "-> ")
		var err error
		if link {
			err = os.Symlink(to, at)
		} else {
			err = os.WriteFile(at, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return &host.Host{Files: host.NewFiles(root)}
}

func TestUnitsOfADisk(t *testing.T) {
	const enable = "unit-disabled broken, asks: systemctl enable ssh.service"
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"as installed": {},
		"masked": {map[string]string{"/etc/systemd/system/ssh.service": "-> /dev/null"},
			[]string{"unit-masked broken, asks: mv /etc/systemd/system/ssh.service /etc/systemd/system/ssh.service.off"}},
		"masked by an empty file": {map[string]string{"/etc/systemd/system/ssh.service": ""},
			[]string{"unit-masked broken, asks: mv /etc/systemd/system/ssh.service /etc/systemd/system/ssh.service.off"}},
		"disabled":                     {map[string]string{wants: "none"}, []string{enable}},
		"disabled before a first boot": {map[string]string{wants: "none", "/etc/machine-id": "uninitialized\n"}, nil},
		"a preset that says no": {map[string]string{
			wants: "none", "/etc/machine-id": "uninitialized\n", "/usr/lib/systemd/system-preset/90-x.preset": "# x\ndisable ssh*\nenable *\n",
		}, []string{enable}},
		"a preset that is overridden": {map[string]string{
			wants: "none", "/etc/machine-id": "uninitialized\n", "/usr/lib/systemd/system-preset/90-x.preset": "disable *\n",
			"/etc/systemd/system-preset/90-x.preset": "enable ssh.service\n",
		}, nil},
		"started by its socket": {map[string]string{
			wants: "none", "/lib/systemd/system/ssh.socket": "[Socket]\nListenStream=22\n[Install]\nWantedBy=sockets.target\n",
			"/etc/systemd/system/sockets.target.wants/ssh.socket": "-> /lib/systemd/system/ssh.socket",
		}, nil},
		"switched off": {map[string]string{marker: ""},
			[]string{"sshd-not-to-be-run broken, asks: mv " + marker + " " + marker + ".off"}},
		"a condition of a drop-in": {map[string]string{"/etc/systemd/system/ssh.service.d/x.conf": "[Unit]\nConditionPathExists=/opt/none\n"},
			[]string{"unit-condition-failed broken, manual: cat " + libUnit + " /etc/systemd/system/ssh.service.d/x.conf"}},
		"a condition on what a boot makes": {map[string]string{"/etc/systemd/system/ssh.service.d/x.conf": "[Unit]\nConditionPathExists=/run/none\n"}, nil},
		"conditions taken back":            {map[string]string{marker: "", "/etc/systemd/system/ssh.service.d/x.conf": "[Unit]\nConditionPathExists=\n"}, nil},
		"another program": {map[string]string{dropIn: "[Service]\nExecStart=\nExecStart=/opt/sshd/sbin/sshd -D\n"},
			[]string{"unit-execstart-missing broken, asks: mv " + dropIn + " " + dropIn + ".off"}},
		"a drop-in that is masked": {map[string]string{
			"/usr/lib/systemd/system/ssh.service.d/50-site.conf": "[Service]\nExecStart=\nExecStart=/opt/none\n", dropIn: "-> /dev/null",
		}, nil},
		"the boot ends at rescue.target": {map[string]string{"/etc/systemd/system/default.target": "-> /lib/systemd/system/rescue.target"}, []string{
			"unit-disabled broken, asks: mv /etc/systemd/system/default.target /etc/systemd/system/default.target.off; systemctl set-default multi-user.target",
		}},
		"the boot ends at emergency.target, as the package has it": {map[string]string{libDir + "default.target": "-> emergency.target"},
			[]string{"unit-disabled broken, asks: systemctl set-default multi-user.target"}},
		"the default target is masked": {map[string]string{"/etc/systemd/system/default.target": "-> /dev/null"},
			[]string{"unit-masked broken, asks: mv /etc/systemd/system/default.target /etc/systemd/system/default.target.off"}},
		"the target that wants it is masked": {map[string]string{"/etc/systemd/system/multi-user.target": "-> /dev/null"},
			[]string{"unit-masked broken, asks: mv /etc/systemd/system/multi-user.target /etc/systemd/system/multi-user.target.off"}},
		"masked by a runtime property": {map[string]string{"/etc/systemd/system.control/ssh.service": "-> /dev/null"},
			[]string{"unit-masked broken, asks: mv /etc/systemd/system.control/ssh.service /etc/systemd/system.control/ssh.service.off"}},
		"the link is masked in a directory that counts more": {map[string]string{
			"/etc/systemd/system.control/multi-user.target.wants/ssh.service": "-> /dev/null",
		}, []string{"unit-disabled broken, manual: ls -l /etc/systemd/system.control/multi-user.target.wants /etc/systemd/system/multi-user.target.wants"}},
		"it requires what is not there": {map[string]string{dropIn: "[Unit]\nRequires=nope.service\n"},
			[]string{"unit-bad-setting broken, asks: mv " + dropIn + " " + dropIn + ".off"}},
		"it requires a script that becomes a unit": {map[string]string{dropIn: "[Unit]\nRequires=yes.service\n", "/etc/init.d/yes": "x"}, nil},
		"its target requires what is not there": {map[string]string{"/etc/systemd/system/multi-user.target.d/x.conf": "[Unit]\nRequires=nope.service\n"},
			[]string{"unit-bad-setting broken, asks: mv /etc/systemd/system/multi-user.target.d/x.conf /etc/systemd/system/multi-user.target.d/x.conf.off"}},
		"a command that fails": {map[string]string{dropIn: "[Service]\nExecStartPre=/bin/false\n", "/bin/false": "x"},
			[]string{"unit-bad-setting broken, asks: mv " + dropIn + " " + dropIn + ".off"}},
		"a command that fails in all services": {map[string]string{"/etc/systemd/system/service.d/x.conf": "[Service]\nExecStartPre=/bin/false\n", "/bin/false": "x"},
			[]string{"unit-bad-setting broken, asks: mv /etc/systemd/system/service.d/x.conf /etc/systemd/system/service.d/x.conf.off"}},
		"the same, and its own file of that name": {map[string]string{
			"/etc/systemd/system/service.d/x.conf": "[Service]\nExecStartPre=/bin/false\n", "/etc/systemd/system/ssh.service.d/x.conf": "", "/bin/false": "x",
		}, nil},
		"a command that may fail":      {map[string]string{dropIn: "[Service]\nExecStartPre=-/bin/false\n", "/bin/false": "x"}, nil},
		"a command that nobody knows":  {map[string]string{dropIn: "[Service]\nExecStartPre=/opt/x\n", "/opt/x": "x"}, []string{"unit-bad-setting warning unknown"}},
		"a command that is taken back": {map[string]string{dropIn: "[Service]\nExecStartPre=/opt/x\nExecStartPre=\n"}, nil},
		"other options of sshd":        {map[string]string{dropIn: "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -p 2222\n"}, nil},
		"something else than sshd": {map[string]string{dropIn: "[Service]\nType=oneshot\nExecStart=\nExecStart=/bin/true\n", "/bin/true": "x"},
			[]string{"unit-bad-setting broken, asks: mv " + dropIn + " " + dropIn + ".off", "unit-bad-setting warning unknown"}},
		"wanted by a service that a boot starts": {map[string]string{
			wants: "none", "/etc/systemd/system/multi-user.target.wants/a.service": "-> /lib/systemd/system/a.service",
			libDir + "a.service": "[Unit]\nWants=ssh.service\n",
		}, nil},
		"wanted by a target of which only a boot can tell": {map[string]string{
			wants: "none", "/etc/systemd/system/cloud-init.target.wants/ssh.service": "-> /lib/systemd/system/ssh.service",
			libDir + "cloud-init.target": "[Unit]\nDescription=x\n",
		}, []string{"unit-disabled warning unknown"}},
		"no unit":    {map[string]string{libUnit: "none", "/lib/systemd/system/x.service": ""}, []string{"unit-not-found broken"}},
		"no systemd": {without(targets...), []string{"no-systemd-in-charge warning unknown"}},
		"unreadable": {map[string]string{libUnit: "none", libUnit + "/directory": ""}, []string{"unit-bad-setting broken unknown"}},
		"aliases of one another": {map[string]string{libUnit: "-> sshd.service", "/lib/systemd/system/sshd.service": "-> ssh.service"},
			[]string{"unit-bad-setting broken unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range JudgeDisk(CollectDisk(disk(t, c.files))) {
				got = append(got, in(f))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What sshd is called with is read as from a running systemd, also under a mask.
func TestCommandLineOfADisk(t *testing.T) {
	f, d := CollectDisk(disk(t, map[string]string{
		"/etc/default/ssh": "SSHD_OPTS='-p 2222 -o \"X=a b\"'\n", "/etc/systemd/system/ssh.service": "-> /dev/null",
		"/etc/systemd/system/sshd.service": "-> " + libUnit, "/usr/lib/tmpfiles.d/sshd.conf": "d /run/sshd 0755\nL /run/ssh-x - - - - y\n",
	}))
	if f.Binary != "/usr/sbin/sshd" || !slices.Equal(f.Args, []string{"-D", "-p", "2222", "-o", "X=a b"}) {
		t.Errorf("%s %q, %s", f.Binary, f.Args, f.ArgsErr)
	}
	if !f.ManagesDir("/run/sshd") || !slices.Equal(d.RunDirs, []string{"sshd"}) {
		t.Errorf("directories %q, %q", f.Service.RuntimeDir, d.RunDirs)
	}
}

// Enabling makes the links of the [Install] section, inside of the directory of
// units whatever stands there, and takes them back.
func TestEnableOnDisk(t *testing.T) {
	h := disk(t, map[string]string{wants: "none", libUnit: unitText + "WantedBy=../../../x.target /y.target .target\nAlias=../../z.service\n"})
	_, d := CollectDisk(h)
	change, err := EnableOnDisk{Unit: "ssh.service", Links: d.Links, UID: os.Getuid(), GID: os.Getgid()}.Apply(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{wants, "/etc/systemd/system/sshd.service"} {
		if to, err := h.Files.Readlink(p); err != nil || to != libUnit {
			t.Errorf("%s: %q, %v", p, to, err)
		}
	}
	if len(d.Links) != 2 {
		t.Errorf("links %q", d.Links)
	}
	if err := change.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Files.Lstat(wants); !host.IsAbsent(err) {
		t.Errorf("the link is still there: %v", err)
	}
}

func TestUnitFileSyntax(t *testing.T) {
	u := unitFile{}
	err := u.read("[Service]\nExecStart=-@/bin/a one \\\n  # no comment here\n  two\n; c\nEnvironment=A=1 \"B=2 3\"\nEnvironment=C=4\nno setting\n[X]\nExecStart=/no\n")
	if err == nil || !strings.Contains(err.Error(), `"no setting"`) {
		t.Errorf("error %v does not quote the line", err)
	}
	got := u.decode()
	if len(got.Exec) != 1 || got.Exec[0].Path != "/bin/a" || !slices.Equal(got.Exec[0].Argv, []string{"one", "two"}) {
		t.Errorf("%+v", got.Exec)
	}
	if !slices.Equal(got.Env, []string{"A=1", "B=2 3", "C=4"}) {
		t.Errorf("%q", got.Env)
	}
}

func FuzzUnitFile(f *testing.F) {
	f.Add(unitText)
	f.Add("[Service]\nExecStart=@\\\n\nExecStart=\n[")
	f.Fuzz(func(t *testing.T, text string) {
		u := unitFile{}
		_ = u.read(text)
		d := u.decode()
		for _, e := range d.Exec {
			if !strings.Contains(text, e.Line) {
				t.Errorf("%+v is not in %q", e, text)
			}
		}
		presetIn(text, "ssh.service")
	})
}
