package box

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Options says how a box differs from a plain server of its suite.
type Options struct {
	// Binary is a static executable on this machine; it becomes
	// /usr/bin/sshd-doctor in the box.
	Binary string
	// Packages are Debian's names of what the box holds beside a plain server. Each
	// list has a root of its own, built once.
	Packages []string
	// Prepare is a shell script that changes the tree before the first boot.
	// It runs as root, with the tree as its root directory.
	Prepare string
	// Console keeps what is written to the console; see [Box.Console]. Without it
	// the console is a terminal that nobody reads.
	Console bool
	// Keep leaves what the box changed behind when it stops; see [Box.Kept].
	Keep bool
	// Progress is told when a root has to be built first. It may be nil.
	Progress io.Writer
}

// Box is one running machine. Its methods may be called from several
// goroutines, except that [Box.Reboot] and [Box.Stop] come alone.
type Box struct {
	// Suite is the Debian release of the box.
	Suite Suite
	// Name is unique on this machine and is the host name in the box.
	Name string
	// Booted is how long the last boot took.
	Booted time.Duration

	dir      string // DIR/run/NAME
	key      string // private key that opens root's account
	lock     *os.File
	console  string // what systemd-nspawn makes of the console
	keep     atomic.Bool
	kept     string
	machine  *machine
	sources  atomic.Uint32 // source addresses used by clients so far
	stopping sync.Once
	stopErr  error
	forget   func() bool // ends the watch on the context
}

// bootDeadline bounds one boot. A healthy boot takes half a second; the rest
// is for a machine with far too much to do. It ends before the 90 seconds that
// systemd gives to a unit that hangs, so that the unit is seen hanging.
const bootDeadline = 60 * time.Second

// Start boots a fresh box and returns when it has settled. The box lives until
// Stop is called or ctx ends, whichever comes first.
func Start(ctx context.Context, suite Suite, opts Options) (*Box, error) {
	if err := needTools("systemd-nspawn", "nsenter", "ssh", "ssh-keygen"); err != nil {
		return nil, err
	}
	base, err := Tree(ctx, suite, append(packages(), opts.Packages...), opts.Progress)
	if err != nil {
		return nil, err
	}
	dir := Dir()
	if err := sweep(ctx, dir); err != nil {
		return nil, err
	}
	b := &Box{Suite: suite, console: "passive"}
	if opts.Console {
		b.console = "read-only"
	}
	b.keep.Store(opts.Keep)
	if b.key, err = clientKey(ctx, dir); err != nil {
		return nil, err
	}
	if err := b.claim(ctx, dir); err != nil {
		return nil, err
	}
	if err := b.bringUp(ctx, base, opts); err != nil {
		b.keep.Store(false)
		b.Stop()
		return nil, err
	}
	b.forget = context.AfterFunc(ctx, b.stopOnce)
	return b, nil
}

// bringUp mounts, prepares and boots the tree.
func (b *Box) bringUp(ctx context.Context, base string, opts Options) error {
	if err := b.mount(base); err != nil {
		return err
	}
	if err := b.furnish(ctx, opts); err != nil {
		return err
	}
	return b.boot(ctx)
}

// boot starts the machine and waits until it has settled.
func (b *Box) boot(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, bootDeadline)
	defer cancel()
	began := time.Now()
	m, err := spawn(b.Name, b.tree(), b.console, b.logFile())
	if err != nil {
		return err
	}
	b.machine = m
	if err := m.waitForInit(ctx); err != nil {
		return b.bootError(err)
	}
	if err := b.waitForBoot(ctx); err != nil {
		return b.bootError(err)
	}
	b.Booted = time.Since(began)
	return nil
}

// bootError adds what nspawn and the box itself said, and what to do about the
// one limit of the host that many boxes together run into.
func (b *Box) bootError(err error) error {
	log, _ := os.ReadFile(b.logFile())
	if bytes.Contains(log, []byte("inotify")) && bytes.Contains(log, []byte("Too many open files")) {
		err = fmt.Errorf("%w (each box takes about ten inotify instances: "+
			"sysctl fs.inotify.max_user_instances=1024)", err)
	}
	return fmt.Errorf("cannot boot a %s box: %w; systemd-nspawn said:\n%s", b.Suite, err, log)
}

func (b *Box) tree() string    { return filepath.Join(b.dir, "fs") }
func (b *Box) logFile() string { return filepath.Join(b.dir, "log") }

// Root is the root directory of the running box as this machine sees it, with
// everything that is mounted in the box. It is good for looking without
// starting anything inside.
func (b *Box) Root() string { return fmt.Sprintf("/proc/%d/root", b.machine.init) }

// Console is what the box has written to its console, over all its boots, where
// that was asked for.
func (b *Box) Console() ([]byte, error) {
	text, err := os.ReadFile(b.logFile())
	if err != nil {
		return nil, fmt.Errorf("cannot read the console of box %s: %w", b.Name, err)
	}
	return text, nil
}

// Init is the process id, on this machine, of the box's PID 1. It changes with
// each boot.
func (b *Box) Init() int { return b.machine.init }

// Keep makes Stop leave behind what the box changed.
func (b *Box) Keep() { b.keep.Store(true) }

// Kept is, after Stop, the directory with the files that the box changed, or
// empty where they were not to be kept.
func (b *Box) Kept() string { return b.kept }
