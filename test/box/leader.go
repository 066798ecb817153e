package box

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// waitForInit waits until PID 1 of the box takes orders. nspawn has a
// short-lived child first that still lives in the host's namespaces, so a
// child counts only when it is PID 1 of a namespace of its own.
func (m *machine) waitForInit(ctx context.Context) error {
	for {
		m.init = findInit(m.nspawn.Pid)
		if m.init != 0 && exists(fmt.Sprintf("/proc/%d/root/run/systemd/private", m.init)) {
			return nil
		}
		select {
		case <-m.exited:
			return fmt.Errorf("it stopped: %w", m.err)
		case <-ctx.Done():
			return fmt.Errorf("no answer from its PID 1: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// findInit returns the child of nspawn that is PID 1 of a box, or 0.
func findInit(nspawn int) int {
	statuses, _ := filepath.Glob("/proc/[0-9]*/status")
	for _, path := range statuses {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if parent := statusField(text, "PPid"); len(parent) != 1 || parent[0] != nspawn {
			continue
		}
		ids := statusField(text, "NSpid")
		if len(ids) >= 2 && ids[len(ids)-1] == 1 {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}

// statusField reads the numbers behind one name in /proc/PID/status.
func statusField(text []byte, name string) []int {
	for line := range strings.Lines(string(text)) {
		rest, ok := strings.CutPrefix(line, name+":")
		if !ok {
			continue
		}
		var numbers []int
		for _, field := range strings.Fields(rest) {
			n, err := strconv.Atoi(field)
			if err != nil {
				return nil
			}
			numbers = append(numbers, n)
		}
		return numbers
	}
	return nil
}
