package journal

import (
	"slices"
	"testing"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// broken is a box on which connections come about and are cut off.
func broken(change func(*Facts)) Facts {
	f := Facts{
		Need: Need{
			Unit: "ssh.service", SocketUnit: "ssh.socket", InvocationID: "aa", UnitUp: true, MainPID: 7,
			Binary: "/usr/sbin/sshd", CutOff: true, Since: now(),
		},
		Program: Program{Path: "/usr/sbin/sshd"},
		Limits:  Limits{OpenFiles: 1024, Open: 7},
		Unit: Unit{
			Name: "ssh.service", ActiveState: "active", File: "enabled", KillMode: "process",
			OpenFiles: 1024, CanReload: true,
		},
		Socket:    Unit{Name: "ssh.socket", ActiveState: "inactive", File: "disabled"},
		Reinstall: "apt-get install --reinstall openssh-server",
	}
	change(&f)
	return f
}

// down is a box on which the unit does not run.
func down(change func(*Facts)) Facts {
	return broken(func(f *Facts) {
		f.Need.UnitUp, f.Need.MainPID, f.Need.CutOff = false, 0, false
		f.Unit.ActiveState, f.Program, f.Limits = "failed", Program{}, Limits{}
		change(f)
	})
}

// healthy is a box on which everything was proven.
func healthy(change func(*Facts)) Facts {
	f := Facts{Need: Need{Unit: "ssh.service", UnitUp: true, MainPID: 7, Binary: "/usr/sbin/sshd", Proven: true, Since: now()}}
	change(&f)
	return f
}

// old puts lines before the look.
func old(lines []Line) []Line {
	for i := range lines {
		lines[i].Time = now().Add(-time.Hour)
	}
	return lines
}

func limitDropIn(settings ...Setting) DropIn {
	return DropIn{Path: "/etc/systemd/system/ssh.service.d/x.conf", Settings: settings}
}

// wanted is a finding in short: "code severity consent", with a question mark
// where it could not be told, and nothing for a remedy that is not there.
func short(f diag.Finding) string {
	s := f.Code + " " + f.Severity.String()
	if f.Status == diag.CouldNotTell {
		s += " ?"
	}
	if f.Remedy != nil {
		s += " " + f.Remedy.Consent.String()
	}
	return s
}

func TestJudge(t *testing.T) {
	denyAll := parseHosts(hostsDeny, "sshd: ALL\n")
	refused := "refused connect from 127.7.7.7 (127.7.7.7)"
	for _, tt := range []struct {
		name string
		f    Facts
		want []string
	}{
		{"healthy", healthy(func(*Facts) {}), nil},
		{"cut off, and nobody says why", broken(func(*Facts) {}), nil},

		{"hosts.deny", broken(func(f *Facts) {
			f.Lines, f.Wrappers = said(FromProgram, refused), Wrappers{Rules: denyAll, Linked: true}
		}), []string{"tcp-wrappers-or-ban broken asks"}},
		{"hosts.deny, and the log cannot be read", broken(func(f *Facts) {
			f.Err, f.Wrappers = "only root", Wrappers{Rules: denyAll, Linked: true}
		}), []string{"tcp-wrappers-or-ban broken asks"}},
		{"hosts.deny that nobody asks", broken(func(f *Facts) {
			f.Wrappers = Wrappers{Rules: denyAll}
		}), nil},
		{"hosts.deny, and others are let in", broken(func(f *Facts) {
			f.Lines = said(FromProgram, refused)
			f.Wrappers = Wrappers{Rules: append(parseHosts(hostsAllow, "sshd: 10.\n"), denyAll...), Linked: true}
		}), []string{"tcp-wrappers-or-ban warning ?"}},
		{"hosts.deny for this machine only", broken(func(f *Facts) {
			f.Lines = said(FromProgram, refused)
			f.Wrappers = Wrappers{Rules: parseHosts(hostsDeny, "sshd: 127.\n"), Linked: true}
		}), []string{"tcp-wrappers-or-ban warning ?"}},
		{"hosts.deny, and it breaks off after the banner", broken(func(f *Facts) {
			f.Need.CutOff, f.Need.BrokenOff = false, true
			f.Lines, f.Wrappers = said(FromProgram, refused), Wrappers{Rules: denyAll, Linked: true}
		}), nil},
		{"hosts.deny for others, and nobody says why", broken(func(f *Facts) {
			f.Wrappers = Wrappers{Rules: parseHosts(hostsDeny, "sshd: 203.0.113.7\n"), Linked: true}
		}), nil},
		{"others were refused", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "refused connect from 203.0.113.7 (203.0.113.7)")
			f.Wrappers = Wrappers{Rules: parseHosts(hostsDeny, "sshd: 203.0.113.7\n"), Linked: true}
		}), nil},
		{"hosts.deny, yesterday", broken(func(f *Facts) { f.Lines = old(said(FromProgram, refused)) }), nil},

		{"others are shut out", healthy(func(f *Facts) {
			f.Wrappers = Wrappers{Rules: append(parseHosts(hostsAllow, "sshd: 127. [::1]\n"), denyAll...), Linked: true}
		}), []string{"tcp-wrappers-or-ban warning manual"}},
		{"others are shut out by files that nobody asks", healthy(func(f *Facts) {
			f.Wrappers = Wrappers{Rules: append(parseHosts(hostsAllow, "sshd: 127. [::1]\n"), denyAll...)}
		}), nil},
		{"all are let in", healthy(func(f *Facts) {
			f.Wrappers = Wrappers{Rules: append(parseHosts(hostsAllow, "sshd: ALL\n"), denyAll...), Linked: true}
		}), nil},

		{"frozen", broken(func(f *Facts) { f.Unit.Freezer = "frozen" }), []string{"sshd-held broken asks"}},
		{"frozen with its slice", broken(func(f *Facts) { f.Unit.Freezer = "frozen-by-parent" }),
			[]string{"sshd-held broken manual"}},
		{"not frozen", broken(func(f *Facts) { f.Unit.Freezer = "running" }), nil},
		{"stopped by a signal", broken(func(f *Facts) { f.Stopped = true }), []string{"sshd-held broken manual"}},
		{"a network of its own", broken(func(f *Facts) {
			f.Need.CutOff, f.Unit.PrivateNetwork = false, true
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"PrivateNetwork", "yes"})}
		}), []string{"unit-without-network broken asks"}},
		{"a network of its own, by a file that does more", broken(func(f *Facts) {
			f.Need.CutOff, f.Unit.PrivateNetwork = false, true
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"PrivateNetwork", "yes"}, Setting{"NoNewPrivileges", "yes"})}
		}), []string{"unit-without-network broken manual"}},
		{"a network of its own, and a socket of systemd's", broken(func(f *Facts) {
			f.Need.CutOff, f.Unit.PrivateNetwork, f.Socket.ActiveState = false, true, "active"
		}), nil},
		{"no address family", down(func(f *Facts) { f.Unit.NoIP = true }), []string{"unit-without-network broken manual"}},
		{"too many addresses", down(func(f *Facts) {
			f.Lines = said(FromProgram, "fatal: Too many listen sockets. Enlarge MAX_LISTEN_SOCKS")
		}), []string{"config-port-invalid-or-too-many broken manual"}},

		{"upgraded", broken(func(f *Facts) {
			f.Lines, f.Program.Replaced = said(FromProgram, "-R not supported here"), true
		}), []string{"upgrade-rexec-mismatch broken none"}},
		{"upgraded, and the log says nothing", broken(func(f *Facts) { f.Program.Replaced = true }),
			[]string{"upgrade-rexec-mismatch broken none"}},
		{"upgraded, and something else is wrong", broken(func(f *Facts) {
			f.Program.Replaced = true
			f.Lines, f.Wrappers = said(FromProgram, refused), Wrappers{Rules: denyAll, Linked: true}
		}), []string{"tcp-wrappers-or-ban broken asks", "upgrade-rexec-mismatch warning manual"}},
		{"being upgraded", broken(func(f *Facts) {
			f.Program.Replaced, f.Installing, f.Installer = true, true, "/var/lib/dpkg/lock"
		}), []string{"upgrade-rexec-mismatch broken manual"}},
		{"upgraded, and a restart would end sessions", broken(func(f *Facts) {
			f.Program.Replaced, f.Unit.KillMode = true, "control-group"
		}), []string{"upgrade-rexec-mismatch broken asks"}},
		{"upgraded, and it works", healthy(func(f *Facts) {
			f.Program = Program{Path: "/usr/sbin/sshd", Replaced: true}
		}), []string{"upgrade-rexec-mismatch warning asks"}},
		{"being upgraded, and it works", healthy(func(f *Facts) {
			f.Program, f.Installing = Program{Path: "/usr/sbin/sshd", Replaced: true}, true
		}), []string{"upgrade-rexec-mismatch warning manual"}},
		{"upgraded, and nothing answers at all", broken(func(f *Facts) {
			f.Program.Replaced, f.Need.CutOff = true, false
		}), nil},
		{"the program could not be looked at", healthy(func(f *Facts) { f.Program.Err = "permission denied" }), nil},

		{"library", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "/usr/lib/openssh/sshd-session: error while loading shared libraries: libwrap.so.0: cannot open shared object file: No such file or directory")
		}), []string{"shared-library-missing broken manual"}},
		{"library, an hour ago, and it runs", broken(func(f *Facts) {
			f.Lines = old(said(FromProgram, "/usr/sbin/sshd: error while loading shared libraries: libwrap.so.0: x"))
		}), nil},
		{"session program", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "fatal: rexec of /usr/lib/openssh/sshd-session failed: No such file or directory")
		}), []string{"sshd-session-missing broken manual"}},

		{"too few files", broken(func(f *Facts) {
			f.Limits.OpenFiles, f.Unit.DropIns = 9, []DropIn{limitDropIn(Setting{"LimitNOFILE", "9"})}
		}), []string{"file-descriptor-or-task-limit broken asks"}},
		{"too few files, by a file that does more", broken(func(f *Facts) {
			f.Limits.OpenFiles = 9
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"LimitNOFILE", "9"}, Setting{"NoNewPrivileges", "yes"})}
		}), []string{"file-descriptor-or-task-limit broken manual"}},
		{"too few files, by no drop-in", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "error: accept: Too many open files")
		}), []string{"file-descriptor-or-task-limit broken manual"}},
		{"too few files once", broken(func(f *Facts) {
			f.Lines = old(said(FromProgram, "error: accept: Too many open files"))
		}), nil},
		{"few files, and it works", healthy(func(f *Facts) { f.Limits = Limits{OpenFiles: 12, Open: 8} }), nil},
		{"too few files to start", down(func(f *Facts) { f.Unit.OpenFiles = 7 }),
			[]string{"file-descriptor-or-task-limit broken manual"}},
		{"too few processes", broken(func(f *Facts) { f.Unit.Tasks, f.Unit.TasksMax = 3, 3 }),
			[]string{"file-descriptor-or-task-limit broken manual"}},

		{"sandbox", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "fatal: privsep_preauth: preauth child terminated by signal 31")
		}), []string{"seccomp-sandbox-kill broken manual"}},
		{"sandbox of the unit", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "error: mm_reap: preauth child terminated by signal 31")
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"SystemCallFilter", "~chroot"})}
		}), []string{"seccomp-sandbox-kill broken asks"}},
		{"sandbox that nobody speaks of", broken(func(f *Facts) {
			f.Need.BrokenOff = true
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"SystemCallFilter", "~chroot"})}
		}), []string{"seccomp-sandbox-kill broken asks"}},
		{"a filter, and sshd says what it is", broken(func(f *Facts) {
			f.Need.BrokenOff, f.Lines = true, said(FromProgram, "fatal: something else")
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"SystemCallFilter", "~chroot"})}
		}), nil},
		{"a filter, and a crash without a signal", broken(func(f *Facts) {
			f.Need.BrokenOff = true
			f.Lines = said(FromProgram, "Session process 99 unpriv child crash for connection from 127.0.0.1 to 127.0.0.1")
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"SystemCallFilter", "~chroot"})}
		}), []string{"seccomp-sandbox-kill broken asks"}},
		{"AppArmor", broken(func(f *Facts) {
			f.Kernel = said(FromKernel, `AVC apparmor="DENIED" operation="exec" profile="sshd" name="/usr/lib/ssh/sshd-session" comm="sshd"`)
		}), []string{"apparmor-denies-helper broken manual"}},

		{"AppArmor, and sshd says that it may not", broken(func(f *Facts) {
			f.Kernel = said(FromKernel, `AVC apparmor="DENIED" operation="exec" profile="sshd" name="/usr/lib/ssh/sshd-session" comm="sshd"`)
			f.Lines = said(FromProgram, "fatal: rexec of /usr/lib/ssh/sshd-session failed: Permission denied")
		}), []string{"apparmor-denies-helper broken manual"}},
		{"a program that may not be started", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "fatal: rexec of /usr/lib/openssh/sshd-session failed: Permission denied")
		}), []string{"binary-damaged-or-noexec broken manual"}},
		{"a program that the unit forbids", broken(func(f *Facts) {
			f.Lines = said(FromProgram, "fatal: rexec of /usr/lib/openssh/sshd-session failed: Permission denied")
			f.Unit.DropIns = []DropIn{limitDropIn(Setting{"NoExecPaths", "/usr/lib/openssh"})}
		}), []string{"binary-damaged-or-noexec broken asks"}},
		{"a program that looks sound at the start", down(func(f *Facts) {
			f.Need.Whole = []string{"/usr/lib/openssh/sshd-session"}
			f.Lines = said(FromProgram, "/usr/lib/openssh/sshd-session does not exist or is not executable")
		}), []string{"binary-damaged-or-noexec broken manual"}},
		{"a program that looks sound, and whose library is gone", broken(func(f *Facts) {
			f.Need.Whole = []string{"/usr/lib/openssh/sshd-session"}
			f.Lines = said(FromProgram, "/usr/lib/openssh/sshd-session: error while loading shared libraries: "+
				"libwrap.so.0: cannot open shared object file: No such file or directory")
		}), []string{"shared-library-missing broken manual"}},

		{"crypto library", down(func(f *Facts) { f.Lines = said(FromProgram, "PRNG is not seeded") }),
			[]string{"crypto-engine-breaks-keys broken manual"}},
		{"crypto library, by sshd -T alone", down(func(f *Facts) { f.Need.Complaints = []string{"PRNG is not seeded"} }),
			[]string{"crypto-engine-breaks-keys broken manual"}},
		{"no entropy", down(func(f *Facts) { f.NoEntropy, f.Lines = true, said(FromProgram, "PRNG is not seeded") }),
			[]string{"entropy-starvation broken manual"}},
		{"FIPS", down(func(f *Facts) {
			f.FIPS, f.Need.KeysMissing = true, true
			f.Lines = old(said(FromProgram, "ED25519 keys are not allowed in FIPS mode"))
		}), []string{"fips-forbids-key-type warning manual"}},
		{"FIPS, once", down(func(f *Facts) {
			f.Need.KeysMissing = true
			f.Lines = old(said(FromProgram, "ED25519 keys are not allowed in FIPS mode"))
		}), nil},

		{"label", down(func(f *Facts) {
			f.Enforcing, f.Lines = true, said(FromProgram, `Unable to load host key "/etc/ssh/ssh_host_rsa_key": Permission denied`)
		}), []string{"selinux-label-on-etc-ssh broken none"}},
		{"no SELinux", down(func(f *Facts) {
			f.Lines = said(FromProgram, `Unable to load host key "/etc/ssh/ssh_host_rsa_key": Permission denied`,
				"error: Bind to port 2222 on 0.0.0.0 failed: Permission denied.")
		}), nil},
		{"port", down(func(f *Facts) {
			f.Enforcing, f.Lines = true, said(FromProgram, "error: Bind to port 2222 on 0.0.0.0 failed: Permission denied.")
		}), []string{"selinux-port-denied broken manual"}},

		{"another unit removes keys", down(func(f *Facts) {
			f.Need.KeysMissing, f.Removers = true, []Remover{{Unit: "gen.service", Line: "rm -f /etc/ssh/ssh_host_*", Source: "systemd"}}
		}), []string{"cloud-init-race-deletes-keys broken asks"}},
		{"its own unit removes keys", down(func(f *Facts) {
			f.Need.KeysMissing, f.Removers = true, []Remover{{Unit: "ssh.service", Line: "rm", Source: "systemd"}}
		}), []string{"cloud-init-race-deletes-keys broken manual"}},
		{"cloud-init runs", down(func(f *Facts) {
			f.Need.KeysMissing, f.CloudInit = true, CloudInit{Running: true, Began: now().Add(-time.Minute)}
		}), []string{"cloud-init-race-deletes-keys broken manual"}},
		{"cloud-init is stuck", down(func(f *Facts) {
			f.Need.KeysMissing, f.CloudInit = true, CloudInit{Running: true, Began: now().Add(-time.Hour)}
		}), nil},
		{"cloud-init has made keys", down(func(f *Facts) {
			f.Need.KeysMissing, f.CloudInit = true, CloudInit{Running: true, KeysDone: true, Began: now()}
		}), nil},
		{"first boot only", down(func(f *Facts) {
			f.Need.KeysMissing, f.Keygen = true, Keygen{Unit: "sshd-keygen.service", Gated: true}
		}), []string{"keygen-unit-first-boot-gate notice"}},
		{"first boot only, and no key is missing", healthy(func(f *Facts) { f.Keygen.Gated = true }), nil},

		{"socket address", down(func(f *Facts) {
			f.Lines = old(said(FromSystemd, "ssh.socket: Failed to create listening socket (203.0.113.9:22): Cannot assign requested address"))
		}), []string{"socket-listen-nonlocal broken manual"}},
		{"socket address, there now", down(func(f *Facts) {
			f.Lines = old(said(FromSystemd, "ssh.socket: Failed to create listening socket (203.0.113.9:22): Cannot assign requested address"))
			f.Socket.File, f.Bindable = "enabled", map[string]bool{"203.0.113.9:22": true}
		}), []string{"socket-listen-nonlocal broken none"}},
		{"socket address, there now, and the socket is off", down(func(f *Facts) {
			f.Lines = old(said(FromSystemd, "ssh.socket: Failed to create listening socket (203.0.113.9:22): Cannot assign requested address"))
			f.Bindable = map[string]bool{"203.0.113.9:22": true}
		}), []string{"socket-listen-nonlocal broken asks"}},
		{"socket address once, and the socket is up", broken(func(f *Facts) {
			f.Lines = old(said(FromSystemd, "ssh.socket: Failed to create listening socket (203.0.113.9:22): Cannot assign requested address"))
			f.Socket.ActiveState = "active"
		}), nil},
		{"both", down(func(f *Facts) {
			f.Unit.ActiveState, f.Socket.File = "inactive", "enabled"
			f.Lines = old(said(FromSystemd, "ssh.socket: Socket service ssh.service already active, refusing."))
		}), []string{"socket-and-service-both broken none"}},
		{"both, and only one is enabled", down(func(f *Facts) {
			f.Lines = old(said(FromSystemd, "ssh.socket: Socket service ssh.service already active, refusing."))
		}), nil},
		{"both, and a stranger has the port", down(func(f *Facts) {
			f.Socket.File = "enabled"
			f.Lines = old(said(FromSystemd, "ssh.socket: Failed to create listening socket ([::]:22): Address already in use"))
		}), nil},
		{"instances", down(func(f *Facts) {
			f.Lines = old(said(FromSystemd, "sshd.socket: Failed to queue service startup job (Maybe the service file is missing or not a template unit?): Argument list too long"))
		}), []string{"socket-instance-names-exhausted broken none"}},
		{"cycle", down(func(f *Facts) {
			f.Unit.ActiveState, f.Unit.NeverTried = "inactive", true
			f.Lines = old(said(FromSystemd, "multi-user.target: Job ssh.service/start deleted to break ordering cycle starting with multi-user.target/start"))
		}), []string{"ordering-cycle-dropped-job broken none"}},
		{"cycle, worked out again", down(func(f *Facts) {
			f.Unit.ActiveState, f.Unit.NeverTried = "inactive", true
			f.Cycle = []string{
				"a.service: Found ordering cycle on ssh.service/start", "a.service: Found dependency on a.service/start",
				"a.service: Job ssh.service/start deleted to break ordering cycle starting with a.service/start",
			}
		}), []string{"ordering-cycle-dropped-job broken none"}},
		{"cycle that dropped another", down(func(f *Facts) {
			f.Unit.ActiveState, f.Unit.NeverTried = "inactive", true
			f.Cycle = []string{"a.service: Job b.service/start deleted to break ordering cycle starting with a.service/start"}
		}), nil},
		{"cycle that dropped another, by the log", down(func(f *Facts) {
			f.Unit.ActiveState, f.Unit.NeverTried = "inactive", true
			f.Lines = old(said(FromSystemd, "x: Job dbus.socket/start deleted to break ordering cycle starting with x/start"))
		}), nil},
		{"cycle, and the unit was started since", down(func(f *Facts) {
			f.Unit.ActiveState = "inactive"
			f.Lines = old(said(FromSystemd, "x: Job ssh.service/start deleted to break ordering cycle starting with x/start"))
		}), nil},
		{"cycle, and the unit is disabled", down(func(f *Facts) {
			f.Unit.ActiveState, f.Unit.NeverTried, f.Unit.File = "inactive", true, "disabled"
			f.Lines = old(said(FromSystemd, "x: Job ssh.service/start deleted to break ordering cycle starting with x/start"))
		}), nil},
		{"SIGHUP", down(func(f *Facts) {
			f.Lines = old(said(FromProgram, "Received SIGHUP; restarting.", "/etc/ssh/sshd_config: line 1: Bad configuration option: X"))
		}), []string{"sighup-with-bad-config notice manual"}},
		{"SIGHUP, and it runs", broken(func(f *Facts) { f.Lines = old(said(FromProgram, "Received SIGHUP; restarting.")) }), nil},
		{"SIGHUP that went well", down(func(f *Facts) {
			f.Lines = old(said(FromProgram, "Received SIGHUP; restarting.", "Server listening on 0.0.0.0 port 22."))
			f.Lines[1].Time = f.Lines[1].Time.Add(time.Second)
		}), nil},

		{"preload", broken(func(f *Facts) { f.Preload.Names = []string{"/opt/x.so"} }),
			[]string{"ld-preload-noise-or-hook notice manual"}},
		{"preload, and sshd is merely down", down(func(f *Facts) { f.Preload.Names = []string{"/opt/x.so"} }), nil},
		{"preload that is not there", down(func(f *Facts) {
			f.Preload = Preload{Names: []string{"/opt/x.so"}, Missing: []string{"/opt/x.so"}}
		}), []string{"ld-preload-noise-or-hook notice manual"}},

		{"no log", broken(func(f *Facts) { f.Err = "journalctl is not there" }), []string{"journal-unreadable notice ?"}},
		{"no log, and the cause is known", broken(func(f *Facts) {
			f.Err, f.Limits.OpenFiles = "journalctl is not there", 9
		}), []string{"file-descriptor-or-task-limit broken manual"}},

		{"outside", healthy(func(f *Facts) {
			f.Lines = old(said(FromProgram, slices.Repeat([]string{"Timeout before authentication for connection from 198.51.100.7 to 192.0.2.1, pid = 1"}, 3)...))
		}), []string{"mtu-blackhole notice manual"}},
		{"outside, twice", healthy(func(f *Facts) {
			f.Lines = old(said(FromProgram, slices.Repeat([]string{"Timeout before authentication for 198.51.100.7 port 41522"}, 2)...))
		}), nil},
		{"outside, long ago", healthy(func(f *Facts) {
			f.Lines = said(FromProgram, slices.Repeat([]string{"Timeout before authentication for 198.51.100.7 port 41522"}, 3)...)
			for i := range f.Lines {
				f.Lines[i].Time = now().Add(-2 * time.Hour)
			}
		}), nil},
		{"outside, this machine", healthy(func(f *Facts) {
			f.Lines = old(said(FromProgram, slices.Repeat([]string{"Timeout before authentication for 127.0.0.1 port 41522"}, 3)...))
		}), nil},
		{"outside, and nothing is proven", broken(func(f *Facts) {
			f.Lines = old(said(FromProgram, slices.Repeat([]string{"Timeout before authentication for 198.51.100.7 port 1"}, 9)...))
		}), nil},
	} {
		var got []string
		for _, x := range Judge(tt.f) {
			got = append(got, short(x))
			checkWords(t, tt.name, x)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
