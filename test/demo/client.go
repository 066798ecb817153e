package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/sshd-doctor/sshd-doctor/test/box"
)

// client is this machine's own OpenSSH client in a directory of its own: one
// that has a key, and has never seen the server before.
type client struct {
	dir  string
	key  string // its public key, one line
	net  string // the network in which the server is
	told []string
}

// conf keeps this machine's settings, agents and known hosts out of the story.
const conf = `Host server
	HostName 127.0.0.1
	IdentityFile ./id
	IdentitiesOnly yes
	IdentityAgent none
	UserKnownHostsFile ./known_hosts
	GlobalKnownHostsFile none
	StrictHostKeyChecking ask
	ConnectTimeout 10
`

// answer is what ssh runs to ask its question when there is no terminal. It
// shows the question in ssh's own words and says yes.
const answer = "#!/bin/sh\nprintf '%syes\\n' \"$1\" >&2\necho yes\n"

func newClient() (*client, error) {
	dir, err := os.MkdirTemp("", "sshd-doctor-demo-")
	if err != nil {
		return nil, fmt.Errorf("cannot make a directory for the client: %w", err)
	}
	c := &client{dir: dir}
	if err := c.furnish(); err != nil {
		c.remove()
		return nil, fmt.Errorf("cannot set up the client: %w", err)
	}
	return c, nil
}

func (c *client) furnish() error {
	if err := os.WriteFile(filepath.Join(c.dir, "client.conf"), []byte(conf), 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.dir, "answer"), []byte(answer), 0o700); err != nil {
		return err
	}
	id := filepath.Join(c.dir, "id")
	out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f", id).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ssh-keygen: %w\n%s", err, out)
	}
	pub, err := os.ReadFile(id + ".pub")
	c.key = strings.TrimSpace(string(pub))
	return err
}

func (c *client) remove() { os.RemoveAll(c.dir) }

// admit is the script that lets the client's key into root's account.
func (c *client) admit() string {
	return fmt.Sprintf("echo '%s' >>/root/.ssh/authorized_keys", c.key)
}

// enter puts the client where it can reach the server: a box has no network but
// its own loopback.
func (c *client) enter(server *box.Box) {
	c.net = filepath.Join(server.Root(), "../ns/net")
}

// command is what a person would type.
func (c *client) command() []string {
	return []string{"ssh", "-F", "client.conf", "root@server", "hostname"}
}

// try runs the client once and returns what it printed, and its exit status.
func (c *client) try(ctx context.Context) (string, int, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + c.net, "--"}, c.command()...)...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "SSH_ASKPASS=" + filepath.Join(c.dir, "answer"), "SSH_ASKPASS_REQUIRE=force"}
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return string(out), 0, fmt.Errorf("cannot run the client: %w", err)
	}
	// ssh ends its own lines for a terminal in raw mode, with CR LF.
	return strings.ReplaceAll(string(out), "\r\n", "\n"), cmd.ProcessState.ExitCode(), ctx.Err()
}
