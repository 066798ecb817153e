package checkup

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/clients"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/handshake"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/journal"
)

// refusedWithin is how far back refused clients are looked for.
const refusedWithin = 24 * time.Hour

// Search is how hard to look for clients that were turned away because they had
// nothing in common with sshd.
type Search int

// The ways to look for them: not at all, at the newest lines of sshd's log, or at
// all of the last day.
const (
	NoSearch Search = iota
	Glance
	WholeDay
)

// Refused is what the log says of them.
type Refused struct {
	journal.Refusals
	// Err says why it could not be read.
	Err string
}

func collectRefused(ctx context.Context, h *host.Host, how Search) Refused {
	if h.UID != 0 {
		return Refused{Err: "only root may read all of the log"}
	}
	read := journal.Glance
	if how == WholeDay {
		read = journal.Refused
	}
	var r Refused
	var err error
	if r.Refusals, err = read(ctx, h, h.Now().Add(-refusedWithin)); err != nil {
		r.Err = err.Error()
	}
	return r
}

// Clients puts together what is known of those who want in: the server's offer,
// its keys, and whom it turned away.
func Clients(f Facts, r diag.Report) (clients.Facts, error) {
	known, err := clients.Known()
	if err != nil {
		return clients.Facts{}, err
	}
	out := clients.Facts{Known: known, Back: f.Refused.Back, Whole: f.Refused.Whole, RefusalsErr: f.Refused.Err}
	out.Host.Made, out.Host.Allowed = made(r.Findings), f.Handshake.Allowed
	for _, k := range r.HostKeys {
		out.Host.Keys = append(out.Host.Keys, k.Type)
	}
	for _, l := range f.Refused.Lines {
		if refusal, ok := clients.ParseRefusal(l.Message); ok {
			refusal.Time = l.Time
			out.Refusals = append(out.Refusals, refusal)
		}
	}
	addOffer(&out, f, r.HostKeys)
	return out, nil
}

func addOffer(out *clients.Facts, f Facts, keys []diag.HostKey) {
	target, try, ok := f.Handshake.Answer()
	if !ok {
		return
	}
	o := *try.Offer
	out.Where = where(target)
	out.Host.Banner = try.Banner
	out.Server = &clients.Server{
		Kex: o.Kex, HostKey: o.HostKey,
		Cipher: [2][]string{o.CipherC2S, o.CipherS2C}, MAC: [2][]string{o.MACC2S, o.MACS2C},
	}
	for _, k := range keys {
		if clients.KeyType(k.Type) == "rsa" {
			out.Server.RSA = k.Bits
		}
	}
}

func where(a netip.AddrPort) string { return fmt.Sprintf("%s port %d", a.Addr(), a.Port()) }

// made are the types of host keys that heal would make without asking.
func made(findings []diag.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.Stage != diag.HostKeys || f.Remedy == nil || f.Remedy.Consent != diag.None {
			continue
		}
		for _, command := range f.Remedy.Commands() {
			words := strings.Fields(command)
			i := slices.Index(words, "-t")
			if strings.HasSuffix(words[0], "ssh-keygen") && i >= 0 && i+1 < len(words) {
				out = append(out, words[i+1])
			}
		}
	}
	return out
}

// judgeClients adds who was refused in the last day and would be again.
func judgeClients(f Facts, r *diag.Report) {
	if len(f.Refused.Lines) == 0 || slices.ContainsFunc(r.Findings, func(o diag.Finding) bool {
		return o.Code == handshake.CodeNoKex || o.Code == handshake.CodeNoHostKey
	}) {
		return
	}
	if c, err := Clients(f, *r); err == nil {
		r.Findings = append(r.Findings, clients.Judge(c)...)
	}
}
