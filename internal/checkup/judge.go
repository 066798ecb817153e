package checkup

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/boot"
	"github.com/sshd-doctor/sshd-doctor/internal/clients"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/disk"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/history"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
	"github.com/sshd-doctor/sshd-doctor/internal/listen"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
	"github.com/sshd-doctor/sshd-doctor/internal/view"
)

// Rules lists every problem that the program knows, in causal order.
func Rules() []diag.Rule {
	var out []diag.Rule
	for _, rules := range [][]diag.Rule{
		install.Rules(), sshdconf.Rules(), hostkeys.Rules(), service.Rules(), listen.Rules(), handshake.Rules(),
		clients.Rules(), journal.Rules(), boot.Rules(), disk.Rules(), identity.Rules(), history.Rules(), view.Rules(),
	} {
		out = append(out, rules...)
	}
	return out
}

// Judge turns facts into a report. It is pure.
func Judge(f Facts, o Options) diag.Report {
	if o.Root != "" {
		return judgeDisk(f, o)
	}
	r := diag.Report{Version: o.Version, Command: o.Command, HostKeys: f.Keys.Public()}
	stored := diskKeys(r.HostKeys)
	// First: within a stage the machine comes before what runs on it.
	r.Findings = append(r.Findings, boot.Judge(f.Boot)...)
	r.Findings = append(r.Findings, install.Judge(f.Install)...)
	r.Findings = append(r.Findings, view.Judge(f.View)...)
	r.Findings = append(r.Findings, sshdconf.Judge(f.Conf)...)
	r.Findings = append(r.Findings, hostkeys.Judge(f.Keys)...)
	r.Findings = append(r.Findings, service.Judge(f.Service)...)
	r.Findings = append(r.Findings, listen.Judge(f.Listen, f.Expect, f.Sshd)...)
	r.Findings = append(r.Findings, handshake.Judge(f.Handshake, stored, f.UID == 0 && f.Conf.Known && !f.View.Hidden())...)
	withoutLoopback(f, &r)
	judgeIdentity(f, o, &r)
	judgeClients(f, &r)
	addSaid(f, &r)
	attach(f, &r)
	service.Withhold(f.Service, r.Findings)
	boot.Withhold(f.Boot, r.Findings)
	view.Withhold(f.View, r.Findings)
	for i := range r.HostKeys {
		r.HostKeys[i].Served = f.Handshake.Proven(r.HostKeys[i].SHA256)
	}
	r.Endpoints = endpoints(f)
	withoutSystemd(f, &r, proven(r.Endpoints))
	if proven(r.Endpoints) {
		latent(f, &r)
	}
	if len(r.Endpoints) == 0 {
		r.Findings = append(r.Findings, handshake.NothingTried())
	}
	r.Passed = passed(f, r)
	r.Conclude()
	return r
}

func diskKeys(keys []diag.HostKey) []handshake.Key {
	var out []handshake.Key
	for _, k := range keys {
		out = append(out, handshake.Key{Path: k.Path, Type: k.Type, SHA256: k.SHA256})
	}
	return out
}

func endpoints(f Facts) []diag.Endpoint {
	out := f.Handshake.Endpoints()
	for i := range out {
		if a, err := netip.ParseAddr(out[i].Address); err == nil {
			out[i].Owner = f.Listen.Owner(netip.AddrPortFrom(a, uint16(out[i].Port)))
		}
	}
	return out
}

// proven tells whether everybody who should get through key exchange can: the
// handshake is the judge.
func proven(endpoints []diag.Endpoint) bool {
	for _, e := range endpoints {
		if e.Reached != "hostkey" {
			return false
		}
	}
	return len(endpoints) > 0
}

// latent turns what would be an outage into a warning where the handshake has
// shown that people get in today: it bites when sshd is next started. What the
// sockets would not tell, the handshake has told.
func latent(facts Facts, r *diag.Report) {
	r.Findings = slices.DeleteFunc(r.Findings, func(f diag.Finding) bool {
		return f.Stage == diag.Listen && f.Status == diag.CouldNotTell
	})
	for i := range r.Findings {
		// Our own client reads more algorithms than people's, and a port that the
		// caller named is not among what was proven.
		f := r.Findings[i]
		if f.Severity == diag.Broken && f.Stage < diag.Negotiation && f.Code != listen.CodePortMoved {
			r.Findings[i].Severity = diag.Warning
			r.Findings[i].Latent = service.NextStart
			if f.Code == service.CodeStarting {
				r.Findings[i].Latent = facts.Service.StartEnds()
			}
		}
	}
}

// passed says in a few words what was seen at each stage.
func passed(f Facts, r diag.Report) []diag.Passed {
	out := []diag.Passed{{Stage: diag.Install, Text: f.Install.Binary.Path + versionOf(f.Conf)}}
	if f.Conf.Known && !f.View.Hidden() {
		out = append(out, diag.Passed{Stage: diag.Config, Text: "sshd accepts its configuration"})
	} else {
		out = append(out, diag.Passed{Stage: diag.Config, Text: "not known", Not: true})
	}
	if len(r.HostKeys) > 0 || f.Conf.Known && !f.View.Hidden() {
		out = append(out, diag.Passed{Stage: diag.HostKeys, Text: keyWords(r.HostKeys)})
	}
	out = append(out, diag.Passed{Stage: diag.Service, Text: serviceWords(f.Service)})
	if len(f.Expect) > 0 {
		out = append(out, listenWords(f))
	}
	if len(r.Endpoints) > 0 {
		out = append(out, handshakeWords(r.Endpoints))
	}
	return out
}

func versionOf(c sshdconf.Facts) string {
	if c.Version == "" {
		return ""
	}
	return ", " + c.Version
}

func keyWords(keys []diag.HostKey) string {
	var types []string
	for _, k := range keys {
		types = append(types, strings.TrimPrefix(k.Type, "ssh-"))
	}
	return fmt.Sprintf("%d usable: %s", len(keys), strings.Join(types, ", "))
}

func serviceWords(s service.Facts) string {
	switch {
	case s.NoSystemd:
		return "systemd is not in charge of it"
	case s.SocketActive():
		return s.Socket.ID + " is active"
	}
	return s.Service.ID + " is " + s.Service.ActiveState
}

func listenWords(f Facts) diag.Passed {
	var bound, free []string
	for _, e := range f.Expect {
		list := &free
		if f.Listen.Owner(e.Addr) != "" {
			list = &bound
		}
		if addr := e.Addr.String(); !slices.Contains(*list, addr) {
			*list = append(*list, addr)
		}
	}
	if len(bound) == 0 {
		return diag.Passed{Stage: diag.Listen, Text: "nothing listens on " + strings.Join(free, ", "), Not: true}
	}
	return diag.Passed{Stage: diag.Listen, Text: "bound: " + strings.Join(bound, ", ")}
}

func handshakeWords(endpoints []diag.Endpoint) diag.Passed {
	var where []string
	for _, e := range endpoints {
		if e.Reached == "hostkey" {
			where = append(where, fmt.Sprintf("%s port %d", e.Address, e.Port))
		}
	}
	if len(where) == 0 {
		return diag.Passed{Stage: diag.Handshake, Text: "no key was proven", Not: true}
	}
	return diag.Passed{Stage: diag.Handshake, Text: "key proven on " + strings.Join(where, ", ")}
}
