package journal

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// judgePorts: systemd or SELinux refused an address or a port.
func (v view) judgePorts() []diag.Finding {
	return slices.Concat(v.judgeSELinuxPort(), v.judgeNonlocal())
}

func (v view) judgeSELinuxPort() []diag.Finding {
	said := v.hits.of(CodeSELinuxPort)
	// Without SELinux the same words have other reasons: a capability that the
	// unit gave away, for one.
	if !v.Enforcing || len(said) == 0 || v.Need.UnitUp && v.reached() {
		return nil
	}
	port := said.last().word
	e := append(said.evidence(), diag.Evidence{Source: "/sys/fs/selinux/enforce", Text: "1"})
	return []diag.Finding{ruleSELinuxPort.New("port "+port, "SELinux does not let sshd listen on port "+port, e...).
		With(manual("tell SELinux that port "+port+" is sshd's",
			append([]string{"semanage port -a -t ssh_port_t -p tcp " + port}, v.startCommands()...)...))}
}

// judgeNonlocal: the socket unit names an address that was not there when it was
// to listen.
func (v view) judgeNonlocal() []diag.Finding {
	said := v.hits.of(CodeSocketNonlocal)
	if len(said) == 0 || v.Socket.Active() {
		return nil
	}
	addr, socket := said.last().word, v.Need.SocketUnit
	found := ruleSocketNonlocal.New(addr, fmt.Sprintf("%s is to listen on %s, which is not there", socket, addr),
		said.evidence()...)
	if v.Bindable[addr] {
		found.Summary = fmt.Sprintf("%s was to listen on %s, which came up too late", socket, addr)
		r := diag.Remedy{
			Summary: "start " + socket + ": the address is there now", Steps: []diag.Step{service.Start{Unit: socket}},
		}
		if v.Socket.File != "enabled" {
			r.Consent, r.Reason = diag.Asks, socket+" is not enabled: somebody may want it off"
		}
		return []diag.Finding{found.With(r)}
	}
	return []diag.Finding{found.With(manual("correct the address, or let the socket wait for it (FreeBind=yes)",
		"ip addr", "systemctl edit "+socket, "systemctl restart "+socket))}
}

// judgeWrappers: tcp wrappers refuse this machine's own connections. Whether
// they refuse everybody else's is a question of its own.
func (v view) judgeWrappers() []diag.Finding {
	said := v.fresh(CodeWrappers)
	if !v.Need.CutOff || len(said) == 0 && !v.Wrappers.Linked {
		return nil
	}
	here, ok := v.probe(said)
	denied, by := v.Wrappers.verdict(here)
	if len(said) == 0 && denied != yes || !ok {
		return nil
	}
	e := said.evidence()
	if by.Text != "" {
		e = append(e, diag.Evidence{Source: by.place(), Text: by.Text})
	}
	subject := by.File
	if subject == "" {
		subject = hostsDeny
	}
	elsewhere, _ := v.Wrappers.verdict(netip.AddrFrom4([4]byte{192, 0, 2, 1}))
	if elsewhere != yes || v.Wrappers.opensFor() {
		return []diag.Finding{ruleWrappers.Unknown(subject,
			by.File+" turns this machine's own connections away; others may get in", e...).As(diag.Warning)}
	}
	found := ruleWrappers.New(subject, by.File+" turns every client away", e...)
	if denied != yes {
		return []diag.Finding{found.With(manual("correct the line", "nano "+subject))}
	}
	return []diag.Finding{found.With(diag.Remedy{
		Summary: "set the line " + by.Text + " aside", Consent: diag.Asks,
		Reason: "somebody, or a program that bans attackers, keeps clients out with it",
		Steps:  []diag.Step{SetRuleAside{File: by.File, First: by.First, Last: by.Last, Text: by.Text}},
	})}
}

