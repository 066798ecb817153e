package journal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
)

// Judge says what the log and its surroundings show. It comes before the
// findings of other checks about the same stage: what sshd said itself is more
// to the point than what a file looks like.
func Judge(f Facts) []diag.Finding {
	v := view{Facts: f, hits: f.said()}
	if f.Need.Proven {
		return slices.Concat(v.judgeLatent(), v.judgeKeyMakers(), v.judgeShut(), v.judgeOutside())
	}
	var out []diag.Finding
	for _, judge := range []func() []diag.Finding{
		v.judgeInstall, v.judgeTooMany, v.judgeCrypto, v.judgeLabels, v.judgeKeyMakers, v.judgeLimits, v.judgeUnits,
		v.judgeHeld, v.judgeNetwork,
		v.judgeSighup, v.judgeEntropy, v.judgePorts, v.judgeWrappers, v.judgeSandboxes,
	} {
		out = append(out, judge()...)
	}
	// The last two depend on what else was found.
	out = append(out, v.judgeProgram(out)...)
	out = append(out, v.judgePreload()...)
	return append(out, v.judgeUnread(out)...)
}

// view is the facts together with what was recognised in the log.
type view struct {
	Facts
	hits hits
}

// fresh are the hits that can explain today's fault: while the unit is up, only
// what was said about the connections of this look.
func (v view) fresh(code string) hits {
	if v.Unit.Active() {
		return v.hits.of(code).during(v.Need)
	}
	return v.hits.of(code)
}

// reached tells whether connections come about and then fail.
func (v view) reached() bool { return v.Need.CutOff || v.Need.BrokenOff }

// evidence quotes the newest lines, at most three different ones.
func (h hits) evidence() []diag.Evidence {
	const most = 3
	var out []diag.Evidence
	for _, x := range slices.Backward(h) {
		e := diag.Evidence{Source: x.line.source(), Text: x.line.Message}
		if !slices.Contains(out, e) && len(out) < most {
			out = append(out, e)
		}
	}
	slices.Reverse(out)
	return out
}

func (l Line) source() string {
	switch {
	case l.From == FromKernel:
		return "kernel log"
	case l.PID > 0:
		return fmt.Sprintf("journal, %s[%d]", l.Ident, l.PID)
	}
	return l.Ident
}

// manual is a remedy that is only shown.
func manual(summary string, commands ...string) diag.Remedy {
	return diag.Remedy{Summary: summary, Consent: diag.Manual, Manual: commands}
}

// startCommands start the unit by hand.
func (v view) startCommands() []string {
	return []string{"systemctl reset-failed " + v.Need.Unit, "systemctl restart " + v.Need.Unit}
}

// judgeInstall: parts of sshd are missing that only a start or a connection
// shows. The rules are those of the install check.
func (v view) judgeInstall() []diag.Finding {
	var out []diag.Finding
	for _, r := range install.Rules() {
		found := v.fresh(r.Code)
		if len(found) == 0 || !slices.Contains([]string{
			install.CodeSession, install.CodeAuth, install.CodeLibrary, install.CodeOpenSSL, install.CodeDamaged,
		}, r.Code) {
			continue
		}
		x := found.last()
		absent := r.Code == install.CodeSession || r.Code == install.CodeAuth
		if r.Code == install.CodeDamaged || absent && slices.Contains(v.Need.Whole, x.word) {
			out = append(out, v.judgeForbidden(x.word, found.evidence())...)
			continue
		}
		summary := x.word + " is not there"
		subject := x.word
		switch r.Code {
		case install.CodeLibrary:
			summary = libraryWords(x)
		case install.CodeOpenSSL:
			subject, summary = v.Need.Binary, x.line.Message
		}
		out = append(out, r.New(subject, summary, found.evidence()...).With(diag.Remedy{
			Summary: "install the OpenSSH server again", Consent: diag.Manual,
			Manual: []string{v.Reinstall, "sshd-doctor"},
		}))
	}
	return out
}

