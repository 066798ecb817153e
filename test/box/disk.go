package box

import (
	"context"
	"fmt"
)

// Off cuts the power. Until On the files of the box are a disk without a
// machine, see Disk.
func (b *Box) Off() error {
	if err := b.machine.end(); err != nil {
		return fmt.Errorf("cannot cut the power of box %s: %w", b.Name, err)
	}
	removeGroups(b.Name)
	return nil
}

// Disk is where the files of a box are that is off.
func (b *Box) Disk() string { return b.tree() }

// On boots a box that was off, with whatever its disk holds now.
func (b *Box) On(ctx context.Context) error { return b.boot(ctx) }
