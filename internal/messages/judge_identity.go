package messages

import (
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// leastPrint is how many characters of a fingerprint have to be there: 8 of
// base64 are 48 bits.
const leastPrint = 8

// prints says of each fingerprint in the text whether it is one of ours.
func (a *Answer) prints(l *Look) {
	if l.Skipped != "" {
		return
	}
	for _, f := range a.Reading.Fingerprints {
		p := Print{Fingerprint: f, Ours: "no"}
		switch key, ok := l.has(f); {
		case len(f.Value) < leastPrint, len(l.Keys) == 0, f.Hash == "MD5" && !l.knowsMD5():
			p.Ours = "unknown"
		case ok:
			p.Ours, p.Key = "yes", key
		}
		a.Prints = append(a.Prints, p)
		a.judgePrint(p, l)
	}
}

func (a *Answer) judgePrint(p Print, l *Look) {
	name := p.Hash + ":" + p.Value
	if len(p.Value) > 20 {
		name = p.Hash + ":" + p.Value[:16] + "..."
	}
	switch {
	case p.Ours == "unknown" && len(p.Value) < leastPrint:
		a.say("%s is too little to compare: type %d characters or more of it.", name, leastPrint)
	case p.Ours == "unknown":
		a.say("Whose %s is could not be told: the host keys could not be read.", name)
	case p.Ours == "yes" && p.Expected:
		a.say("%s, which the client knew, is this server's %s key: so another machine answered. Type no password there.", name, short(p.Key.Type))
		a.Verdict = diag.Down
	case p.Ours == "yes" && !p.Key.Served && l.servesAny():
		a.say("%s is the %s key on this server's disk, %s, but not one that sshd serves now.", name, short(p.Key.Type), p.Key.Path)
	case p.Ours == "yes":
		a.say("%s is this server's %s key: it was this server that answered.", name, short(p.Key.Type))
	case !p.Expected:
		a.say("%s is NOT a key of this server: another machine answered, or the keys were changed since. Type no password there.", name)
		a.Verdict = diag.Down
	}
}

// identity gives the keys to compare with, and what makes the client take them.
func (a *Answer) identity(l *Look) {
	foreign, ours := false, false
	for _, p := range a.Prints {
		shown := !p.Expected
		foreign = foreign || shown && p.Ours == "no" || !shown && p.Ours == "yes"
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

// has finds the key that a fingerprint, or its beginning, belongs to. Letters
// typed off a screen may have lost their case; that many still say enough.
func (l *Look) has(f Fingerprint) (Key, bool) {
	const manyLetters = 12
	for _, k := range l.Keys {
		value := k.SHA256
		if f.Hash == "MD5" {
			value = k.MD5
		}
		if len(f.Value) < leastPrint || len(value) < len(f.Value) {
			continue
		}
		begin := value[:len(f.Value)]
		if begin == f.Value || len(begin) >= manyLetters && strings.EqualFold(begin, f.Value) {
			return k, true
		}
	}
	return Key{}, false
}

func (l *Look) knowsMD5() bool {
	for _, k := range l.Keys {
		if k.MD5 == "" {
			return false
		}
	}
	return true
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
		value := "SHA256:" + k.SHA256
		if md5 && k.MD5 != "" {
			value = "MD5:" + k.MD5
		}
		out = append(out, fmt.Sprintf("%-8s %s", short(k.Type), value))
	}
	return out
}

// short is the name that clients give to a type of key.
func short(kind string) string {
	switch {
	case strings.HasPrefix(kind, "ecdsa"):
		return "ECDSA"
	case kind == "ssh-ed25519":
		return "ED25519"
	case kind == "ssh-rsa":
		return "RSA"
	}
	return strings.ToUpper(strings.TrimPrefix(kind, "ssh-"))
}
