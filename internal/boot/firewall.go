package boot

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Tools that print rule sets, where distributions install them.
const (
	nftProgram = "nft"
	// The -legacy- ones speak to ip_tables, whatever the plain ones speak to.
	save4, save6     = "iptables-save", "ip6tables-save"
	legacy4, legacy6 = "iptables-legacy-save", "ip6tables-legacy-save"
	firewallTimeout  = 2 * time.Second
)

// The kernel lists here which tables of ip_tables are in use in this network
// namespace, to root only; the files are absent where it is not loaded.
const (
	legacyTables4 = "/proc/net/ip_tables_names"
	legacyTables6 = "/proc/net/ip6_tables_names"
)

// firewall reads the rules for incoming packets. Programs are only started where
// the kernel has tables; to ask it that loads nothing and costs three system
// calls for each kind.
func firewall(ctx context.Context, h *host.Host) Firewall {
	var f Firewall
	if h.UID != 0 {
		return f
	}
	tables, err := h.NftTables(ctx)
	if err != nil && !errors.Is(err, host.ErrNotLive) {
		f.Err = printable(err.Error())
	}
	if tables > 0 {
		f.nft(ctx, h)
	}
	for _, old := range []struct{ list, program, plain, family string }{
		{legacyTables4, legacy4, save4, "ip"}, {legacyTables6, legacy6, save6, "ip6"},
	} {
		if len(bytes.TrimSpace(read(h, old.list))) == 0 {
			continue
		}
		program := old.program
		if find(h, program) == "" {
			program = old.plain
		}
		f.save(ctx, h, program, old.family)
	}
	return f
}

// nft asks nft(8). Rules that iptables wrote it may show as unknown; those are
// read from iptables-save, which wrote them.
func (f *Firewall) nft(ctx context.Context, h *host.Host) {
	out, ok := f.ask(ctx, h, nftProgram, "-j", "list", "ruleset")
	if !ok {
		// What iptables wrote can still be read.
		f.save(ctx, h, save4, "ip")
		f.save(ctx, h, save6, "ip6")
		return
	}
	chains, foreign, err := parseNft(out)
	if err != nil {
		f.fail(err.Error())
		return
	}
	f.add(nftProgram, chains)
	for _, family := range foreign {
		program := map[string]string{"ip": save4, "ip6": save6}[family]
		if find(h, program) == "" {
			continue
		}
		before := len(f.Chains)
		if f.save(ctx, h, program, family) {
			f.Chains = append(without(f.Chains[:before], family), f.Chains[before:]...)
		}
	}
}

// without drops the tables of a family that iptables-save has shown.
func without(chains []Chain, family string) []Chain {
	return slices.DeleteFunc(slices.Clone(chains), func(c Chain) bool {
		return c.Family == family && slices.Contains([]string{"filter", "mangle", "raw", "security", "nat"}, c.Table)
	})
}

func (f *Firewall) save(ctx context.Context, h *host.Host, program, family string) bool {
	out, ok := f.ask(ctx, h, program)
	if !ok {
		return false
	}
	chains, err := parseSave(bytes.NewReader(out), family)
	if err != nil {
		f.fail(err.Error())
		return false
	}
	f.add(program, chains)
	return true
}

func (f *Firewall) add(program string, chains []Chain) {
	for _, c := range chains {
		c.Source = program
		f.Chains = append(f.Chains, c)
	}
}

// ask runs one of the programs. Output at the cap may be cut off in the middle,
// and then the rest could let clients in.
func (f *Firewall) ask(ctx context.Context, h *host.Host, program string, args ...string) ([]byte, bool) {
	path := find(h, program)
	if path == "" {
		f.fail("there are rules, and no " + program + " to read them")
		return nil, false
	}
	res := h.Run(ctx, host.Command{Path: path, Args: args, Timeout: firewallTimeout})
	switch {
	case res.Err != nil:
		f.fail(res.Err.Error())
	case res.Code != 0:
		f.fail(program + " failed: " + res.Said())
	case len(res.Stdout) >= maxTable:
		f.fail("there are too many rules to read")
	default:
		return res.Stdout, true
	}
	return nil, false
}

func (f *Firewall) fail(why string) {
	if f.Err == "" {
		f.Err = printable(why)
	}
}

// find returns the path of a program of the administrator; empty without one.
func find(h *host.Host, program string) string {
	for _, dir := range []string{"/usr/sbin/", "/sbin/", "/usr/bin/", "/usr/local/sbin/"} {
		if there, err := h.Files.Exists(dir + program); err == nil && there {
			return dir + program
		}
	}
	return ""
}
