package main

import (
	"cmp"
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/fingerprint"
	"github.com/sshd-doctor/sshd-doctor/internal/messages"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// lookFor looks at this server as check does, and keeps what an answer needs.
func (s *session) lookFor() messages.Look {
	r := s.lookOnce(s.ctx)
	l := messages.Look{
		Report: r, Root: s.h.UID == 0, Next: report.Next(r, s.reportOptions(r)),
		Ports: expected(s.facts, s.options), Keys: hostKeysOf(s, r), Partial: !newCard(s.facts, r, true).whole,
	}
	for _, a := range s.facts.Listen.Addresses {
		l.Addrs = append(l.Addrs, a.Addr.WithZone("").Unmap())
	}
	if o, ok := s.facts.Handshake.Offer(); ok {
		l.Offers = append(l.Offers, messages.Offer{
			Kex: o.Kex, HostKey: o.HostKey, Cipher: o.CipherC2S, MAC: o.MACC2S, Compression: o.CompC2S,
		})
	}
	return l
}

// expected are the ports at which sshd should answer.
func expected(f checkup.Facts, o checkup.Options) []int {
	out := slices.Clone(o.Ports)
	for _, e := range f.Expect {
		if p := int(e.Addr.Port()); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// hostKeysOf lists the host keys that sshd proved, and those on disk.
func hostKeysOf(s *session, r diag.Report) []messages.Key {
	var out []messages.Key
	add := func(public, path string, served bool) {
		key, ok := fingerprint.Read(public)
		if !ok {
			return
		}
		at := slices.IndexFunc(out, func(o messages.Key) bool { return o.Public == key.Public })
		if at < 0 {
			at, out = len(out), append(out, messages.Key{Key: key})
		}
		out[at].Path, out[at].Served = cmp.Or(out[at].Path, path), out[at].Served || served
	}
	for _, t := range s.facts.Handshake.Targets {
		for _, y := range t.Tries {
			if y.Proof != nil {
				add(y.Proof.Public, "", true)
			}
		}
	}
	for _, k := range r.HostKeys {
		add(k.Public, k.Path, false)
	}
	return out
}
