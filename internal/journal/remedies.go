package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

var (
	_ host.Step = Test{}
	_ host.Step = Relabel{}
	_ host.Step = ResetFailed{}
	_ host.Step = Disable{}
	_ host.Step = Thaw{}
	_ host.Step = SetRuleAside{}
)

// Test has the sshd on disk test its keys and its configuration. It changes
// nothing; what comes after it is not done when it fails.
type Test struct {
	Binary string
	Args   []string
}

func (s Test) command() host.Command {
	return host.Command{Path: s.Binary, Args: append([]string{"-t"}, s.Args...)}
}

// Command is the same thing by hand.
func (s Test) Command() string { return s.command().String() }

// Apply runs it. A program that is no sshd may well end with 0, but it has no
// configuration to print.
func (s Test) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	if err := run(ctx, h, s.command()); err != nil {
		return diag.Change{}, err
	}
	ask := host.Command{Path: s.Binary, Args: append([]string{"-T"}, s.Args...)}
	if res := h.Run(ctx, ask); res.OK() && len(res.Stdout) == 0 {
		return diag.Change{}, fmt.Errorf("cannot go on: %s prints nothing, so %s is not sshd", ask, s.Binary)
	}
	return diag.Change{}, nil
}

// run runs a command that has to succeed.
func run(ctx context.Context, h *host.Host, c host.Command) error {
	res := h.Run(ctx, c)
	if res.Err != nil {
		return res.Err
	}
	if !res.OK() {
		return fmt.Errorf("cannot go on: %s ended with status %d: %s", c, res.Code, res.Said())
	}
	return nil
}

// Relabel gives files the SELinux label that the policy has for them.
type Relabel struct{ Paths []string }

// Command is the same thing by hand.
func (s Relabel) Command() string { return "restorecon -R " + strings.Join(s.Paths, " ") }

// Apply runs restorecon(8).
func (s Relabel) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	for _, p := range []string{"/usr/sbin/restorecon", "/sbin/restorecon"} {
		if there, err := h.Files.Exists(p); err == nil && there {
			return diag.Change{}, run(ctx, h, host.Command{Path: p, Args: append([]string{"-R"}, s.Paths...)})
		}
	}
	return diag.Change{}, errors.New("cannot restore labels: restorecon is not there")
}

// ResetFailed has systemd forget the failed units that match a pattern.
type ResetFailed struct{ Pattern string }

// Command is the same thing by hand.
func (s ResetFailed) Command() string { return "systemctl reset-failed '" + s.Pattern + "'" }

// Apply runs systemctl, which knows how to match units.
func (s ResetFailed) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, run(ctx, h, host.Command{Path: "/bin/systemctl", Args: []string{"reset-failed", s.Pattern}})
}

// Thaw lets the processes of a unit go on that systemd holds.
type Thaw struct{ Unit string }

// Command is the same thing by hand.
func (s Thaw) Command() string { return "systemctl thaw " + s.Unit }

// Apply runs systemctl.
func (s Thaw) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	return diag.Change{}, run(ctx, h, host.Command{Path: "/bin/systemctl", Args: []string{"thaw", s.Unit}})
}

// Disable keeps a unit from being started at boot, or with another unit.
type Disable struct{ Unit string }

// Command is the same thing by hand.
func (s Disable) Command() string { return "systemctl disable " + s.Unit }

// Apply asks systemd.
func (s Disable) Apply(ctx context.Context, h *host.Host) (diag.Change, error) {
	undo := func(ctx context.Context) error {
		if err := h.Systemd.Enable(ctx, s.Unit); err != nil {
			return err
		}
		return h.Systemd.DaemonReload(ctx)
	}
	if err := h.Systemd.Disable(ctx, s.Unit); err != nil {
		return diag.Change{}, err
	}
	// Disable over D-Bus does not, and the links of the unit are still known.
	return diag.Change{Undo: undo}, h.Systemd.DaemonReload(ctx)
}

// SetRuleAside turns one rule of tcp wrappers into a comment. A copy of the file
// stays beside it. It counts for the next connection: nothing is restarted.
type SetRuleAside struct {
	File string
	// First and Last are the lines of the rule, counted from 1; Text is what
	// they say together.
	First, Last int
	Text        string
}

// Command is the same thing by hand.
func (s SetRuleAside) Command() string {
	return fmt.Sprintf("sed -i '%d,%ds/^/#/' %s", s.First, s.Last, s.File)
}

// Apply writes the file anew, provided that the rule still stands there.
func (s SetRuleAside) Apply(_ context.Context, h *host.Host) (diag.Change, error) {
	old, err := h.Files.Read(s.File, hostsLimit)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot edit %s: %w", s.File, err)
	}
	edited, err := s.edit(string(old))
	if err != nil {
		return diag.Change{}, err
	}
	st, err := h.Files.Stat(s.File)
	if err != nil {
		return diag.Change{}, fmt.Errorf("cannot edit %s: %w", s.File, err)
	}
	as := func(data []byte) host.New {
		return host.New{Data: data, Mode: st.Perm(), UID: st.UID, GID: st.GID}
	}
	backup, err := keep(h, s.File, as(old))
	if err != nil {
		return diag.Change{}, err
	}
	change := diag.Change{
		Backup: backup, Note: "the old file is kept as " + path.Base(backup),
		Undo: func(context.Context) error { return h.Files.Replace(s.File, as(old)) },
	}
	// Where that failed half-way, the change still knows how to take it back.
	return change, h.Files.Replace(s.File, as([]byte(edited)))
}

// edit puts a comment sign before each line of the rule.
func (s SetRuleAside) edit(text string) (string, error) {
	still := false
	for _, r := range parseHosts(s.File, text) {
		still = still || r.First == s.First && r.Last == s.Last && r.Text == s.Text
	}
	lines := strings.SplitAfter(text, "\n")
	if !still || s.First < 1 || s.Last > len(lines) {
		return "", fmt.Errorf("cannot edit %s: line %d is no longer %q", s.File, s.First, s.Text)
	}
	for i := s.First - 1; i < s.Last; i++ {
		// A comment cannot be continued; without its backslash nothing else is.
		body := strings.TrimSuffix(strings.TrimSuffix(lines[i], "\n"), "\\")
		lines[i] = "# set aside by sshd-doctor: " + body + "\n"
	}
	return strings.Join(lines, ""), nil
}

// keep writes a copy beside a file, with a name that says when.
func keep(h *host.Host, file string, old host.New) (string, error) {
	name := fmt.Sprintf("%s.before-%s", file, h.Now().UTC().Format("20060102T150405Z"))
	to := name
	for i := 1; ; i++ {
		err := h.Files.Create(to, old)
		if err == nil || !errors.Is(err, fs.ErrExist) || i == 100 {
			return to, err
		}
		to = fmt.Sprintf("%s-%d", name, i)
	}
}
