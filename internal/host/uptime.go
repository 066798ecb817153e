package host

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// clockTick is the unit of times in /proc/PID/stat: USER_HZ is 100 on every
// machine that Go runs on (proc_pid_stat(5)).
const clockTick = 10 * time.Millisecond

// Uptime is how long this machine, or this container, is up, its sleep included, by
// a clock that nobody sets (CLOCK_BOOTTIME, clock_gettime(2)). In a container that
// clock is the host's, so it is counted from the start of PID 1.
func (f *Files) Uptime() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, fmt.Errorf("cannot read the time since the boot: %v", err)
	}
	stat, err := f.Read("/proc/1/stat", 4096)
	if err != nil {
		return 0, fmt.Errorf("cannot tell since when PID 1 runs: %v", err)
	}
	began, err := startOf(string(stat))
	if err != nil {
		return 0, err
	}
	return max(0, time.Duration(t.Nano())-began), nil
}

// Monotonic is the time by the clock that systemd counts by and nobody sets, which
// stands still while the machine sleeps (CLOCK_MONOTONIC, clock_gettime(2)).
func Monotonic() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return 0, fmt.Errorf("cannot read the monotonic clock: %v", err)
	}
	return time.Duration(t.Nano()), nil
}

// startOf reads when a process began, as time since the boot, out of its stat.
func startOf(stat string) (time.Duration, error) {
	// The name, in brackets, may hold anything; the fields behind it are counted
	// from the third.
	const starttime = 22 - 3
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) <= starttime {
		return 0, fmt.Errorf("cannot read %.60q: it has too few fields", stat)
	}
	n, err := strconv.ParseInt(fields[starttime], 10, 64)
	if err != nil || n < 0 || n > int64((1<<62)/clockTick) {
		return 0, fmt.Errorf("cannot read the start time %.60q", fields[starttime])
	}
	return time.Duration(n) * clockTick, nil
}
