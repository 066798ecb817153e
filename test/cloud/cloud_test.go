//go:build boxes

package cloud

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sshd-doctor/sshd-doctor/test/box"
	"github.com/sshd-doctor/sshd-doctor/test/casebook"
)

// packages are what a cloud image has beside a plain server; netcat is what the
// units of cloud-init 24.3 and later talk with.
func packages() []string { return []string{"cloud-init", "netcat-openbsd"} }

// witness stands in the place of the program, and notes what cloud-init has done
// by then: whether its module for host keys has run, whether the one that prints
// them has, and who calls.
const witness = `#!/bin/sh
sem=/var/lib/cloud/instance/sem
made=no printed=no
[ -e $sem/config_ssh ] && made=yes
[ -e $sem/config_keys_to_console ] && printed=yes
who=s
[ -n "$FILE" ] && who=u
[ "$1" = heal ] && echo "$who made=$made printed=$printed" >>/run/hooks
exec /usr/lib/sshd-doctor.real "$@"
`

// all asks for every case on every release, which takes some minutes; else each
// is played on one, the next one another.
const all = "SSHD_DOCTOR_CLOUD"

// TestCloudInit plays the table.
func TestCloudInit(t *testing.T) {
	binary, err := casebook.Binary(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	keys := userKeys(t)
	for n, c := range load(t) {
		suites := box.Suites()
		if os.Getenv(all) == "" {
			suites = suites[n%3:][:1]
		}
		for _, suite := range suites {
			t.Run(c.Name+"/"+string(suite), func(t *testing.T) {
				t.Parallel()
				play(t, suite, binary, c, keys)
			})
		}
	}
}

func play(t *testing.T, suite box.Suite, binary string, c Case, keys map[string]string) {
	p := player{t: t, c: c, keys: keys}
	b, err := box.Start(t.Context(), suite, box.Options{
		Binary: binary, Packages: packages(), Progress: os.Stderr, Console: true, Prepare: p.prepare(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	}()
	p.b = b
	p.boot(0)
	for n := 1; n < len(c.Instances); n++ {
		if err := b.Off(); err != nil {
			t.Fatal(err)
		}
		p.skipConsole()
		if n == len(c.Instances)-1 && c.Before != "" {
			p.inTree(c.Before)
		}
		p.inTree(p.seed(c.Instances[n]))
		if err := b.On(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.boot(n)
	}
	p.last()
}

// player plays one case in one box.
type player struct {
	t    *testing.T
	c    Case
	b    *box.Box
	keys map[string]string
	// seen is how much of the console belongs to earlier boots, in bytes.
	seen int
}

// skipConsole leaves what stands on the console by now to the boots before.
func (p *player) skipConsole() {
	text, err := p.b.Console()
	if err != nil {
		p.t.Fatal(err)
	}
	p.seen = len(text)
}

func (p *player) console() string {
	text, err := p.b.Console()
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.ReplaceAll(string(text[p.seen:]), "\r", "")
}

// prepare is the script that turns a plain root into the image of the case.
func (p *player) prepare() string {
	var s strings.Builder
	put := func(path, text string, mode int) {
		fmt.Fprintf(&s, "mkdir -p %s\ncat >%s <<'THE END'\n%sTHE END\nchmod %o %s\n", filepath.Dir(path), path, text, mode, path)
	}
	s.WriteString("mv /usr/bin/sshd-doctor /usr/lib/sshd-doctor.real\n")
	put("/usr/bin/sshd-doctor", witness, 0o755)
	put("/var/lib/cloud/scripts/per-instance/50-sshd-doctor", p.file("../../packaging/cloud-init/sshd-doctor-per-instance"), 0o755)
	put("/lib/systemd/system/sshd-doctor-firstboot.service", p.file("../../systemd/sshd-doctor-firstboot.service"), 0o644)
	// What docs/first-boot.md has an image's maker do for an older agetty.
	s.WriteString("if [ $(. /etc/os-release; echo $VERSION_ID) -le 12 ]; then\n" +
		"mkdir -p /etc/issue.d; ln -s /run/issue.d/50-sshd-doctor.issue /etc/issue.d/; fi\n")
	// A getty that starts throws away what the console has not yet shown.
	s.WriteString("systemctl mask -q console-getty.service 2>/dev/null\n")
	s.WriteString("systemctl enable -q sshd-doctor-firstboot.service 2>/dev/null\n" + p.c.Disk + p.seed(p.c.Instances[0]))
	return s.String()
}

func (p *player) file(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// seed is the script that makes the disk an instance's.
func (p *player) seed(id string) string {
	if id == "-" {
		return "rm -rf /var/lib/cloud/seed\n"
	}
	data := "#cloud-config\nlocale: false\n" + p.c.UserData
	for name, text := range p.keys {
		indent := regexp.MustCompile(`(?m)^( *)@` + regexp.QuoteMeta(name) + `@$`)
		data = indent.ReplaceAllStringFunc(data, func(line string) string {
			blanks := strings.TrimSuffix(line, "@"+name+"@")
			return blanks + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+blanks)
		})
		data = strings.ReplaceAll(data, "@"+name+"@", strings.TrimSpace(text))
	}
	return fmt.Sprintf("mkdir -p /var/lib/cloud/seed/nocloud && cd /var/lib/cloud/seed/nocloud\n"+
		"printf 'instance-id: %s\\nlocal-hostname: c1\\n' >meta-data\ncat >user-data <<'THE END'\n%sTHE END\n", id, data)
}

// inTree runs a script with the box's tree as its root, while the box is off.
func (p *player) inTree(script string) {
	cmd := exec.CommandContext(p.t.Context(), "chroot", p.b.Disk(), "/bin/sh", "-eu", "-c", script)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

// sh runs a script in the box, and gives what it printed.
func (p *player) sh(script string) string {
	r, err := p.b.Run(p.t.Context(), script)
	if err != nil || r.Exit != 0 {
		p.t.Fatalf("%s: status %d, %v\n%s%s", script, r.Exit, err, r.Stdout, r.Stderr)
	}
	return strings.TrimSpace(r.Stdout)
}

// boot looks at what one boot has done: which hooks ran, and when.
func (p *player) boot(n int) {
	p.t.Helper()
	ran := ""
	for line := range strings.Lines(p.sh("cat /run/hooks 2>/dev/null || true")) {
		who, when, _ := strings.Cut(strings.TrimSpace(line), " ")
		ran += who
		if want := "made=yes printed=no"; p.c.Instances[n] != "-" && when != want {
			p.t.Errorf("boot %d: %s ran at %q, want %q", n+1, who, when, want)
		}
	}
	if is, err := regexp.MatchString("^("+p.c.Hooks[n]+")$", ran); err != nil || !is {
		p.t.Errorf("boot %d: the hooks %q ran, want %q (%v)", n+1, ran, p.c.Hooks[n], err)
	}
}

// last looks at the box at the end of its last boot.
func (p *player) last() {
	p.t.Helper()
	status := p.sh("timeout 20 cloud-init status --long || true")
	if got, _, _ := strings.Cut(strings.TrimPrefix(status, "status: "), "\n"); got != p.c.Status {
		p.t.Errorf("cloud-init says %q, want %s\n%s", status, p.c.Status, p.sh("tail -n 30 /var/log/cloud-init.log"))
	}
	failed := strings.Fields(p.sh("systemctl list-units --failed --plain --no-legend | cut -d' ' -f1 | grep -v ^cloud- || true"))
	var want []string
	for _, unit := range p.c.Failed {
		// "?": it may have failed.
		if name, maybe := strings.CutSuffix(unit, "?"); !maybe || slices.Contains(failed, name) {
			want = append(want, name)
		}
	}
	slices.Sort(failed)
	if !slices.Equal(failed, want) {
		p.t.Errorf("failed units: %q, want %q\n%s", failed, want, p.sh("journalctl -q -t sshd-doctor -o cat | tail -n 12"))
	}
	port, err := strconv.Atoi(p.c.Port)
	if err != nil {
		p.t.Fatal(err)
	}
	seen, err := p.b.Client(p.t.Context(), "127.0.0.1", port)
	if err != nil || string(seen.Sight) != p.c.Clients {
		p.t.Errorf("the client: %v, %v; want %s\n%s", seen, err, p.c.Clients, p.sh("cat /run/sshd-doctor/last.json || true"))
	}
	p.printed(port)
	p.given()
	if p.t.Failed() {
		p.t.Log(p.sh("cat /run/hooks /run/sshd-doctor/last.json 2>&1; journalctl -q -b -o short-precise -u ssh -t sshd-doctor | tail -n 40"))
	}
}
