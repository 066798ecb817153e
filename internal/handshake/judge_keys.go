package handshake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// served is what the sshd of this box was seen to serve.
type served struct {
	asked   []string
	offered []string
	proven  []Proof
}

// ours gathers what was seen at all targets, except where a server of another
// make proved keys of its own.
func (f Facts) ours(disk []Key) served {
	s := served{asked: f.Types}
	for _, t := range f.Targets {
		if t.otherMake() && !t.holdsOneOf(disk) {
			continue
		}
		for _, y := range t.Tries {
			if y.Offer != nil {
				s.offered = append(s.offered, y.Offer.types()...)
			}
			if y.Proof != nil {
				s.proven = append(s.proven, *y.Proof)
			}
		}
	}
	slices.Sort(s.offered)
	s.offered = slices.Compact(s.offered)
	return s
}

// judgeKeys compares what sshd serves with what is on disk.
func judgeKeys(s served, disk []Key) []diag.Finding {
	if len(s.offered) == 0 {
		return nil
	}
	var out []diag.Finding
	for _, kind := range s.offered {
		if !slices.ContainsFunc(disk, func(k Key) bool { return k.Type == kind }) {
			out = append(out, onlyInMemory(s, kind))
		}
	}
	var types []string
	for _, k := range disk {
		if slices.Contains(types, k.Type) {
			continue
		}
		types = append(types, k.Type)
		if f, ok := judgeKey(s, k, disk); ok {
			out = append(out, f)
		}
	}
	return out
}

// judgeKey judges one type by the first key of it on disk: sshd serves only one
// of each type.
func judgeKey(s served, k Key, disk []Key) (diag.Finding, bool) {
	asked := slices.Contains(s.asked, k.Type)
	i := slices.IndexFunc(s.proven, func(p Proof) bool {
		return p.Type == k.Type && !onDisk(disk, p.SHA256)
	})
	seen := slices.ContainsFunc(s.proven, func(p Proof) bool { return p.Type == k.Type })
	file := diag.Evidence{Source: k.Path, Text: fingerprint(k.SHA256)}
	switch {
	case i >= 0:
		return ruleNotServed.New(k.Path,
			fmt.Sprintf("sshd still serves another %s key than the file", shortType(k.Type)),
			diag.Evidence{Source: "sshd", Text: s.proven[i].SHA256}, file), true
	case seen || !asked:
		return diag.Finding{}, false
	case !slices.Contains(s.offered, k.Type):
		return ruleNotLoaded.New(k.Path,
			fmt.Sprintf("sshd does not serve its %s key yet", shortType(k.Type)),
			diag.Evidence{Source: "sshd's offer", Text: strings.Join(s.offered, ",")}, file), true
	case len(s.proven) == 0:
		// Nothing was proven at all: said for the address already.
		return diag.Finding{}, false
	}
	return ruleUnproven.Unknown(k.Path,
		fmt.Sprintf("sshd offers its %s key, but it was not seen", shortType(k.Type)),
		diag.Evidence{Source: "sshd's offer", Text: strings.Join(s.offered, ",")}, file), true
}

func onlyInMemory(s served, kind string) diag.Finding {
	e := diag.Evidence{Source: "sshd's offer", Text: strings.Join(s.offered, ",")}
	for _, p := range s.proven {
		if p.Type == kind {
			e = diag.Evidence{Source: "sshd", Text: kind + " " + p.SHA256}
		}
	}
	return ruleOnlyInMemory.New(kind,
		fmt.Sprintf("sshd serves its %s key from memory; no usable file has it", shortType(kind)), e)
}

// judgeOthers says where a server of another make answers.
func judgeOthers(f Facts, disk []Key, diskKnown bool) []diag.Finding {
	var out []diag.Finding
	for _, t := range f.Targets {
		if !t.otherMake() {
			continue
		}
		at := t.Addr.String()
		e := diag.Evidence{Source: "banner of " + at, Text: t.banner()}
		found := ruleOtherServer.New(at, at+" is answered by another SSH server: "+software(t.banner()), e).
			With(lookAtPort())
		switch {
		case diskKnown && t.holdsOneOf(disk):
			// It shows the identity of this box, whatever it calls itself.
			found = found.As(diag.Notice)
		case !diskKnown:
			found.Status = diag.CouldNotTell
			found = found.As(diag.Warning)
		case !t.proven():
			found = found.As(diag.Warning)
		}
		out = append(out, found)
	}
	return out
}

// otherMake tells whether the banner is not OpenSSH's.
func (t Target) otherMake() bool {
	b := t.banner()
	return b != "" && !strings.HasPrefix(software(b), "OpenSSH")
}

func (t Target) banner() string {
	for _, y := range t.Tries {
		if y.Banner != "" {
			return y.Banner
		}
	}
	return ""
}

// software returns the name in a banner: SSH-protoversion-softwareversion SP
// comments (RFC 4253, 4.2).
func software(banner string) string {
	if parts := strings.SplitN(banner, "-", 3); len(parts) == 3 {
		return parts[2]
	}
	return banner
}

func (t Target) holdsOneOf(disk []Key) bool {
	return slices.ContainsFunc(t.Tries, func(y Try) bool { return y.Proof != nil && onDisk(disk, y.Proof.SHA256) })
}

func onDisk(disk []Key, sha256 string) bool {
	return slices.ContainsFunc(disk, func(k Key) bool { return sameKey(k.SHA256, sha256) })
}

func fingerprint(sha256 string) string { return "SHA256:" + strings.TrimPrefix(sha256, "SHA256:") }

// shortType is how people call a key type.
func shortType(kind string) string {
	switch {
	case kind == "ssh-rsa":
		return "RSA"
	case kind == "ssh-dss":
		return "DSA"
	case kind == "ssh-ed25519":
		return "Ed25519"
	case strings.HasPrefix(kind, "ecdsa-"):
		return "ECDSA"
	}
	return kind
}
