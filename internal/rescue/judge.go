package rescue

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
)

// Plan is a rescue as it is going to be.
type Plan struct {
	Binary string
	Listen []netip.AddrPort
	// Clients are the addresses under which a client can try, and Targets those
	// on which the server has to prove itself.
	Clients []netip.Addr
	Targets []netip.AddrPort
	For     time.Duration
	// Grace is how long a client may take to log in, in seconds. The port closes
	// that much before the end, so that nobody gets in after it.
	Grace int
	// Head are the settings that come before the server's own, Always those that
	// also come before its Match blocks.
	Head, Always []string
	Files        []Copy
	Lines, Flags []string
	// HostKeys are the server's own; none: Start makes one for this rescue alone.
	HostKeys []diag.HostKey
	// Keep is the privilege separation directory that has to stay while the
	// rescue lasts; empty where nothing takes it away.
	Keep string
	// Conf is what sshd says of the server's own configuration; Bare: that there
	// is none.
	Conf     sshdconf.Facts
	Bare     bool
	Aside    []sshdconf.Aside
	Password bool
	Login    Login
	// Only is the one account that is let in; empty: see Conf.
	Only string
}

// Refusal is why there is no rescue, and what to do about it.
type Refusal struct {
	// Code names it for programs.
	Code string
	Why  []string
	// Do are commands that a person could type.
	Do []string
}

func refuse(code string, do []string, why ...string) *Refusal {
	return &Refusal{Code: code, Why: why, Do: do}
}

// mostGrace is how long a login may take at most, in seconds.
const mostGrace = 20

// Judge decides how the rescue is to be, or why there is none.
func Judge(f Facts, r Request) (Plan, *Refusal) {
	if no := judgeBox(f, r); no != nil {
		return Plan{}, no
	}
	p := plan(f, r)
	if no := p.places(f, r); no != nil {
		return Plan{}, no
	}
	if no := p.access(f, r); no != nil {
		return Plan{}, no
	}
	return p, nil
}

func plan(f Facts, r Request) Plan {
	p := Plan{
		Binary: f.Binary, For: r.For, Grace: grace(f.Conf), Files: f.Files, Lines: f.Lines, Flags: f.Flags,
		HostKeys: f.HostKeys, Conf: f.Conf, Bare: f.Bare, Aside: f.Readable.Aside, Password: r.Password,
		Login: f.Login, Only: r.User,
	}
	if len(f.KeepDirs) > 0 {
		p.Keep = f.KeepDirs[0]
	}
	return p
}

// judgeBox says what about the box, or about the request as such, is in the way.
func judgeBox(f Facts, r Request) *Refusal {
	again := command(r)
	switch {
	case f.BinaryErr != "":
		return refuse("no-sshd", []string{f.Reinstall, again}, "There is no sshd to start: "+f.BinaryErr+".")
	case f.Systemd != "":
		return judgeSystemd(f, r)
	case f.Running.Active:
		return refuse("running", []string{"sshd-doctor rescue --status", "sshd-doctor rescue --stop"},
			"A rescue is under way already.")
	case f.ArgsErr != "":
		return refuse("unit-args", []string{"systemctl cat ssh.service sshd.service"},
			"How the server's own sshd is started is not known, so it may have options",
			"that say who gets in: "+f.ArgsErr+".")
	case f.Other != "":
		return refuse("unit-view", []string{"systemctl cat ssh.service sshd.service"},
			"Its unit shows the server's own sshd other files than those here:", "  "+short(f.Other),
			"So what stands here could let in more than the server does.")
	case f.Stray != "":
		return refuse("other-sshd", []string{again + " --sshd-config " + safetext.Word(cmp.Or(f.StrayFile, "FILE"))},
			"The server's unit is off, and a sshd with settings of its own is in its place:", "  "+short(f.Stray),
			"Which of them says who may log in? Name the file of that one.")
	case f.Bare && f.Remains != "":
		return judgeBare(f, r)
	case len(f.Readable.Stuck) > 0:
		return judgeStuck(f, again)
	case !f.Conf.Known:
		return judgeUnreadable(f, again)
	case f.PrivsepDir != "" && !strings.HasPrefix(f.PrivsepDir, "/run/"):
		return refuse("privsep-dir", []string{"sshd-doctor heal", again},
			"sshd needs the directory "+f.PrivsepDir+", closed to everybody but root.")
	case r.User != "" && f.Login.Unknown:
		return refuse("no-user", nil, "This server has no account "+strconv.Quote(r.User)+".")
	}
	return nil
}

func judgeStuck(f Facts, again string) *Refusal {
	a := f.Readable.Stuck[0]
	return refuse("config-line", []string{fmt.Sprintf("nano +%d %s", a.Line, a.File), again},
		"sshd does not accept "+a.Where()+":", "  "+short(a.Content), "  sshd: "+short(reason(a)),
		"Without it more people could get in than its owner meant, or in another",
		"way. So only you can say what it should be.")
}

// reason is sshd's sentence without the place, which has been said.
func reason(a sshdconf.Aside) string {
	if _, text, ok := strings.Cut(a.Said, fmt.Sprintf("line %d: ", a.Line)); ok {
		return text
	}
	return a.Said
}

// short is what fits in a row.
func short(s string) string {
	const most = 66
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

func judgeUnreadable(f Facts, again string) *Refusal {
	why := []string{"sshd cannot read its configuration, " + f.Conf.MainFile + "."}
	if f.Conf.Err != "" {
		why = append(why, "  "+f.Conf.Err)
	}
	for _, p := range f.Conf.Problems {
		why = append(why, "  "+p.Text)
		if len(why) > 3 {
			break
		}
	}
	why = append(why, "Nothing may be laxer than what it says, so it must be readable.")
	return refuse("config-unreadable", []string{"nano " + f.Conf.MainFile, f.Binary + " -t", again}, why...)
}

// grace is the time that a login may take, in seconds.
func grace(c sshdconf.Facts) int {
	for _, v := range c.Get("logingracetime") {
		if n, err := strconv.Atoi(v); err == nil && n > 0 {
			return min(n, mostGrace)
		}
	}
	return mostGrace
}

// command is the request as it was typed.
func command(r Request) string {
	out := fmt.Sprintf("sshd-doctor rescue --port %d", r.Port)
	for _, a := range r.Addresses {
		out += " --address " + a.String()
	}
	if r.User != "" {
		out += " --user " + r.User
	}
	if r.For != Usual {
		out += " --for " + Span(r.For)
	}
	if r.Password {
		out += " --allow-password"
	}
	return out
}

// Port is a port for a rescue where the server wants others for itself.
func Port(taken []uint16) uint16 {
	for _, p := range []uint16{2222, 2022, 2200, 22022} {
		if !slices.Contains(taken, p) {
			return p
		}
	}
	p := uint16(firstFree)
	for slices.Contains(taken, p) {
		p++
	}
	return p
}

// firstFree is where ports begin that nobody has registered for long (RFC 6335,
// section 6: a user port).
const firstFree = 22222

// Span writes a duration as a person would.
func Span(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.Round(time.Second).String()
}
