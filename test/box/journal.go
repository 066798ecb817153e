package box

import (
	"context"
	"fmt"
)

// Journal returns the last 200 lines that the box logged for a unit, or for
// everything where unit is empty.
func (b *Box) Journal(ctx context.Context, unit string) (string, error) {
	args := []string{"--no-pager", "-q", "-o", "short-precise", "-n", "200"}
	if unit != "" {
		args = append(args, "-u", unit)
	}
	r, err := b.Exec(ctx, nil, "journalctl", args...)
	if err != nil {
		return "", err
	}
	if r.Exit != 0 {
		return "", fmt.Errorf("cannot read the journal of the box: %s", r.Stderr)
	}
	return r.Stdout, nil
}
