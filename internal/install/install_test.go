package install

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

const sshd = "/usr/sbin/sshd"

// box is a tree of files: what is in it, an empty text for an empty file, and
// "-" in front of one that may not be executed.
func box(t *testing.T, files map[string]string) *host.Host {
	t.Helper()
	root := t.TempDir()
	for path, text := range files {
		mode := os.FileMode(0o755)
		if plain, ok := strings.CutPrefix(text, "-"); ok {
			text, mode = plain, 0o644
		}
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return &host.Host{Files: host.NewFiles(root), Now: time.Now}
}

func in(f diag.Finding) string {
	s := f.Code + " " + f.Severity.String() + " " + f.Subject
	if f.Status == diag.CouldNotTell {
		s += " unknown"
	}
	if f.Remedy != nil {
		s += ", " + f.Remedy.Consent.String() + ": " + strings.Join(f.Remedy.Commands(), "; ")
	}
	return s
}

func said(kind sshdconf.Kind, word string) sshdconf.Facts {
	return sshdconf.Facts{Problems: []sshdconf.Problem{{Kind: kind, Word: word, Text: "sshd: " + word}}}
}

func TestWhatSshdMisses(t *testing.T) {
	const root = "-root:x:0:0::/root:/bin/sh\n"
	debian := map[string]string{sshd: "x", "/etc/passwd": root, "/usr/bin/apt-get": "x", "/usr/lib/openssh/sshd-session": "x", "/usr/lib/openssh/sshd-auth": "x"}
	with := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, m := range []map[string]string{debian, more} {
			for path, text := range m {
				all[path] = text
			}
		}
		return all
	}
	without := func(path string) map[string]string {
		all := with(nil)
		delete(all, path)
		return all
	}
	newer := sshdconf.Facts{Settings: []sshdconf.Setting{
		{Key: "sshdsessionpath", Value: "/usr/lib/openssh/sshd-session"}, {Key: "sshdauthpath", Value: "/usr/lib/openssh/sshd-auth"},
	}}
	const reinstall = "manual: apt-get install --reinstall openssh-server openssh-sftp-server; sshd-doctor"
	const user = "--gid nogroup --home-dir /run/sshd --no-create-home --shell /usr/sbin/nologin sshd"
	for _, c := range []struct {
		what  string
		files map[string]string
		from  From
		want  string
	}{
		{what: "nothing", files: debian, from: From{Binary: sshd, Conf: newer}},
		{what: "an older sshd has no helpers", files: without("/usr/lib/openssh/sshd-auth"), from: From{Binary: sshd}},
		{
			what: "sshd", files: without(sshd), from: From{Binary: sshd},
			want: "openssh-server-not-installed broken /usr/sbin/sshd, " + reinstall,
		},
		{
			what: "its text", files: with(map[string]string{sshd: ""}), from: From{Binary: sshd},
			want: "binary-damaged-or-noexec broken /usr/sbin/sshd, " + reinstall,
		},
		{
			what: "the right to run", files: with(map[string]string{sshd: "-x"}), from: From{Binary: sshd},
			want: "binary-damaged-or-noexec broken /usr/sbin/sshd, " + reinstall,
		},
		{
			what: "a directory is no program", files: map[string]string{sshd + "/x": "x", "/usr/bin/apt-get": "x"}, from: From{Binary: sshd},
			want: "binary-damaged-or-noexec broken /usr/sbin/sshd, " + reinstall,
		},
		{
			what: "sshd-session", files: without("/usr/lib/openssh/sshd-session"), from: From{Binary: sshd, Conf: newer},
			want: "sshd-session-missing broken /usr/lib/openssh/sshd-session, " + reinstall,
		},
		{
			what: "sshd-auth", files: without("/usr/lib/openssh/sshd-auth"), from: From{Binary: sshd, Conf: newer},
			want: "sshd-auth-missing broken /usr/lib/openssh/sshd-auth, " + reinstall,
		},
		{
			what: "its user", files: debian, from: From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want: "privsep-user-missing broken sshd, none: /usr/sbin/useradd --system " + user,
		},
		{
			what:  "all users, and there is a copy",
			files: with(map[string]string{"/etc/passwd": "-", "/etc/passwd-": root, "/var/backups/passwd.bak": "-x:x:7:7::/:/x\n"}),
			from:  From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want:  "privsep-user-missing broken sshd, manual: cat /etc/passwd-; cp -p /etc/passwd- /etc/passwd",
		},
		{
			what:  "all users, and there is no copy",
			files: with(map[string]string{"/etc/passwd": "-a:x:1000:1000::/:/bin/sh\n"}),
			from:  From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want:  "privsep-user-missing broken sshd, manual: ls -l /etc/passwd /etc/group /etc/shadow",
		},
		{
			what:  "its user, and its group is there",
			files: with(map[string]string{"/etc/group": "root:x:0:\nsshd:x:74:\n"}),
			from:  From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want:  "privsep-user-missing broken sshd, none: /usr/sbin/useradd --system " + strings.Replace(user, "nogroup", "sshd", 1),
		},
		{
			what:  "its user, where the package describes it",
			files: with(map[string]string{"/usr/lib/sysusers.d/openssh-server.conf": "u sshd", "/usr/bin/systemd-sysusers": "x"}),
			from:  From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want:  "privsep-user-missing broken sshd, none: /usr/bin/systemd-sysusers /usr/lib/sysusers.d/openssh-server.conf",
		},
		{
			what:  "its user, described, and no program for it",
			files: with(map[string]string{"/usr/lib/sysusers.d/openssh-server.conf": "u sshd"}),
			from:  From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want:  "privsep-user-missing broken sshd, none: /usr/sbin/useradd --system " + user,
		},
		{
			what:  "its user, which is there and is not found",
			files: with(map[string]string{"/etc/passwd": "root:x:0:0::/:/bin/sh\nsshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n"}),
			from:  From{Binary: sshd, Conf: said(sshdconf.PrivsepUser, "sshd")},
			want: "privsep-user-missing broken sshd, manual: getent passwd sshd; grep sshd: /etc/passwd; " +
				"nano /etc/nsswitch.conf; sshd-doctor",
		},
		{
			what: "its directory", files: debian, from: From{Binary: sshd, Conf: said(sshdconf.PrivsepDir, "/run/sshd")},
			want: "privsep-dir-missing broken /run/sshd, none: mkdir -m 0755 /run/sshd",
		},
		{
			what: "its directory, which systemd makes at each start", files: debian,
			from: From{Binary: sshd, Conf: said(sshdconf.PrivsepDir, "/run/sshd"), DirManaged: true},
		},
		{
			what: "its directory, although the service runs", files: debian,
			from: From{Binary: sshd, Conf: said(sshdconf.PrivsepDir, "/run/sshd"), DirManaged: true, ServiceActive: true},
			want: "privsep-dir-missing broken /run/sshd, none: mkdir -m 0755 /run/sshd",
		},
		{
			what: "its directory for itself", files: debian, from: From{Binary: sshd, Conf: said(sshdconf.PrivsepDirMode, "/run/sshd")},
			want: "privsep-dir-permissions broken /run/sshd, none: chown root:root /run/sshd; chmod 0755 /run/sshd",
		},
		{
			what: "a library", files: debian, from: From{Binary: sshd, Conf: said(sshdconf.Library, "libwrap.so.0")},
			want: "shared-library-missing broken /usr/sbin/sshd, " + reinstall,
		},
		{
			what: "its OpenSSL", files: debian, from: From{Binary: sshd, Conf: said(sshdconf.OpenSSLMismatch, "")},
			want: "openssl-version-mismatch broken /usr/sbin/sshd, " + reinstall,
		},
	} {
		var got []string
		for _, f := range Judge(Collect(t.Context(), box(t, c.files), c.from)) {
			got = append(got, in(f))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%s:\n  %s\nwant\n  %s", c.what, strings.Join(got, "\n  "), c.want)
		}
	}
}

