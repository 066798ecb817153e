package messages

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Judge says what a text means on this server. It is pure.
func Judge(f Found, r Reading, l *Look) Answer {
	a := Answer{Found: f, Reading: r, Verdict: l.Report.Verdict}
	switch {
	case len(f.Sure) > 0:
		a.Kind = f.Sure[0].Entry.Look
		// A log may hold several refusals: this one's list is meant.
		if own := lists(f.Sure[0].line); len(own) > 0 {
			a.Reading.Lists, a.Reading.Part = own, part(f.Sure[0].line)
		}
		// Whoever types leaves out what a log puts before its lines.
		a.Reading.FromLog = r.FromLog || strings.HasPrefix(f.Sure[0].Message.By, "sshd's log")
	case len(r.Fingerprints) > 0:
		a.Kind = Identity
	case len(r.Lists) > 0:
		a.Kind = Offering
	default:
		a.Verdict = diag.Unknown
		return a
	}
	e := &Entry{Look: a.Kind}
	if len(f.Sure) > 0 {
		e = f.Sure[0].Entry
		a.Client, a.Here = slices.Clone(e.Client), slices.Clone(e.Here)
	}
	a.prints(l)
	if l.Skipped != "" {
		a.Now = append(a.Now, "This server was not looked at: "+l.Skipped+".")
		a.Verdict = diag.Healthy
	}
	if len(a.Reading.Lists) > 0 || a.Kind == Offering {
		a.offer(e, l)
	}
	if a.Kind == Identity {
		a.identity(l)
	}
	if l.Skipped == "" {
		a.place(l)
		a.state(e, l)
	}
	a.next(e, l)
	return a
}

// state says how this server is, in relation to the message.
func (a *Answer) state(e *Entry, l *Look) {
	cause := l.finding(func(f *diag.Finding) bool { return f.Code == l.Report.Cause && f.Code != "" })
	about := l.finding(func(f *diag.Finding) bool { return slices.Contains(e.Codes, f.Code) })
	where := l.where()
	switch {
	case l.Report.Verdict == diag.Healthy || l.Report.Verdict == diag.Unknown && where != "":
		a.healthy(e, about, where)
		if l.Report.Verdict == diag.Unknown && !l.Root {
			a.say("Not everything can be seen without root.")
		}
	case cause == nil:
		why := "nothing was seen"
		if l.Report.CutOff != "" {
			why = "the look was cut off, " + string(l.Report.CutOff)
		}
		if f := l.finding(func(f *diag.Finding) bool { return f.Status == diag.CouldNotTell && f.Severity > diag.Notice }); f != nil {
			why = f.Summary
		}
		a.say("How this server is right now could not be told: %s.", why)
	case l.Report.Verdict == diag.Degraded && where != "":
		a.say("Right now SSH answers here, on %s, but: %s (%s).", where, cause.Summary, cause.Code)
	default:
		a.say("Right now something is wrong here: %s (%s).", cause.Summary, cause.Code)
		a.say("%s", sentence(e.Look, about != nil || e.Look == Reach))
	}
}

// sentence connects a fault with a message.
func sentence(k Kind, fits bool) string {
	switch {
	case fits:
		return "That explains the message."
	case k == Auth || k == Client || k == Wrapper:
		return "Until that is mended, nobody gets as far as logging in."
	}
	return "The message speaks of another thing; mend this one first."
}

// healthy says what a message means where SSH answers.
func (a *Answer) healthy(e *Entry, about *diag.Finding, where string) {
	state := "Right now SSH answers here, on " + where + ", and proves its key."
	if about != nil {
		a.say("%s But: %s (%s).", state, about.Summary, about.Code)
		return
	}
	switch e.Look {
	case Reach:
		a.say("%s So it is over, or the client talked to another machine or port, or something on the way"+
			" (a firewall, a security group, a ban) stops it: nothing that can be seen from here.", state)
	case Log:
		a.say("%s There is no sign of this fault now.", state)
	case Auth:
		a.say("%s The doctor looks no further than that: about logins, ask the log.", state)
	default:
		a.say("%s", state)
	}
}

// place compares the address and the port in the text with this server's.
func (a *Answer) place(l *Look) {
	r := a.Reading
	if r.FromLog || a.Kind == Log || a.Kind == Auth || a.Kind == Client {
		return
	}
	if r.Port != 0 && len(l.Ports) > 0 && !slices.Contains(l.Ports, r.Port) {
		a.say("The message is about port %d; sshd is expected here on port %s.", r.Port, join(l.Ports))
	}
	addr, ok := r.Addr()
	if !ok || addr.IsLoopback() || len(l.Addrs) == 0 {
		return
	}
	if !slices.Contains(l.Addrs, addr) {
		a.say("%s is not an address of this machine. Behind address translation that is usual.", addr)
	}
}

// next puts what to do about this server last: the report's own advice where
// something is wrong.
func (a *Answer) next(e *Entry, l *Look) {
	if l.Skipped != "" || l.Report.Verdict == diag.Unknown && l.where() == "" {
		a.Here = append(a.Here, e.Mend...)
	}
	if l.Next != "" && l.Skipped == "" && l.Report.Verdict != diag.Healthy {
		a.Here = []string{l.Next}
	}
	if len(a.Here) == 0 && len(a.Client) == 0 {
		a.Here = []string{"sshd-doctor check"}
	}
	for i, c := range a.Client {
		a.Client[i] = a.Reading.fill(c)
	}
}

// fill puts the host and the port of the text into a command.
func (r Reading) fill(command string) string {
	if r.FromLog {
		return command
	}
	if r.Host != "" {
		command = strings.ReplaceAll(command, "USER@HOST", "USER@"+r.Host)
	}
	if r.Port != 0 && r.Port != 22 {
		command = strings.ReplaceAll(command, "ssh -", fmt.Sprintf("ssh -p %d -", r.Port))
	}
	return command
}

func (a *Answer) say(format string, args ...any) {
	a.Now = append(a.Now, fmt.Sprintf(format, args...))
}

// finding returns the worst that is known to be there, the first of equals; nil
// where there is none.
func (l *Look) finding(match func(*diag.Finding) bool) *diag.Finding {
	var best *diag.Finding
	for i := range l.Report.Findings {
		if f := &l.Report.Findings[i]; match(f) && (best == nil || f.Severity > best.Severity) {
			best = f
		}
	}
	return best
}

// where lists the addresses at which the server proved a key.
func (l *Look) where() string {
	var out []string
	for _, e := range l.Report.Endpoints {
		if at := fmt.Sprintf("%s port %d", e.Address, e.Port); e.Reached == "hostkey" && !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	const most = 3
	if len(out) > most {
		out = append(out[:most], "others")
	}
	return strings.Join(out, ", ")
}

func join(ports []int) string {
	var out []string
	for _, p := range ports {
		out = append(out, fmt.Sprint(p))
	}
	return strings.Join(out, ", ")
}
