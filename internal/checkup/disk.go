package checkup

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sshd-doctor/sshd-doctor/internal/boot"
	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/disk"
	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/hostkeys"
	"github.com/sshd-doctor/sshd-doctor/internal/identity"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
	"github.com/sshd-doctor/sshd-doctor/internal/safetext"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
	"github.com/sshd-doctor/sshd-doctor/internal/sshdconf"
	"github.com/sshd-doctor/sshd-doctor/internal/trial"
)

// collectDisk looks at a system that does not run: at files, and at what its own
// sshd says and does in its own root. The units, sockets, processes and the log
// of this machine are none of its business.
func collectDisk(ctx context.Context, h *host.Host, o Options) Facts {
	f := Facts{UID: h.UID}
	watch := func(what Part, do func()) {
		defer o.watch(what)()
		do()
	}
	watch(PartService, func() { f.Service, f.Unit = service.CollectDisk(h) })
	h.RunDirs = append(f.Unit.RunDirs, f.Service.Service.RuntimeDir...)
	watch(PartConfig, func() {
		f.Conf = sshdconf.Collect(ctx, h, sshdconf.Ask{Binary: diskBinary(h, f), Args: f.Service.Args, File: o.ConfigFile})
	})
	f.Sshd.Binary, f.Sshd.Unit = f.Conf.Binary, f.Service.Service.ID
	watch(PartInstall, func() {
		f.Install = install.Collect(ctx, h, install.From{Binary: f.Sshd.Binary, Conf: f.Conf, DirManaged: managesDir(f), Unit: f.Sshd.Unit})
	})
	watch(PartKeys, func() {
		f.Keys, f.Disk = collectKeys(ctx, h, f), disk.Collect(h)
		f.Keys.AtBoot, f.Keys.Sealed = f.Unit.KeyMaker, f.Unit.Sealed
		if f.Disk.MissingKeys {
			f.Keys.AtBoot = "cloud-init"
		}
	})
	watch(PartMachine, func() {
		f.Boot = boot.CollectDisk(h)
		f.Identity = identity.Collect(ctx, h, identityFrom(f, h))
	})
	watch(PartTrial, func() { f.Disk.Trial = tryDisk(ctx, h, f) })
	return f
}

// diskBinary is the disk's sshd: that of its unit where it is there, else the
// first at the usual places. Arch and Fedora have merged sbin into bin.
func diskBinary(h *host.Host, f Facts) string {
	for _, p := range []string{f.Service.Binary, usualBinary, "/usr/bin/sshd"} {
		if there, err := h.Files.Exists(p); p != "" && err == nil && there {
			return p
		}
	}
	return binary(f.Service)
}

// tryDisk has the disk's sshd prove each host key that it should have.
func tryDisk(ctx context.Context, h *host.Host, f Facts) disk.Trial {
	t := disk.Trial{Binary: f.Sshd.Binary}
	switch {
	case h.CannotRun() != nil:
		t.NotRun = h.CannotRun().Error()
	case f.Conf.ByHand && f.Conf.Err != "":
		t.NotRun = f.Conf.Err
	}
	if t.NotRun != "" || !f.Conf.Known {
		return t
	}
	types := keyTypes(f.Keys)
	if len(types) == 0 && f.Keys.AtBoot != "" {
		t.Unborn = true
		return t
	}
	if len(types) == 0 {
		return t
	}
	t.Done = true
	for _, kind := range types {
		sha256, err := trial.Disk(ctx, h, f.Sshd.Binary, f.Conf.Args, kind)
		if err != nil {
			if t.Err == "" {
				t.Err = err.Error()
			}
			continue
		}
		t.Proven = append(t.Proven, sha256)
	}
	if len(t.Proven) > 0 {
		// A type that the configuration does not allow is none of the faults here.
		t.Err = ""
	}
	return t
}

// judgeDisk turns the facts of a disk into a report. It is pure.
func judgeDisk(f Facts, o Options) diag.Report {
	r := diag.Report{Version: o.Version, Command: o.Command, Root: o.Root, HostKeys: f.Keys.Public()}
	r.Findings = append(r.Findings, boot.Judge(f.Boot)...)
	r.Findings = append(r.Findings, install.Judge(f.Install)...)
	if !f.Conf.ByHand {
		r.Findings = append(r.Findings, sshdconf.Judge(f.Conf)...)
	}
	r.Findings = append(r.Findings, hostkeys.Judge(f.Keys)...)
	r.Findings = append(r.Findings, service.JudgeDisk(f.Service, f.Unit)...)
	r.Findings = append(r.Findings, disk.Judge(f.Disk)...)
	judgeIdentity(f, o, &r)
	for i := range r.HostKeys {
		r.HostKeys[i].Served = slices.Contains(f.Disk.Trial.Proven, r.HostKeys[i].SHA256)
	}
	withheld(f.Disk, r.Findings)
	for i := range r.Findings {
		if r.Findings[i].Remedy != nil {
			aboard(r.Findings[i].Remedy, o.Root)
		}
	}
	r.Passed = passedDisk(f, r)
	r.Conclude()
	return r
}

