package casebook

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// units is the state of a box's units, as lines that can be compared.
type units struct {
	ssh   map[string]string // "ssh.service ActiveState" to its value
	other []string          // every other service and socket, and every mount
}

// The units that come and go with each connection are left out, so are the
// timers' jobs that may start at any moment, those that systemd only remembers the
// name of, and the doctor's own.
const askUnits = `systemctl show --no-pager ssh.service ssh.socket -p Id,LoadState,ActiveState,SubState,Result,UnitFileState,NeedDaemonReload,NRestarts,InvocationID,MainPID
echo
systemctl list-units --all --no-legend --no-pager --plain --full --type=service,socket |
  awk '$2 != "not-found" && $1 !~ /^(ssh@|sshd@|ssh\.|sshd-doctor|user@|user-runtime-dir@|systemd-tmpfiles-clean|dpkg-db-backup|apt-daily|e2scrub|fstrim|man-db)/ { print $1, $2, $3, $4 }'`

// takeUnits asks systemd in the box.
func takeUnits(ctx context.Context, b *box.Box) (units, error) {
	r, err := b.Run(ctx, askUnits)
	if err != nil {
		return units{}, err
	}
	u := units{ssh: map[string]string{}}
	for block := range strings.SplitSeq(r.Stdout, "\n\n") {
		if pairs := properties(block); pairs["Id"] != "" {
			for name, value := range pairs {
				u.ssh[pairs["Id"]+" "+name] = value
			}
			continue
		}
		for line := range strings.Lines(block) {
			u.other = append(u.other, strings.TrimSpace(line))
		}
	}
	if len(u.ssh) == 0 || len(u.other) == 0 {
		return u, fmt.Errorf("cannot read the state of the units: %s", r.Stderr)
	}
	mounts, err := takeMounts(b)
	u.other = append(u.other, mounts...)
	return u, err
}

// takeMounts lists what is mounted in the box, less what systemd mounts for a
// moment for its own services and for users.
func takeMounts(b *box.Box) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/mounts", b.Init()))
	if err != nil {
		return nil, err
	}
	var mounts []string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 2 && !within(f[1], "/run/credentials") && !within(f[1], "/run/user") {
			mounts = append(mounts, "mount "+f[1]+" "+f[2])
		}
	}
	return mounts, nil
}

// properties reads one block that "systemctl show" prints.
func properties(block string) map[string]string {
	pairs := map[string]string{}
	for line := range strings.Lines(block) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			pairs[name] = value
		}
	}
	return pairs
}

// diffUnits describes what differs, less the units that may.
func diffUnits(before, after units, except []string) []string {
	var lines []string
	for name, old := range before.ssh {
		unit, _, _ := strings.Cut(name, " ")
		if now := after.ssh[name]; now != old && !slices.Contains(except, unit) {
			lines = append(lines, fmt.Sprintf("%s was %q and is %q", name, old, now))
		}
	}
	for _, u := range before.other {
		if !slices.Contains(after.other, u) {
			lines = append(lines, "was: "+u)
		}
	}
	for _, u := range after.other {
		if !slices.Contains(before.other, u) {
			lines = append(lines, "is: "+u)
		}
	}
	slices.Sort(lines)
	return lines
}

// invocation is the identity of this run of ssh.service.
func (u units) invocation() string { return u.ssh["ssh.service InvocationID"] }

// active tells whether ssh.service runs.
func (u units) active() bool { return u.ssh["ssh.service ActiveState"] == "active" }
