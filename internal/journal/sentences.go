package journal

import (
	"regexp"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/install"
)

// window says how long a sentence holds.
type window int

const (
	// live: about a connection of this look.
	live window = iota
	// start: about the last start of the unit, or a connection of this look.
	start
	// boot: about anything since the machine was started.
	boot
)

// sentence is something that sshd, systemd or the kernel says when a certain
// thing is wrong. The pattern begins where the message does: what comes later in
// a line may be the words of a peer.
type sentence struct {
	code string
	from From
	when window
	re   *regexp.Regexp
}

// sentences lists what is recognised, in the wording of OpenSSH 8.4 to 10.6,
// systemd 247 to 262 and the kernel's audit. The first group of a pattern is what
// the sentence is about. Where it was seen: testdata/said.txt.
func sentences() []sentence {
	s := func(code string, from From, when window, re string) sentence {
		return sentence{code, from, when, regexp.MustCompile(re)}
	}
	return []sentence{
		s(CodeWrappers, FromProgram, live, `^refused connect from (\S+)`),
		s(CodeRexecMismatch, FromProgram, live, `^(?:fatal: |error: )?(-R not supported here|rexec version mismatch|recv_rexec_state: .*(?:incomplete message|buffer error).*)`),
		s(install.CodeSession, FromProgram, live, `^(?:fatal|error): (?:\w+: )?rexec of (\S*/sshd-session) failed: No such file`),
		s(install.CodeDamaged, FromProgram, live, `^(?:fatal|error): (?:\w+: )?r?exec of (\S*/sshd-(?:session|auth)) failed: (?:Permission denied|Operation not permitted|Exec format error|Input/output error)`),
		s(install.CodeSession, FromProgram, start, `^(\S*/sshd-session) does not exist or is not executable`),
		s(install.CodeAuth, FromProgram, live, `^fatal: (?:\w+: )?exec of (\S*/sshd-auth) failed: No such file`),
		s(install.CodeAuth, FromProgram, start, `^(\S*/sshd-auth) does not exist or is not executable`),
		s(install.CodeLibrary, FromProgram, start, `^(\S+): error while loading shared libraries: .*cannot open shared object file`),
		s(install.CodeLibrary, FromProgram, start, `^(\S+): (?:\S+: version .* not found|symbol lookup error: )`),
		s(install.CodeOpenSSL, FromProgram, start, `^(OpenSSL version mismatch)\. Built against`),
		s(CodeSeccomp, FromProgram, live, `^(?:fatal|error): (?:\w+: )?(preauth child terminated by signal 31|prctl\(PR_SET_SECCOMP\).*)`),
		s(CodeSeccomp, FromProgram, live, `^(?:fatal|error): (?:ssh_sandbox_child|ssh_sandbox_violation): (.*)`),
		s(CodeSeccomp, FromKernel, live, `^(?:audit: type=1326 |SECCOMP ).*comm="sshd[^"]*".* sig=(?:31|9) .*syscall=(\d+)`),
		s(CodeAppArmor, FromKernel, live, `apparmor="DENIED" operation="exec".* name="([^"]*/sshd-(?:session|auth))"`),
		s(codeTooMany, FromProgram, start, `^(?:fatal: )?(Too many listen sockets)\.`),
		s(CodeLimit, FromProgram, start, `^(?:error|fatal): .*: (Too many open files)$`),
		s(CodeLimit, FromProgram, live, `^(?:error|fatal): (?:\w+: )?(?:re)?fork(?: of \w+)?(?: failed)?: (Resource temporarily unavailable|Cannot allocate memory)`),
		s(CodeLimit, FromSystemd, start, `^\S+: Failed to fork: (Resource temporarily unavailable)`),
		s(CodeLimit, FromKernel, live, `cgroup: fork rejected by pids controller in (\S*ssh\S*)`),
		s(CodeCryptoEngine, FromProgram, start, `^(PRNG is not seeded)`),
		s(CodeCryptoEngine, FromProgram, start, `^Unable to shield host key "?([^"]+)"?: `),
		s(CodeFIPS, FromProgram, boot, `^(\S+) keys are not allowed in FIPS mode`),
		s(CodeSELinuxLabel, FromProgram, start, `^(?:error: |fatal: )?(?:Unable to load host key "|Could not load host key: |Could not open )?(/etc/ssh/[^":]+)"?: Permission denied`),
		s(CodeSELinuxLabel, FromKernel, boot, `avc:  denied  \{ (?:open|read|getattr|search) [a-z ]*\}.* comm="sshd[^"]*".* (?:path|name)="(/etc/ssh/[^"]*|ssh_host_[^"]*|sshd_config[^"]*|hosts\.(?:deny|allow))"`),
		s(CodeSELinuxPort, FromProgram, start, `^error: Bind to port (\d+) on \S+ failed: Permission denied`),
		s(CodeSELinuxPort, FromSystemd, boot, `^\S+\.socket: Failed to create listening socket \(\S*?:?(\d+)\): Permission denied`),
		s(CodeSELinuxPort, FromKernel, boot, `avc:  denied  \{ name_bind \}.* comm="(?:sshd|systemd)" src=(\d+) `),
		s(CodeSocketNonlocal, FromSystemd, boot, `^\S+\.socket: Failed to create listening socket \((\S+)\): Cannot assign requested address`),
		s(CodeBoth, FromSystemd, boot, `^(\S+\.socket): Socket service \S+ already active, refusing`),
		s(CodeBoth, FromSystemd, boot, `^(\S+\.socket): Failed to create listening socket \(\S+\): Address already in use`),
		s(CodeInstanceNames, FromSystemd, boot, `^(\S+\.socket): Failed to queue service startup job .*: Argument list too long`),
		s(CodeOrderingCycle, FromSystemd, boot, `^(?:\S+: )?Job (\S+)/start deleted to break ordering cycle starting with `),
		s(CodeSighup, FromProgram, start, `^(Received SIGHUP); restarting`),
		s(CodeMTU, FromProgram, boot, `^(?:fatal: )?Timeout before authentication for (?:connection from )?(\S+)`),
	}
}

