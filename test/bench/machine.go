package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// machine is what has to be known about where the figures come from, and no
// more: nothing in it tells which machine it was.
type machine struct {
	day                     string
	cores                   int
	cpu, kernel, memory     string
	goVersion               string
	debian, openssh, system string
	doctor                  string
	busy                    string // load average over a minute
}

func describe(ctx context.Context, b *box.Box) (machine, error) {
	m := machine{
		day:       time.Now().UTC().Format(time.DateOnly),
		cores:     runtime.NumCPU(),
		cpu:       field("/proc/cpuinfo", "model name"),
		memory:    gibibytes(field("/proc/meminfo", "MemTotal")),
		goVersion: runtime.Version(),
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.busy, _, _ = strings.Cut(string(load), " ")
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.kernel = regexp.MustCompile(`^[0-9.]+`).FindString(string(release))
	}
	r, err := b.Run(ctx, `cat /etc/debian_version; ssh -V 2>&1; systemctl --version | head -n 1; sshd-doctor version | head -n 1`)
	if err != nil {
		return m, err
	}
	lines := strings.Split(strings.TrimSpace(r.Stdout), "\n")
	if len(lines) != 4 {
		return m, fmt.Errorf("cannot tell the versions in the box: %q", r.Stdout)
	}
	m.debian, m.system, m.doctor = lines[0], lines[2], lines[3]
	m.openssh, _, _ = strings.Cut(lines[1], ",")
	return m, nil
}

// field reads the first value of a name in a file of "name : value" lines.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		key, value, ok := strings.Cut(line, ":")
		if ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// gibibytes turns the "24683652 kB" of /proc/meminfo into words.
func gibibytes(text string) string {
	kib, err := strconv.ParseFloat(strings.TrimSuffix(text, " kB"), 64)
	if err != nil {
		return text
	}
	return fmt.Sprintf("%.0f GiB", kib/(1<<20))
}
