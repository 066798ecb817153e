package box

import (
	"context"
	"fmt"
)

// beside runs a script in another root: /proc is there, and /tmp is its own.
const beside = `mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/tmp" &&
exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C sh -c "$2"`

// Beside runs a shell script that sees the network of the box and the files of
// another root, as [Tree] makes them: other programs, on the same machine. What it
// writes anywhere but in /tmp would stay, and must not be.
func (b *Box) Beside(ctx context.Context, root, script string) (Result, error) {
	r, err := collect(ctx, b.enter(ctx, "-n", "unshare", "-m", "sh", "-c", beside, "sh", root, script), nil)
	if err != nil {
		return r, fmt.Errorf("cannot run a script beside the box: %w", err)
	}
	return r, nil
}

// Outside runs a program of this machine that sees the network of the box.
func (b *Box) Outside(ctx context.Context, name string, args ...string) (Result, error) {
	r, err := collect(ctx, b.enter(ctx, "-n", append([]string{name}, args...)...), nil)
	if err != nil {
		return r, fmt.Errorf("cannot run %s beside the box: %w", name, err)
	}
	return r, nil
}
