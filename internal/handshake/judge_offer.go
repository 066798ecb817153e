package handshake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// judgeOffers says which offers leave today's clients nothing to agree on. The
// measure is OpenSSH's own client, not the laxest there is: PuTTY would still
// take SHA-1 and group 1, and yet people are locked out.
func judgeOffers(f Facts) []diag.Finding {
	var out []diag.Finding
	said := map[string]bool{}
	for _, t := range f.Targets {
		o, ok := t.offer()
		if !ok {
			continue
		}
		for _, l := range openSSH().missing(o) {
			// The addresses of one server have one fault.
			key := fmt.Sprint(t.Addr.Port(), l)
			if !said[key] {
				said[key] = true
				out = append(out, noCommon(t, o, l))
			}
		}
	}
	return merge(out)
}

// Narrow are the settings of sshd_config that leave today's clients nothing to
// agree on, each once.
func (f Facts) Narrow() []string {
	var out []string
	for _, t := range f.Targets {
		o, ok := t.offer()
		if !ok {
			if b, tried := t.best(); tried && b.Reached == Banner && f.Allowed != nil {
				// It may be that no host key is allowed: then there is no offer.
				out = append(out, "HostKeyAlgorithms")
			}
			continue
		}
		for _, l := range openSSH().missing(o) {
			out = append(out, l.setting)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func noCommon(t Target, o Offer, l list) diag.Finding {
	rule, summary := ruleNoKex, fmt.Sprintf("no OpenSSH client of today shares a %s with sshd", l.name)
	if l.setting == "HostKeyAlgorithms" {
		rule = ruleNoHostKey
		if len(l.server) == 0 {
			summary = "sshd offers no host key type at all"
		}
	}
	e := diag.Evidence{
		Source: "offer of " + t.Addr.String(),
		Text:   l.name + ": " + firstOf(cut(strings.Join(l.server, ",")), "nothing"),
	}
	others := diag.Evidence{Source: "PuTTY 0.81 and later, Go programs", Text: "may still get in"}
	if len(openSSH().with(laxer()).missing(o)) > 0 {
		others.Text = "are locked out as well"
	}
	return rule.New(t.Addr.String(), summary, e, others).With(widen(l.setting))
}

func widen(setting string) diag.Remedy {
	return diag.Remedy{
		Summary: "widen " + setting + " in sshd's configuration", Consent: diag.Manual,
		Reason: "which methods are allowed is the administrator's decision",
		Manual: []string{"sshd -T | grep -i '^" + strings.ToLower(setting) + " '"},
	}
}

// allowsNone tells whether the configuration forbids every key on disk. An
// OpenSSH server never sends an offer without host key types: it ends with "No
// supported key exchange algorithms" after its banner (8.4 to 10.0, measured).
func (f Facts) allowsNone(disk []Key) bool {
	if f.Allowed == nil || len(disk) == 0 {
		return false
	}
	return !slices.ContainsFunc(disk, func(k Key) bool { return len(allowed([]string{k.Type}, f.Allowed)) > 0 })
}

func noneAllowed(f Facts, t Target, e diag.Evidence) diag.Finding {
	return ruleNoHostKey.New(t.Addr.String(), "HostKeyAlgorithms allows none of this machine's host keys", e,
		diag.Evidence{Source: "sshd's configuration", Text: "HostKeyAlgorithms " + clean(strings.Join(f.Allowed, ","))}).
		With(widen("HostKeyAlgorithms"))
}

// merge keeps one finding for each code and subject, with the evidence of all.
func merge(in []diag.Finding) []diag.Finding {
	var out []diag.Finding
	at := map[string]int{}
	for _, f := range in {
		if i, ok := at[f.Key()]; ok {
			out[i].Evidence = append(out[i].Evidence, f.Evidence[0])
			continue
		}
		at[f.Key()] = len(out)
		out = append(out, f)
	}
	return out
}

func (t Target) offer() (Offer, bool) {
	for _, y := range t.Tries {
		if y.Offer != nil {
			return *y.Offer, true
		}
	}
	return Offer{}, false
}
