package hostkeys

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Protect keeps the memory of this process, in which private keys are made, out
// of core dumps and out of reach of other processes of the same user. Call it
// once, before keys are made. It may not be undone, and programs that are started
// afterwards leave no core files either.
func Protect() error {
	if err := host.NoCore(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot protect the memory of this process: %w", err)
	}
	return nil
}
