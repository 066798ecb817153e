package rescue

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// tableLimit is more than a mount table has, in bytes.
const tableLimit = 1 << 20

// leftBehind are the directory and the mounts of a rescue, those of one that was
// cut off when none is up. systemd takes both away, unless it is kept from running
// what it runs at the end of a unit.
func leftBehind(h *host.Host) []string {
	var out []string
	if there, err := h.Files.Exists(Dir); err == nil && there {
		out = append(out, Dir)
	}
	return append(out, mounts(h)...)
}

func mounts(h *host.Host) []string {
	table, err := h.Files.MountTable(tableLimit)
	if err != nil {
		return nil
	}
	return ownMounts(string(table))
}

// ownMounts are where a rescue has mounted something, the last first (proc(5),
// mountinfo).
func ownMounts(table string) []string {
	var out []string
	for line := range strings.Lines(table) {
		before, after, _ := strings.Cut(line, " - ")
		where, what := strings.Fields(before), strings.Fields(after)
		if len(where) < 5 || len(what) < 2 || what[0] != "tmpfs" || what[1] != dirName {
			continue
		}
		if at, err := host.UnescapeMount(where[4]); err == nil {
			out = append(out, at)
		}
	}
	slices.Reverse(out)
	return out
}

// clearLeft removes what is left of a rescue that was cut off.
func clearLeft(ctx context.Context, h *host.Host) error {
	for _, at := range mounts(h) {
		res := h.Run(ctx, host.Command{Path: tool(h, "umount"), Args: []string{"-l", "--", at}})
		if !res.OK() {
			return fmt.Errorf("cannot unmount %s: %s", at, strings.TrimSpace(string(res.Stderr)))
		}
	}
	return clearDir(h)
}