// probe is an address that was refused: as the log has it, else one of those
// from which this look connected.
func (v view) probe(said hits) (netip.Addr, bool) {
	for _, x := range said {
		if a, err := netip.ParseAddr(strings.Trim(x.word, "[]")); err == nil && (a.IsLoopback() || slices.Contains(v.Need.Probed, a)) {
			return a.Unmap(), true
		}
	}
	if len(said) > 0 {
		// Refused were others, and that says nothing about us.
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
}

// place is where a rule stands.
func (r HostsRule) place() string {
	if r.Last > r.First {
		return fmt.Sprintf("%s, lines %d to %d", r.File, r.First, r.Last)
	}
	return fmt.Sprintf("%s, line %d", r.File, r.First)
}

// filterKeys are the settings with which a unit file forbids system calls.
func filterKeys() []string {
	return []string{"SystemCallFilter", "SystemCallArchitectures", "SystemCallErrorNumber"}
}

// judgeSandboxes: the kernel stops sshd's processes.
func (v view) judgeSandboxes() []diag.Finding {
	var out []diag.Finding
	if said := v.hits.of(CodeAppArmor); len(said) > 0 && v.reached() {
		helper := said.last().word
		out = append(out, ruleAppArmor.New(helper, "AppArmor does not let sshd start "+helper, said.evidence()...).
			With(manual("bring the AppArmor profile of sshd up to date",
				"journalctl -k | grep 'apparmor=\"DENIED\"'", "apparmor_parser -r /etc/apparmor.d/*sshd*", "sshd-doctor")))
	}
	said := v.hits.of(CodeSeccomp)
	if len(said) > 0 && v.reached() {
		found := ruleSeccomp.New(v.Need.Binary, "a system call filter kills sshd's process for each connection", said.evidence()...)
		out = append(out, v.withDropIn(found, "bring sshd and its libraries to one version", filterKeys()))
	}
	if len(said) == 0 && v.Need.BrokenOff && v.filtered() && (v.silent() || v.crashed()) {
		// Up to OpenSSH 9.7 nobody says anything about a process that is killed
		// that way, later ones not always by what; and the kernel's record may be
		// out of reach.
		found := ruleSeccomp.New(v.Need.Binary, "sshd dies without a word; its unit forbids system calls, maybe one too many")
		out = append(out, v.withDropIn(found, "", filterKeys()))
	}
	return out
}

// silent: sshd said nothing about the connections of this look.
func (v view) silent() bool { return v.Err == "" && len(Quotes(v.Facts)) == 0 }

// crashed: sshd tells of a process that ended by a signal, and not by which.
func (v view) crashed() bool {
	return slices.ContainsFunc(v.Lines, func(l Line) bool {
		return l.From == FromProgram && strings.Contains(l.Message, " unpriv child crash for connection from ") &&
			v.holds(l, live, nil)
	})
}

// filtered: a drop-in of somebody's own forbids system calls.
func (v view) filtered() bool {
	return slices.ContainsFunc(v.Unit.DropIns, func(d DropIn) bool {
		return slices.ContainsFunc(d.Settings, func(s Setting) bool { return s.Key == "SystemCallFilter" && s.Value != "" })
	})
}

// fewest is how many clients have to run out of time within an hour before it is
// worth a word: a scanner alone does it now and then.
const (
	fewest  = 3
	oneHour = time.Hour
)

// judgeOutside: all is well here, and clients elsewhere still do not get in.
func (v view) judgeOutside() []diag.Finding {
	count := map[string]int{}
	var late hits
	for _, x := range v.hits.of(CodeMTU) {
		a, err := netip.ParseAddr(strings.Trim(x.word, "[],"))
		if err != nil || a.IsLoopback() || v.Need.Since.Sub(x.line.Time) > oneHour {
			continue
		}
		count[a.String()]++
		late = append(late, x)
	}
	var peers []string
	for a, n := range count {
		if n >= fewest {
			peers = append(peers, a)
		}
	}
	if len(peers) == 0 {
		return nil
	}
	slices.Sort(peers)
	return []diag.Finding{ruleMTU.New(peers[0],
		fmt.Sprintf("%s connected %d times within an hour and ran out of time", peers[0], count[peers[0]]), late.evidence()...).
		With(manual("if the client hangs after the banner, try smaller packets on its way here",
			"ip link", "ping -M do -s 1472 "+peers[0]))}
}
