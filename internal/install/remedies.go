package install

import (
	"context"
	"fmt"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var (
	_ host.Step = MakeUser{}
	_ host.Step = MakeDir{}
	_ host.Step = CloseDir{}
)

const (
	sysusers = "/usr/bin/systemd-sysusers"
	useradd  = "/usr/sbin/useradd"
)

// MakeUser makes sshd's privilege separation user: from the description that
// the package ships, where it ships one, else as Debian's package does.
type MakeUser struct {
	Name     string
	Sysusers string
	Group    string
}

func (s MakeUser) command() (string, []string) {
	if s.Sysusers != "" {
		return sysusers, []string{s.Sysusers}
	}
	return useradd, []string{
		"--system", "--gid", s.Group, "--home-dir", "/run/sshd", "--no-create-home",
		"--shell", "/usr/sbin/nologin", s.Name,
	}
}

// Command is the same thing by hand.
func (s MakeUser) Command() string {
	path, args := s.command()
	return path + " " + strings.Join(args, " ")
}

// Apply runs the program that the distribution has for it.
func (s MakeUser) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	path, args := s.command()
	res := h.Run(ctx, host.Command{Path: path, Args: args})
	if res.Err != nil {
		return diag.Change{}, res.Err
	}
	if !res.OK() {
		return diag.Change{}, fmt.Errorf("cannot make the user %s: %s", s.Name, res.Said())
	}
	return diag.Change{}, nil
}

// MakeDir makes the privilege separation directory as sshd wants it: owned by
// root, 0755, empty.
type MakeDir struct{ Path string }

// Command is the same thing by hand.
func (s MakeDir) Command() string { return "mkdir -m 0755 " + s.Path }

// Apply makes it.
func (s MakeDir) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, h.Files.Mkdir(s.Path, 0o755, 0, 0)
}

// CloseDir takes the privilege separation directory from everybody but root.
type CloseDir struct{ Path string }

// Command is the same thing by hand.
func (s CloseDir) Command() string {
	return fmt.Sprintf("chown root:root %s; chmod 0755 %s", s.Path, s.Path)
}

// Apply sets owner and mode.
func (s CloseDir) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	if err := h.Files.Chown(s.Path, 0, 0); err != nil {
		return diag.Change{}, err
	}
	return diag.Change{}, h.Files.Chmod(s.Path, 0o755)
}
