package host

import (
	"bytes"
	"context"
	"fmt"

	"golang.org/x/sys/unix"
)

// NftTables asks the kernel how many tables nftables has in this network
// namespace, over nfnetlink. It needs CAP_NET_ADMIN. Where the kernel does not
// have nftables loaded it is not asked, because it would load it: the answer is
// then 0.
func (h *Host) NftTables(ctx context.Context) (int, error) {
	if !h.Files.live() {
		return 0, ErrNotLive
	}
	if !h.nftLoaded() {
		return 0, nil
	}
	// From linux/netfilter/nfnetlink.h and nf_tables.h: the subsystem is the
	// upper byte of the message type; a struct nfgenmsg of zeroes asks for every
	// family.
	const kind = unix.NFNL_SUBSYS_NFTABLES<<8 | unix.NFT_MSG_GETTABLE
	ask := make([]byte, 4)
	tables, err := dump(ctx, unix.NETLINK_NETFILTER, kind, ask, func(m netlinkMessage) (struct{}, bool, error) {
		return struct{}{}, true, nil
	})
	if err != nil {
		return 0, fmt.Errorf("cannot ask for the tables of nftables: %w", err)
	}
	return len(tables), nil
}

// nftLoaded tells whether nftables is in the running kernel: as a module, or
// built in.
func (h *Host) nftLoaded() bool {
	if there, err := h.Files.Exists("/sys/module/nf_tables"); there || err != nil {
		return there
	}
	// A kernel without modules loads none, however it is asked.
	if modules, err := h.Files.Exists("/proc/modules"); err == nil && !modules {
		return true
	}
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return false
	}
	list, err := h.Files.Read("/lib/modules/"+unix.ByteSliceToString(name.Release[:])+"/modules.builtin", 1<<20)
	return err == nil && bytes.Contains(list, []byte("/nf_tables.ko"))
}
