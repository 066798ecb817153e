package journal

import (
	"context"
	"slices"
	"sync"

	"github.com/sshd-doctor/sshd-doctor/internal/host"
	"github.com/sshd-doctor/sshd-doctor/internal/install"
)

// Collect reads what is called for, and nothing else: on a healthy box one link,
// two entries of the file system and the two files of tcp wrappers.
func Collect(ctx context.Context, h *host.Host, n Need) Facts {
	f := Facts{Need: n}
	if h.Files.Real("/") != "/" {
		// A tree of another machine: its processes and its systemd are not here.
		return f
	}
	if n.MainPID > 0 {
		f.Program = program(h, n.MainPID)
	}
	if !n.Local {
		f.Wrappers = wrappers(h, n.Programs)
	}
	if n.KeysMissing {
		f.keys(ctx, h)
	}
	if f.Program.Replaced {
		f.installing(h)
		f.Unit = unit(ctx, h, n.Unit)
	}
	switch {
	case !n.Proven:
		f.everything(ctx, h)
	case n.Outside && h.UID == 0:
		f.readLines(ctx, h)
	}
	return f
}

// everything reads all that can have to do with a handshake that did not pass.
func (f *Facts) everything(ctx context.Context, h *host.Host) {
	n := f.Need
	var units sync.WaitGroup
	units.Go(func() { f.Unit = unit(ctx, h, n.Unit) })
	units.Go(func() { f.Socket = unit(ctx, h, n.SocketUnit) })
	units.Wait()
	f.Reinstall = install.Reinstall(h)
	f.Enforcing = flag(h, "/sys/fs/selinux/enforce")
	f.FIPS = flag(h, "/proc/sys/crypto/fips_enabled")
	f.NoEntropy = noEntropy()
	f.Preload = preload(h)
	if n.MainPID > 0 {
		f.Limits = limits(h, n.MainPID)
		f.Stopped = stopped(h, n.MainPID)
	}
	if h.UID == 0 {
		f.read(ctx, h)
	} else {
		f.Err = "only root may read all of the log"
	}
	f.afterReading(ctx, h)
}

// afterReading asks what only makes sense after certain words.
func (f *Facts) afterReading(ctx context.Context, h *host.Host) {
	said := f.said()
	if said.has(CodeCryptoEngine) && !f.NoEntropy {
		f.OpenSSL = openSSL(ctx, h, f.Need)
	}
	if !f.Unit.Active() && f.Unit.NeverTried && f.Unit.File == "enabled" && h.UID == 0 {
		f.whyNeverTried(ctx, h)
	}
	var lost []string
	for _, s := range said.of(CodeSocketNonlocal) {
		if !slices.Contains(lost, s.word) {
			lost = append(lost, s.word)
		}
	}
	f.Bindable = bindable(h, lost)
}

// whyNeverTried reads what systemd said at boot before there was a journal, and
// where even that is lost has the boot worked out again.
func (f *Facts) whyNeverTried(ctx context.Context, h *host.Host) {
	if early, err := query(ctx, h, "_TRANSPORT=kernel", "SYSLOG_IDENTIFIER=systemd"); err == nil {
		f.Lines = append(early, f.Lines...)
	}
	if !f.said().has(CodeOrderingCycle) {
		f.Cycle = cycle(ctx, h)
	}
}

// keys looks for those who may have taken host keys away, or are about to make
// them.
func (f *Facts) keys(ctx context.Context, h *host.Host) {
	f.Keygen = keygen(ctx, h)
	f.CloudInit = cloudInit(h)
	if f.Unit.Name == "" {
		f.Unit = unit(ctx, h, f.Need.Unit)
	}
	f.removers(ctx, h)
}