// What could not be looked at is not "not there".
func TestAProgramThatCannotBeLookedAt(t *testing.T) {
	h := box(t, map[string]string{"/usr/bin/apt-get": "x"})
	if err := os.Symlink("sshd", h.Files.Real("/usr/bin/sshd")); err != nil {
		t.Fatal(err)
	}
	got := Judge(Collect(t.Context(), h, From{Binary: "/usr/bin/sshd"}))
	if len(got) != 1 || in(got[0]) != "install-unknown warning /usr/bin/sshd unknown" {
		t.Errorf("%+v", got)
	}
}

func TestHowItIsInstalledAgain(t *testing.T) {
	for file, want := range map[string]string{
		"/usr/bin/apt-get": "apt-get install --reinstall", "/usr/bin/dnf": "dnf reinstall", "/usr/bin/zypper": "zypper install --force",
		"/usr/bin/pacman": "pacman -S", "/sbin/apk": "apk fix", "/usr/bin/yum": "yum reinstall", "/usr/bin/none": "install the package",
	} {
		if got := Reinstall(box(t, map[string]string{file: "x"})); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", file, got)
		}
	}
}

// Only root may give a directory to root. Who may not leaves nothing behind.
func TestTheDirectoryIsMadeWholeOrNotAtAll(t *testing.T) {
	h := box(t, map[string]string{"/run/x": ""})
	_, err := MakeDir{Path: "/run/sshd"}.Apply(t.Context(), h)
	st, statErr := h.Files.Lstat("/run/sshd")
	switch {
	case err == nil && (statErr != nil || st.Perm() != 0o755 || st.UID != 0 || st.GID != 0):
		t.Errorf("%+v, %v", st, statErr)
	case err != nil && (os.Geteuid() == 0 || !host.IsAbsent(statErr)):
		t.Errorf("%v, and then %+v, %v", err, st, statErr)
	}
}

func TestALinkInPlaceOfTheDirectoryIsLeftAlone(t *testing.T) {
	h := box(t, map[string]string{"/run/x": "", "/etc/passwd": "-x"})
	if err := os.Symlink("../etc", h.Files.Real("/run/sshd")); err != nil {
		t.Fatal(err)
	}
	before, err := h.Files.Stat("/etc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (CloseDir{Path: "/run/sshd"}).Apply(t.Context(), h); err == nil {
		t.Error("it followed the link")
	}
	if _, err := (MakeDir{Path: "/run/sshd"}).Apply(t.Context(), h); err == nil {
		t.Error("it made a directory in the place of a link")
	}
	if after, err := h.Files.Stat("/etc"); err != nil || after.Mode != before.Mode {
		t.Errorf("%+v became %+v, %v", before, after, err)
	}
}

func TestRulesAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if r.Code == "" || r.Title == "" || seen[r.Code] || r.Symptom {
			t.Errorf("%+v", r)
		}
		seen[r.Code] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d rules", len(seen))
	}
}
