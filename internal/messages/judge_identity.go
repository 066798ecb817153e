package messages

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
)

// prints says of each fingerprint in the text whether it is one of ours.
func (a *Answer) prints(l *Look) {
	if l.Skipped != "" {
		return
	}
	for _, f := range a.Reading.Fingerprints {
		p := Print{Fingerprint: f, Ours: "unknown"}
		typed, err := fingerprint.ParseTyped(f.Hash + ":" + f.Value)
		switch {
		case err != nil:
			a.say("%s was not compared: %v.", f.name(), err)
		case len(l.Keys) == 0:
			a.say("Whose %s is could not be told: the host keys could not be read.", f.name())
		default:
			p.compare(typed, l.Keys)
			if p.Ours == "no" && l.Partial {
				p.Ours = "unknown"
				a.say("Whose %s is could not be told: not every host key here could be read or proven.", f.name())
				break
			}
			a.judgePrint(&p, l)
		}
		a.Prints = append(a.Prints, p)
	}
}

// leastAlike is how many characters make fingerprint.LeastBase64 up where upper and
// lower case are the same: five bits each in the place of six.
const leastAlike = 10

// compare finds the key whose the fingerprint is, or that it is nearly like.
func (p *Print) compare(typed fingerprint.Typed, keys []Key) {
	p.Ours = "no"
	for _, k := range keys {
		switch like := typed.Compare(k.Key); {
		case like == fingerprint.Same, like == fingerprint.Alike && len(p.Value) >= leastAlike:
			p.Ours, p.Key = "yes", k
			return
		case like != fingerprint.Different:
			p.Ours, p.Key = "unknown", k
		}
	}
}

// name is the fingerprint, or its beginning where it is long.
func (f Fingerprint) name() string {
	const most = 23 // eight pairs
	if len(f.Value) > most {
		return f.Hash + ":" + f.Value[:most] + "..."
	}
	return f.Hash + ":" + f.Value
}

func (a *Answer) judgePrint(p *Print, l *Look) {
	name, label := p.name(), p.Key.Label()
	switch {
	case p.Ours == "yes" && p.Expected:
		a.say("%s, which the client knew, is this server's %s key: so another machine answered. Type no password there.", name, label)
		a.Verdict = diag.Down
	case p.Ours == "yes" && !p.Key.Served && l.servesAny():
		a.say("%s is the %s key on this server's disk, %s, but not one that sshd serves now.", name, label, p.Key.Path)
	case p.Ours == "yes":
		a.say("%s is this server's %s key: it was this server that answered.", name, label)
	case p.nearly():
		a.say("%s is nearly this server's %s key, and not quite: look at it again. Until it is the same, type no password there.", name, label)
		a.ask(p, len(p.Value))
	case !p.Expected:
		a.say("%s is NOT a key of this server: another machine answered, or the keys were changed since. Type no password there.", name)
		const enough = 17 // to type again
		a.ask(p, enough)
	}
}

// nearly: a part of it agrees with a key of this server.
func (p *Print) nearly() bool { return p.Ours == "unknown" && p.Key.Public != "" }

// ask has so much of a fingerprint looked at more closely next.
func (a *Answer) ask(p *Print, most int) {
	a.Verdict = diag.Down
	a.Here = []string{"sshd-doctor identity --is " + p.Hash + ":" + p.Value[:min(len(p.Value), most)]}
}

// identity gives the keys to compare with, and what makes the client take them.
func (a *Answer) identity(l *Look) {
	foreign, ours := false, false
	for _, p := range a.Prints {
		shown := !p.Expected
		foreign = foreign || shown && p.Ours != "yes" || !shown && p.Ours == "yes"
		ours = ours || shown && p.Ours == "yes"
	}
	if !ours {
		a.Show = l.show(len(a.Prints) > 0 && a.Prints[0].Hash == "MD5")
	}
	if len(a.Found.Sure) == 0 || foreign {
		return
	}
	switch name := a.Found.Sure[0].Entry.Name; {
	case name == "identity-changed" || name == "identity-refused":
		a.Client = append(a.Client, a.forget()...)
	case name == "identity-unknown" && a.family() == "PuTTY":
		a.Client = append(a.Client, "say Accept at PuTTY's question, once the fingerprint is the same")
	case name == "identity-unknown":
		a.Client = append(a.Client, a.Reading.fill("ssh -o StrictHostKeyChecking=ask USER@HOST"))
	}
}

// forget is how the client forgets the old key.
func (a *Answer) forget() []string {
	r := a.Reading
	if a.family() == "PuTTY" {
		return []string{"say Accept at PuTTY's question, once the fingerprint is the same"}
	}
	file := ""
	if r.KnownHosts != "" && !strings.HasSuffix(r.KnownHosts, "/.ssh/known_hosts") {
		file = "-f " + r.KnownHosts + " "
	}
	name, told := r.known()
	if !told && r.Line > 0 {
		return []string{fmt.Sprintf("sed -i %dd %s", r.Line, r.KnownHosts)}
	}
	if strings.HasPrefix(name, "[") {
		name = `"` + name + `"`
	}
	return []string{"ssh-keygen " + file + "-R " + name}
}

func (l *Look) servesAny() bool {
	for _, k := range l.Keys {
		if k.Served {
			return true
		}
	}
	return false
}

// show lists the keys that clients see, or those on disk where none is served.
func (l *Look) show(md5 bool) []string {
	var out []string
	for _, k := range l.Keys {
		if l.servesAny() && !k.Served {
			continue
		}
		value := k.SHA256()
		if md5 {
			value = k.MD5()
		}
		out = append(out, fmt.Sprintf("%-8s %s", k.Label(), value))
	}
	return out
}