// judgeForbidden: a program is there and sound to look at, and sshd may not
// start it.
func (v view) judgeForbidden(program string, said []diag.Evidence) []diag.Finding {
	if v.Unit.Active() && len(v.hits.of(CodeAppArmor)) > 0 {
		// The kernel has said who forbids it.
		return nil
	}
	found := install.Forbidden(program, said...)
	for _, d := range v.Unit.DropIns {
		if slices.ContainsFunc(d.Settings, func(s Setting) bool { return slices.Contains(execKeys(), s.Key) }) {
			return []diag.Finding{v.withDropIn(found, "", execKeys())}
		}
	}
	return []diag.Finding{found.With(manual("find out what forbids it: its file, its file system or the unit",
		"ls -l "+program, "findmnt -T "+program, "systemctl cat "+v.Need.Unit))}
}

// execKeys forbid a unit to start programs (systemd.exec(5)).
func execKeys() []string { return []string{"NoExecPaths", "ExecPaths", "InaccessiblePaths"} }

// libraryWords makes a sentence of the loader's: "PROGRAM: error while loading
// shared libraries: LIBRARY: cannot open ...".
func libraryWords(x hit) string {
	program := x.word[strings.LastIndexByte(x.word, '/')+1:]
	if _, rest, ok := strings.Cut(x.line.Message, "loading shared libraries: "); ok {
		library, why, _ := strings.Cut(rest, ": ")
		if strings.HasPrefix(why, "cannot open shared object file: No such file") {
			return program + " cannot start: " + library + " is not there"
		}
		return program + " cannot start: it cannot load " + library
	}
	return program + " cannot start: its libraries are of another version"
}

// judgePreload: a library that is loaded into everything is worth knowing while
// sshd's processes die, and one that is not there fills the log.
func (v view) judgePreload() []diag.Finding {
	const path = "/etc/ld.so.preload"
	if len(v.Preload.Names) == 0 || !v.reached() && len(v.Preload.Missing) == 0 {
		return nil
	}
	summary := path + " loads " + strings.Join(v.Preload.Names, ", ") + " into every program"
	if len(v.Preload.Missing) > 0 {
		summary = path + " names " + strings.Join(v.Preload.Missing, ", ") + ", which is not there"
	}
	return []diag.Finding{rulePreload.New(path, summary,
		diag.Evidence{Source: path, Text: strings.Join(v.Preload.Names, " ")}).
		With(manual("see whether sshd works without it",
			"mv "+path+" "+path+".off", "sshd-doctor check"))}
}

// judgeUnread says that the log could not be read, where nothing else was found
// and it would have been wanted.
func (v view) judgeUnread(found []diag.Finding) []diag.Finding {
	if v.Err == "" || len(found) > 0 {
		return nil
	}
	return []diag.Finding{ruleUnreadable.Unknown("journal", "the log of sshd could not be read",
		diag.Evidence{Source: "journalctl", Text: v.Err})}
}

// Quotes are the lines that sshd, systemd and the kernel said about the
// connections of this look, for a fault that nobody recognises.
func Quotes(f Facts) []diag.Evidence {
	const most = 4
	var out []diag.Evidence
	for _, lines := range [][]Line{f.Lines, f.Kernel} {
		for _, l := range lines {
			e := diag.Evidence{Source: l.source(), Text: l.Message}
			if f.holds(l, live, nil) && !isNoise(l.Message) && !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	return out[max(0, len(out)-most):]
}

// isNoise: what is said about every connection that ends without a login, ours
// above all.
func isNoise(message string) bool {
	for _, s := range []string{
		"Connection closed by", "Connection reset by", "Received disconnect", "Disconnected from",
		"Invalid user", "Failed password", "Accepted ", "pam_unix", "Server listening on",
		"Starting ", "Started ", "Created slice", "ERROR: ld.so: object",
	} {
		if strings.HasPrefix(message, s) {
			return true
		}
	}
	return strings.HasSuffix(message, "Deactivated successfully.") || strings.HasSuffix(message, "Succeeded.")
}
