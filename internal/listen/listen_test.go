package listen

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Words for the tables: who holds a socket, where, and who expects what.
var (
	mainSshd    = host.Process{PID: 812, PPID: 1, Name: "sshd", Exe: "/usr/sbin/sshd", Unit: "ssh.service"}
	systemd     = host.Process{PID: 1, Name: "systemd", Exe: "/usr/lib/systemd/systemd", Unit: "init.scope"}
	handSshd    = host.Process{PID: 900, PPID: 1, Name: "sshd", Exe: "/usr/sbin/sshd", Unit: "session-3.scope"}
	otherSshd   = host.Process{PID: 901, PPID: 1, Name: "sshd", Exe: "/opt/ssh/sshd", Unit: "own-sshd.service"}
	gitea       = host.Process{PID: 700, PPID: 1, UID: 107, Name: "gitea", Exe: "/usr/bin/gitea", Unit: "gitea.service"}
	netcat      = host.Process{PID: 701, PPID: 650, Name: "nc", Exe: "/usr/bin/nc.openbsd", Unit: "session-3.scope"}
	dockerProxy = host.Process{PID: 702, PPID: 600, Name: "docker-proxy", Exe: "/usr/bin/docker-proxy", Unit: "docker.service"}
	liar        = host.Process{PID: 703, PPID: 1, Name: "sshd", Exe: "/tmp/honeypot", Unit: "trap.service"}

	up      = Sshd{MainPID: 812, Unit: "ssh.service", SocketUnit: "ssh.socket", ServiceActive: true, Binary: "/usr/sbin/sshd"}
	failed  = Sshd{Unit: "ssh.service", SocketUnit: "ssh.socket", ServiceFailed: true, Binary: "/usr/sbin/sshd"}
	stopped = Sshd{Unit: "ssh.service", SocketUnit: "ssh.socket", Binary: "/usr/sbin/sshd"}
	idle    = Sshd{Unit: "ssh.service", SocketUnit: "ssh.socket", SocketActive: true, Binary: "/usr/sbin/sshd"}

	giteaUnit = HolderUnit{Name: "gitea.service", MainPID: 700, FileState: "enabled"}
	std       = want("0.0.0.0:22", "[::]:22")
)

func with(s Sshd, change func(*Sshd)) Sshd {
	change(&s)
	return s
}

// sock is a listening socket: "0.0.0.0:22", "[::]:22" for IPv6 only, or
// "dual [::]:22" for both.
func sock(at string, owners ...host.Process) Socket {
	at, dual := strings.CutPrefix(at, "dual ")
	addr := netip.MustParseAddrPort(strings.TrimPrefix(at, "dual "))
	s := Socket{Owners: owners}
	if len(at) > 0 && dual {
		s.V6OnlyKnown = true
	} else if addr.Addr().Is6() {
		s.V6Only, s.V6OnlyKnown = true, true
	}
	s.Addr = addr
	for _, b := range []byte(at) {
		s.Inode = s.Inode*31 + uint64(b)
	}
	return s
}

// box is a machine with IPv4, IPv6 and the given sockets.
func box(sockets ...Socket) Facts {
	f := Facts{Source: FromSockDiag, IPv6: true, Sockets: sockets}
	for _, a := range []string{"127.0.0.1", "::1", "192.0.2.7", "2001:db8::7"} {
		f.Addresses = append(f.Addresses, host.Address{Addr: netip.MustParseAddr(a)})
	}
	return f
}

func but(f Facts, change func(*Facts)) Facts {
	change(&f)
	return f
}

// want builds expectations: of sshd's configuration unless "at=who" says more.
func want(addrs ...string) []Expect {
	var out []Expect
	for _, a := range addrs {
		at, from, ok := strings.Cut(a, "=")
		if !ok {
			from = FromConfig
		}
		out = append(out, Expect{Addr: netip.MustParseAddrPort(at), From: from})
	}
	return out
}

func port(n int) []Expect { return want(fmt.Sprintf("0.0.0.0:%d", n), fmt.Sprintf("[::]:%d", n)) }

// brief is a finding in one line: "broken port-taken asks | 0.0.0.0:22".
func brief(f diag.Finding) string {
	out := f.Severity.String() + " " + f.Code
	if f.Status == diag.CouldNotTell {
		out += " unknown"
	}
	if f.Symptom {
		out += " symptom"
	}
	if f.Remedy != nil {
		out += " " + f.Remedy.Consent.String()
	}
	return out + " | " + f.Subject
}

func inUnit(p host.Process, unit string) host.Process {
	p.Unit = unit
	return p
}
