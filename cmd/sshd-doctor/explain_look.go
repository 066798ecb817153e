package main

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/checkup"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/messages"
	"github.com/sshd-doctor/sshd-doctor/internal/report"
)

// lookFor looks at this server as check does, and keeps what an answer needs.
func (s *session) lookFor() messages.Look {
	r := s.lookOnce(s.ctx)
	l := messages.Look{
		Report: r, Root: s.h.UID == 0, Next: report.Next(r, s.reportOptions(r)),
		Ports: expected(s.facts, s.options), Keys: hostKeysOf(s, r),
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

// hostKeysOf lists the host keys that sshd proved and those on disk. Where
// neither is known, their public files have to do.
func hostKeysOf(s *session, r diag.Report) []messages.Key {
	var out []messages.Key
	add := func(k messages.Key) {
		k.SHA256 = strings.TrimPrefix(k.SHA256, "SHA256:")
		for i := range out {
			if o := &out[i]; o.SHA256 == k.SHA256 {
				o.Served, o.Path, o.MD5 = o.Served || k.Served, cmp.Or(o.Path, k.Path), cmp.Or(o.MD5, k.MD5)
				return
			}
		}
		out = append(out, k)
	}
	for _, t := range s.facts.Handshake.Targets {
		for _, y := range t.Tries {
			if y.Proof != nil {
				add(messages.Key{Type: y.Proof.Type, SHA256: y.Proof.SHA256, Served: true})
			}
		}
	}
	for _, k := range r.HostKeys {
		add(messages.Key{Type: k.Type, SHA256: k.SHA256, Path: k.Path})
	}
	var paths []string
	for _, k := range s.facts.Keys.Keys {
		paths = append(paths, k.Path)
	}
	known := len(out) > 0
	for _, k := range messages.Publics(s.h.Files, paths) {
		if !known || slices.ContainsFunc(out, func(o messages.Key) bool { return o.SHA256 == k.SHA256 }) {
			add(k)
		}
	}
	return out
}
