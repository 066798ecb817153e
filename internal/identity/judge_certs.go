package identity

import (
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
)

func judgeCerts(f Facts) []diag.Finding {
	var out []diag.Finding
	for _, c := range f.Certs {
		if found, ok := f.judgeCert(c); ok {
			out = append(out, found)
		}
	}
	return out
}

// judgeCert says why clients cannot use a certificate. sshd itself starts with
// any of these faults: those of the file it logs, those of the validity only the
// client sees (OpenSSH 8.4 to 10.0, measured).
func (f Facts) judgeCert(c Cert) (diag.Finding, bool) {
	says := diag.Evidence{Source: c.Path, Text: c.Detail}
	switch c.State {
	case CertAbsent:
		return ruleCert.New(c.Path, "the host certificate "+c.Path+" is not there", says).With(again(c)), true
	case NotACert:
		return ruleCert.New(c.Path, c.Path+" is not a certificate", says).With(again(c)), true
	case CertUnread:
		return ruleCert.Unknown(c.Path, "the host certificate "+c.Path+" could not be read", says).As(diag.Notice), true
	}
	says.Text = "for " + c.SHA256 + ", signed by " + c.CA + ", id " + c.KeyID
	clock := diag.Evidence{Source: "clock of this machine", Text: when(f.Now)}
	switch {
	case c.User:
		return ruleCert.New(c.Path, c.Path+" is a certificate for a user, not for a host", says).With(again(c)), true
	case !f.certified(c):
		return ruleCert.New(c.Path, c.Path+" is for a key that is not here", says).With(again(c)), true
	case !c.Before.IsZero() && !f.Now.Before(c.Before):
		return ruleCert.New(c.Path, c.Path+" expired on "+when(c.Before), says, clock).With(again(c)), true
	case !c.After.IsZero() && f.Now.Before(c.After) && f.clockBehind(c):
		return ruleCert.New(c.Path, "by this machine's clock, "+c.Path+" is not valid yet", says, clock).With(diag.Remedy{
			Summary: "set the clock", Consent: diag.Manual, Reason: "the right time is not known here",
			Manual: []string{"date", "timedatectl"},
		}), true
	case !c.After.IsZero() && f.Now.Before(c.After):
		return ruleCert.New(c.Path, c.Path+" is valid only from "+when(c.After), says, clock).With(again(c)), true
	}
	switch {
	case c.Signed == "ssh-rsa":
		// Clients leave SHA-1 out of CASignatureAlgorithms since OpenSSH 8.2.
		says.Text = "refused by the clients of today; " + says.Text
		return ruleCert.New(c.Path, c.Path+" is signed with SHA-1", says).With(again(c)), true
	case !f.named(c):
		says.Text = "for the names " + strings.Join(c.Names[:min(len(c.Names), 8)], ", ")
		mine := diag.Evidence{Source: "names of this machine", Text: strings.Join(f.Names.All(), ", ")}
		// There may be names that only the DNS knows.
		return ruleCert.New(c.Path, c.Path+" is for other names", says, mine).With(again(c)).As(diag.Notice), true
	}
	return diag.Finding{}, false
}

// named tells whether a certificate is for some name of this machine, or may be:
// the domain need not be known here. Clients compare whole names: "*" in a host
// certificate matches nothing (OpenSSH 8.4 to 10.0, measured).
func (f Facts) named(c Cert) bool {
	names := f.Names.All()
	return len(c.Names) == 0 || len(names) == 0 || slices.ContainsFunc(c.Names, func(certified string) bool {
		first, _, _ := strings.Cut(certified, ".")
		return strings.EqualFold(first, f.Names.Host) ||
			slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, certified) })
	})
}

// certified tells whether the machine has the key. Keys in an agent, and those
// that cannot be read, may be it; without any key that is what has to be mended
// first.
func (f Facts) certified(c Cert) bool {
	return f.Agent || len(f.Keys) == 0 || slices.ContainsFunc(f.Keys, func(k Key) bool {
		return k.SHA256 == c.SHA256 || k.SHA256 == ""
	})
}

// clockBehind tells whether the clock must be wrong: files were written after
// what it says. A machine without a battery begins in 1970, or when its system
// was built.
func (f Facts) clockBehind(c Cert) bool {
	newest := c.Written
	for _, t := range []time.Time{f.Installed, f.MachineID.Made} {
		if t.After(newest) {
			newest = t
		}
	}
	return newest.Sub(f.Now) > time.Hour
}

func again(c Cert) diag.Remedy {
	return diag.Remedy{
		Summary: "have the host key certified anew", Consent: diag.Manual,
		Reason: "only the certificate authority can do that",
		Manual: []string{"ssh-keygen -L -f " + safetext.Word(c.Path), "sshd -T | grep -i hostcertificate"},
	}
}