// withheld: what would lie on a part that is not mounted is not missing, it
// could not be looked at.
func withheld(d disk.Facts, all []diag.Finding) {
	for _, p := range d.Parts {
		for i := range all {
			f := &all[i]
			unit := p.Where == "/usr" && f.Code == service.CodeNotFound
			if unit || strings.HasPrefix(f.Subject, strings.TrimSuffix(p.Where, "/")+"/") {
				f.Status, f.Remedy = diag.CouldNotTell, nil
			}
		}
	}
}

// onDisk is a step as a person at this machine would type it.
type onDisk struct {
	host.Step
	root string
}

// Command is the same thing by hand, from outside of the disk.
func (s onDisk) Command() string { return fromOutside(s.Step.Command(), s.root) }

// Waits says what a person waits for.
func (s onDisk) Waits() string {
	if w, ok := s.Step.(host.Waiter); ok {
		return w.Waits()
	}
	return "the disk"
}

// Unwrap is the step itself.
func (s onDisk) Unwrap() diag.Step { return s.Step }

// aboard makes the commands of a remedy those of a person outside of the disk.
func aboard(r *diag.Remedy, root string) {
	alone := true
	for i, c := range r.Manual {
		r.Manual[i] = fromOutside(c, root)
		alone = alone && !inChroot(r.Manual[i])
	}
	if !alone {
		r.Manual = append([]string{"for d in dev proc sys; do mount --bind /$d " + safetext.Word(root) + "/$d; done"}, r.Manual...)
	}
	for i, s := range r.Steps {
		if step, ok := s.(host.Step); ok {
			r.Steps[i] = onDisk{step, root}
		}
	}
}

// inChroot tells whether a command in the disk's root is one that wants more there
// than files: /dev, /proc and /sys.
func inChroot(command string) bool {
	words := strings.Fields(command)
	files := []string{"mv", "cp", "rm", "ls", "ln", "chmod", "chown", "mkdir", "sed", "cat", "stat"}
	return len(words) > 2 && words[0] == "chroot" && !slices.Contains(files, words[2])
}

func fromOutside(command, root string) string {
	if command == "" {
		return ""
	}
	words := strings.Fields(command)
	root = safetext.Word(root)
	switch {
	case isTest(words):
		// By hand the disk's sshd would run outside of its namespaces.
		return "sshd-doctor check --root " + root
	case words[0] == "cat" || words[0] == "ls":
		for i, w := range words {
			if strings.HasPrefix(w, "/") {
				words[i] = root + w
			}
		}
		return strings.Join(words, " ")
	case words[0] == "sshd-doctor":
		return strings.Join(append([]string{words[0]}, append(words[1:], "--root", root)...), " ")
	case words[0] == "nano" && len(words) > 1:
		words[len(words)-1] = root + words[len(words)-1]
		return strings.Join(words, " ")
	case words[0] == disk.MountCommand && len(words) == 3:
		return strings.Join([]string{words[0], words[1], root + words[2]}, " ")
	case words[0] == "systemctl" && len(words) > 2 && (words[1] == "enable" || words[1] == "set-default"):
		return strings.Join(append([]string{words[0], "--root=" + root}, words[1:]...), " ")
	case strings.ContainsAny(command, ";>|&"):
		return "chroot " + root + " sh -c " + safetext.Word(command)
	}
	return "chroot " + root + " " + command
}

// isTest tells whether a command has sshd test its configuration.
func isTest(words []string) bool {
	return filepath.Base(words[0]) == "sshd" && len(words) > 1 && (strings.HasPrefix(words[1], "-t") || strings.HasPrefix(words[1], "-T"))
}

// startWords says what the next boot starts, and what of it nobody can try here.
func startWords(f Facts) string {
	unit := f.Service.Service.ID
	if len(f.Unit.Wanted) > 0 {
		unit = filepath.Base(f.Unit.Wanted[0])
	}
	switch {
	case !f.Unit.Starts:
		return ""
	case len(f.Unit.Changed) > 0:
		return unit + " is enabled; what " + filepath.Base(f.Unit.Changed[0]) + " changes was not tried"
	}
	return unit + " will be started at boot"
}

func passedDisk(f Facts, r diag.Report) []diag.Passed {
	out := []diag.Passed{{Stage: diag.Install, Text: f.Install.Binary.Path + versionOf(f.Conf)}}
	switch {
	case f.Conf.Known:
		out = append(out, diag.Passed{Stage: diag.Config, Text: "the disk's sshd accepts its configuration"})
	case f.Conf.ByHand:
		out = append(out, diag.Passed{Stage: diag.Config, Text: "HostKey lines read without sshd; nothing else is known", Not: true})
	default:
		out = append(out, diag.Passed{Stage: diag.Config, Text: "not known", Not: true})
	}
	switch {
	case len(r.HostKeys) == 0 && f.Keys.AtBoot != "":
		out = append(out, diag.Passed{Stage: diag.HostKeys, Text: "none yet: " + f.Keys.AtBoot + " makes them at the first boot", Not: true})
	case len(r.HostKeys) > 0 || f.Conf.Known:
		out = append(out, diag.Passed{Stage: diag.HostKeys, Text: keyWords(r.HostKeys)})
	}
	if text := startWords(f); text != "" {
		out = append(out, diag.Passed{Stage: diag.Service, Text: text})
	}
	if len(f.Disk.Trial.Proven) > 0 {
		out = append(out, diag.Passed{Stage: diag.Handshake, Text: "the disk's sshd, started in its own root, proves its key"})
	}
	return out
}