// hit is a line that was recognised.
type hit struct {
	code string
	line Line
	// word is what the line is about.
	word string
}

// hits are all of them, oldest first.
type hits []hit

// said recognises the lines that hold now. It is pure.
func (f Facts) said() hits {
	if len(f.Lines)+len(f.Kernel)+len(f.Need.Complaints) == 0 {
		return nil
	}
	var out hits
	known := sentences()
	started := f.lastInvocations()
	for _, lines := range [][]Line{f.Lines, f.Kernel} {
		for _, l := range lines {
			for _, s := range known {
				if l.From != s.from || !f.holds(l, s.when, started) {
					continue
				}
				if m := s.re.FindStringSubmatch(l.Message); m != nil {
					out = append(out, hit{s.code, l, m[1]})
					break
				}
			}
		}
	}
	return append(out, f.complaints(known)...)
}

// complaints recognises what sshd said when it was asked for its configuration:
// the same words as at a start.
func (f Facts) complaints(known []sentence) hits {
	var out hits
	for _, text := range f.Need.Complaints {
		l := Line{Time: f.Need.Since, From: FromProgram, Ident: "sshd", Message: printable(text)}
		for _, s := range known {
			if s.from != FromProgram || s.when == boot {
				continue
			}
			if m := s.re.FindStringSubmatch(l.Message); m != nil {
				out = append(out, hit{s.code, l, m[1]})
				break
			}
		}
	}
	return out
}

// Claims tells whether a complaint of sshd is about one of the problems that
// this check knows, and about which one.
func Claims(text string) (code string, ok bool) {
	f := Facts{Need: Need{Complaints: []string{text}}}
	if found := f.complaints(sentences()); len(found) > 0 {
		return found[0].code, true
	}
	return "", false
}

// holds tells whether a line still has to do with what is wrong now.
func (f Facts) holds(l Line, w window, started []string) bool {
	switch w {
	case live:
		return f.Need.during(l)
	case start:
		return slices.Contains(started, l.Invocation) && l.Invocation != "" || f.Need.during(l) || f.orphan(l)
	}
	return true
}

// during tells whether a line was said since this look began. After the clock was
// set back the lines of hours bear later times.
func (n Need) during(l Line) bool {
	if l.Up > 0 && n.SinceUp > 0 {
		return l.Up >= n.SinceUp
	}
	return !l.Time.Before(n.Since)
}

// orphan tells whether a line is of a process that was gone before journald could
// see to which unit it belonged, and was said since the unit's main process was
// last started. The clock may have been set since an earlier start.
func (f Facts) orphan(l Line) bool {
	return l.From == FromProgram && l.Invocation == "" && len(l.Units) == 0 &&
		f.Unit.StartedUp > 0 && l.Up >= f.Unit.StartedUp
}

// lastInvocations are the last starts of the unit: the one that systemd told of,
// and the newest in the log, because a unit that restarts again and again is one
// further by now.
func (f Facts) lastInvocations() []string {
	out := []string{f.Need.InvocationID}
	for _, l := range slices.Backward(f.Lines) {
		if l.Invocation != "" && slices.Contains(l.Units, f.Need.Unit) {
			return append(out, l.Invocation)
		}
	}
	return out
}

func (h hits) of(code string) hits {
	return slices.DeleteFunc(slices.Clone(h), func(x hit) bool { return x.code != code })
}

func (h hits) has(code string) bool { return len(h.of(code)) > 0 }

// last is the newest of them; there must be one.
func (h hits) last() hit { return h[len(h)-1] }

// words are what they are about, each once.
func (h hits) words() []string {
	var out []string
	for _, x := range h {
		if !slices.Contains(out, x.word) {
			out = append(out, x.word)
		}
	}
	return out
}

// during leaves out what was said before this look.
func (h hits) during(n Need) hits {
	return slices.DeleteFunc(slices.Clone(h), func(x hit) bool { return !n.during(x.line) })
}
