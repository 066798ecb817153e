package disk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/host/hosttest"
)

func tree(t *testing.T, files map[string]string) *host.Files {
	t.Helper()
	return hosttest.Tree(t, 0o644, files)
}

func in(f diag.Finding) string {
	s := f.Code + " " + f.Severity.String() + " " + f.Subject
	if f.Status == diag.CouldNotTell {
		s += " unknown"
	}
	if f.Remedy != nil {
		s += " " + f.Remedy.Consent.String()
	}
	return s
}

// What /etc/fstab of a disk means for its next boot, on a machine that has the
// device with the UUID 11 and /dev/sda1.
func TestFstab(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want []string
	}{
		"there":                    {"UUID=11 /data ext4 defaults 0 2", nil},
		"gone":                     {"UUID=22 /data ext4 defaults 0 2", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"gone, without options":    {"UUID=22 /data", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"gone, in quotes":          {`UUID="22" /data ext4`, []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"gone, nofail":             {"UUID=22 /data ext4 noatime,nofail 0 2", nil},
		"gone, noauto":             {"UUID=22 /data ext4 noauto 0 2", nil},
		"gone, automount":          {"UUID=22 /data ext4 x-systemd.automount 0 2", nil},
		"a device":                 {"/dev/sda1 /data ext4 defaults 0 2", nil},
		"a device that is gone":    {"/dev/sdz9 /data ext4 defaults 0 2", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"the root":                 {"UUID=22 / ext4 defaults 0 1", nil},
		"the root by another name": {"/dev/vda1 / ext4 errors=remount-ro 0 1", nil},
		"encrypted, and there":     {"/dev/mapper/one /data ext4 defaults 0 2", nil},
		"encrypted, and gone":      {"/dev/mapper/two /data ext4 defaults 0 2", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"a volume that is gone":    {"/dev/mapper/vg-x /data ext4 defaults 0 2", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"the boot partition":       {"UUID=22 /boot/efi vfat defaults 0 1", []string{"fstab-stops-boot warning /etc/fstab:1 manual"}},
		"a label that is gone":     {"LABEL=x /data ext4 defaults 0 2", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"network":                  {"server:/x /data nfs defaults 0 0", nil},
		"swap":                     {"UUID=22 none swap sw 0 0", nil},
		"memory":                   {"tmpfs /scratch tmpfs defaults 0 0", nil},
		"a bind of nothing":        {"/none /data none bind 0 0", []string{"fstab-stops-boot warning /etc/fstab:1 asks"}},
		"a bind":                   {"/etc /data none bind 0 0", nil},
		"/usr, not mounted":        {"UUID=11 /usr ext4 defaults 0 2", []string{"disk-part-not-mounted warning /usr unknown manual"}},
		"/var, all there":          {"UUID=11 /var ext4 defaults 0 2", nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := &host.Host{
				Files: tree(t, map[string]string{"etc/fstab": c.line + "\n", "etc/crypttab": "one UUID=11 none luks\ntwo UUID=22 none luks\n", "var/log/x": ""}),
				Here:  tree(t, map[string]string{"dev/disk/by-uuid/11": "", "dev/sda1": ""}),
			}
			facts := Collect(h)
			facts.Trial = Trial{Done: true}
			var got []string
			for _, f := range Judge(facts) {
				if f.Code != ruleUnjudged.Code {
					got = append(got, in(f))
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A machine that does not list its devices cannot tell, and then nobody is told
// to boot.
func TestFstabWithoutDevices(t *testing.T) {
	facts := Collect(&host.Host{Files: tree(t, map[string]string{"etc/fstab": "UUID=22 /data ext4 defaults 0 1\n"}), Here: tree(t, nil)})
	facts.Trial = Trial{Done: true}
	r := diag.Report{Findings: Judge(facts)}
	if r.Conclude(); r.Verdict != diag.Unknown {
		t.Errorf("%s: %v", r.Verdict, r.Findings)
	}
}

func TestAddNofail(t *testing.T) {
	const table = "# a\nUUID=1 / ext4 defaults 0 1\n\t/dev/b  /b ext4\n/dev/c /c\n"
	for line, want := range map[int]string{
		2: "# a\nUUID=1\t/\text4\tdefaults,nofail\t0\t1\n\t/dev/b  /b ext4\n/dev/c /c\n",
		3: "# a\nUUID=1 / ext4 defaults 0 1\n/dev/b\t/b\text4\tdefaults,nofail\n/dev/c /c\n",
		4: "# a\nUUID=1 / ext4 defaults 0 1\n\t/dev/b  /b ext4\n/dev/c\t/c\tauto\tdefaults,nofail\n",
	} {
		text := strings.TrimSpace(strings.Split(table, "\n")[line-1])
		if got, err := (AddNofail{Line: line, Text: text}).edit(table); err != nil || got != want {
			t.Errorf("line %d: %q, %v", line, got, err)
		}
	}
	for _, s := range []AddNofail{{Line: 2, Text: "other"}, {Line: 0}, {Line: 99}} {
		if _, err := s.edit(table); err == nil {
			t.Errorf("%+v was edited", s)
		}
	}
}

// The table is replaced with its mode, the old one kept, and it can be undone.
func TestAddNofailApplies(t *testing.T) {
	const old = "/dev/b /b ext4 defaults 0 2\n"
	h := &host.Host{Files: tree(t, map[string]string{"etc/fstab": old}), Now: func() time.Time { return time.Unix(0, 0) }}
	change, err := AddNofail{Line: 1, Text: strings.TrimSpace(old)}.Apply(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := h.Files.Read(change.Backup, 1000); err != nil || string(kept) != old {
		t.Errorf("kept %q, %v", kept, err)
	}
	if now, err := h.Files.Read("/etc/fstab", 1000); err != nil || !strings.Contains(string(now), ",nofail") {
		t.Errorf("now %q, %v", now, err)
	}
	if err := change.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now, err := h.Files.Read("/etc/fstab", 1000); err != nil || string(now) != old {
		t.Errorf("undone %q, %v", now, err)
	}
}

func TestCloudInit(t *testing.T) {
	const program, instance = "usr/bin/cloud-init", "var/lib/cloud/instance/"
	for name, c := range map[string]struct {
		files []string
		cfg   string
		want  bool
	}{
		"not there":            {nil, "", false},
		"never ran":            {[]string{program}, "", true},
		"ran, but not for SSH": {[]string{program, instance + "sem/x"}, "", true},
		"ran":                  {[]string{program, instance + "sem/config_ssh"}, "", false},
		"switched off":         {[]string{program, "etc/cloud/cloud-init.disabled"}, "", false},
		"told to keep them":    {[]string{program}, "ssh_deletekeys:   False # mine\n", false},
		"told to delete them":  {[]string{program}, "ssh_deletekeys: true\n", true},
		"only in a comment":    {[]string{program}, "# ssh_deletekeys: false\n", true},
	} {
		files := map[string]string{"etc/cloud/cloud.cfg.d/9.cfg": c.cfg}
		for _, f := range c.files {
			files[f] = ""
		}
		if got := Collect(&host.Host{Files: tree(t, files), Here: tree(t, nil)}); got.NewKeys != c.want {
			t.Errorf("%s: %v, %s", name, got.NewKeys, got.Why)
		}
	}
}

func TestTrial(t *testing.T) {
	for _, c := range []struct {
		trial Trial
		want  string
	}{
		{Trial{Binary: "b", Done: true, Proven: []string{"SHA256:x"}}, ""},
		{Trial{Binary: "b", Done: true, Err: "no"}, "disk-sshd-fails broken b"},
		{Trial{Binary: "b"}, "disk-sshd-fails warning b"},
		{Trial{Binary: "b", NotRun: "no"}, "disk-sshd-not-run warning b unknown"},
	} {
		var got []string
		for _, f := range judgeTrial(c.trial) {
			got = append(got, in(f))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %q, want %q", c.trial, got, c.want)
		}
	}
}
