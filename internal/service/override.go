package service

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
)

// Override is a line that somebody added to what the package's unit file says,
// and that may keep sshd from coming up.
type Override struct {
	File, Line string
	// Fatal: with it sshd cannot come up; else it cannot be tried on a disk.
	Fatal bool
}

// overrides looks at the drop-ins of the service, and at a unit file that stands
// in the place of the package's.
func (d *Disk) overrides(h *host.Host, u Unit) {
	files := slices.Clone(u.DropIns)
	if strings.HasPrefix(u.FragmentPath, "/etc/") || strings.HasPrefix(u.FragmentPath, "/usr/local/") {
		files = append([]string{u.FragmentPath}, files...)
	}
	for _, p := range files {
		if ofDistribution(p) {
			continue
		}
		text, err := h.Files.Read(p, maxUnit)
		if err != nil {
			continue
		}
		says, other := unitFile{}, false
		_ = says.read(string(text))
		for _, name := range slices.Sorted(maps.Keys(says)) {
			for _, value := range says[name] {
				if !slices.Contains(u.install[name], value) {
					continue
				}
				switch weigh(name, value, u.install) {
				case fatal:
					d.Overrides = append(d.Overrides, Override{p, lineOf(name, value), true})
				case untried:
					d.Overrides = append(d.Overrides, Override{p, lineOf(name, value), false})
				case odd:
					other = true
				}
			}
		}
		if other {
			d.Changed = append(d.Changed, p)
		}
	}
}

// ofDistribution: what a distribution has for all of its services is no change,
// such as Fedora's service.d/10-timeout-abort.conf.
func ofDistribution(file string) bool {
	return path.Base(path.Dir(file)) == "service.d" && !strings.HasPrefix(file, "/etc/") && !strings.HasPrefix(file, "/usr/local/")
}

func lineOf(name, value string) string {
	_, key, _ := strings.Cut(name, ".")
	return printable(key + "=" + value)
}

// weight is what a line may do to the start of sshd.
type weight int

const (
	// harmless, or judged elsewhere: by the trial, by the conditions.
	harmless weight = iota
	// odd: it hardly keeps sshd down, and that cannot be seen on a disk.
	odd
	untried
	fatal
)

// weigh goes by the settings of systemd.service(5), systemd.exec(5) and
// systemd.resource-control(5).
func weigh(name, value string, all unitFile) weight {
	section, key, _ := strings.Cut(name, ".")
	switch {
	case section == "Install" || slices.Contains([]string{
		"ConditionPathExists", "AssertPathExists", "Requires", "BindsTo", "Wants", "After", "Before", "Description",
		"Documentation", "DefaultDependencies", "Environment", "EnvironmentFile", "Restart", "RestartSec", "KillMode",
		"RuntimeDirectory", "RuntimeDirectoryMode", "RuntimeDirectoryPreserve", "LimitNOFILE", "OOMScoreAdjust", "Nice",
		"ExecReload", "ExecStop", "ExecStopPost", "StartLimitBurst", "StartLimitIntervalSec", "TimeoutStopSec", "Slice",
		"RestartPreventExitStatus",
	}, key):
		return harmless
	case strings.HasPrefix(key, "Condition"), strings.HasPrefix(key, "Assert"):
		return untried
	case strings.HasPrefix(key, "Exec"):
		return weighExec(key, value)
	case key == "Type":
		if value == all.last(name) && !slices.Contains([]string{"notify", "notify-reload", "simple", "exec"}, value) {
			return untried
		}
		return harmless
	case slices.Contains([]string{
		"User", "Group", "DynamicUser", "RootDirectory", "RootImage", "PrivateNetwork", "PrivateUsers", "NetworkNamespacePath",
		"IPAddressDeny", "RestrictAddressFamilies", "SocketBindDeny", "SystemCallFilter", "CapabilityBoundingSet",
		"InaccessiblePaths", "NoExecPaths", "Conflicts", "PartOf", "Requisite", "RestrictNetworkInterfaces",
	}, key):
		return untried
	}
	return odd
}

// weighExec: what sshd itself does with its arguments is what the trial shows.
func weighExec(key, value string) weight {
	program := strings.TrimLeft(value, "@-:+!")
	optional := strings.Contains(value[:len(value)-len(program)], "-")
	argv := splitWords(program)
	if len(argv) == 0 {
		return harmless
	}
	base := path.Base(argv[0])
	switch {
	case isSshd(argv[0]):
		return harmless
	case key == "ExecStart" && (base == "true" || base == "false"):
		return fatal
	case key == "ExecStart" && slices.ContainsFunc(argv, isSshd):
		return odd
	case key == "ExecStart":
		return untried
	case optional:
		return odd
	case base == "false":
		return fatal
	case slices.Contains([]string{"true", "sleep", "mkdir", "echo", "install", "ssh-keygen", "sshd-gen-keys-start"}, base):
		return harmless
	}
	return untried
}
