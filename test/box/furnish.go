package box

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// furnish changes the mounted tree before its first boot: the binary, root's
// authorized key, the caller's script.
func (b *Box) furnish(ctx context.Context, opts Options) error {
	if opts.Binary != "" {
		if err := b.Install(opts.Binary); err != nil {
			return err
		}
	}
	if err := b.authorize(); err != nil {
		return fmt.Errorf("cannot install a key for root: %w", err)
	}
	if opts.Prepare == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "chroot", b.tree(), "/bin/sh", "-eu", "-c", opts.Prepare)
	cmd.Env = insideEnv()
	cmd.WaitDelay = time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("cannot prepare the tree of a box: %w\n%s", err, out)
	}
	return nil
}

// Install puts a static executable of this machine into the box as
// /usr/bin/sshd-doctor, before or after it has booted.
func (b *Box) Install(binary string) error {
	text, err := os.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("cannot install the binary: %w", err)
	}
	path := filepath.Join(b.tree(), "usr/bin/sshd-doctor")
	if err := os.WriteFile(path+".new", text, 0o755); err != nil {
		return fmt.Errorf("cannot install the binary: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("cannot install the binary: %w", err)
	}
	return nil
}

// authorize lets the boxes' key log in as root.
func (b *Box) authorize() error {
	pub, err := os.ReadFile(b.key + ".pub")
	if err != nil {
		return err
	}
	dir := filepath.Join(b.tree(), "root/.ssh")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "authorized_keys"), pub, 0o600)
}

// clientKey makes the key pair of the boxes' clients once.
func clientKey(ctx context.Context, dir string) (string, error) {
	key := filepath.Join(dir, "client_key")
	if exists(key + ".pub") {
		return key, nil
	}
	lock, err := lockFile(ctx, key+".lock")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if exists(key + ".pub") {
		return key, nil
	}
	os.Remove(key)
	out, err := exec.CommandContext(ctx, "ssh-keygen", "-q", "-t", "ed25519",
		"-N", "", "-C", "boxes", "-f", key).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cannot make the key of the clients: %w\n%s", err, out)
	}
	return key, nil
}
