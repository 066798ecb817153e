package journal

import (
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
	"github.com/sshd-doctor/sshd-doctor/internal/service"
)

// judgeLatent: sshd works, but its program was replaced. Nothing restarts a sshd
// that works, unless somebody agrees; then the new program is tested first.
func (v view) judgeLatent() []diag.Finding {
	p := v.Program
	if !p.Replaced {
		return nil
	}
	found := v.replaced("the file of the running sshd was replaced: it needs a restart").As(diag.Warning)
	found.Evidence = append(found.Evidence, diag.Evidence{
		Source: p.Path, Text: "the new program is used from the next restart or reboot on",
	})
	if v.Installing {
		return []diag.Finding{found.With(v.whenFree())}
	}
	again := diag.Step(service.Restart{Unit: v.Need.Unit})
	if v.Unit.CanReload {
		again = service.Reload{Unit: v.Need.Unit}
	}
	return []diag.Finding{found.With(diag.Remedy{
		Summary: "test the new sshd and have the running one replaced by it", Consent: diag.Asks,
		Reason: "sshd works now, and is not disturbed without being told to",
		Steps:  []diag.Step{v.test(), again},
	})}
}

func (v view) test() diag.Step { return Test{Binary: v.Need.Binary, Args: v.Need.Args} }

func (v view) replaced(summary string) diag.Finding {
	return ruleRexecMismatch.New(v.Program.Path, summary, diag.Evidence{
		Source: "/proc, main process of " + v.Need.Unit,
		Text:   "runs a program that is no longer the file " + v.Program.Path,
	})
}

// whenFree waits for the package manager.
func (v view) whenFree() diag.Remedy {
	return manual("let the package manager finish, then restart sshd",
		append([]string{"fuser -v " + v.Installer}, v.startCommands()...)...)
}

// judgeProgram: connections fail and the program was replaced. That is the cause
// where the log says so, or where nothing else was found that could be it.
func (v view) judgeProgram(others []diag.Finding) []diag.Finding {
	said := v.fresh(CodeRexecMismatch)
	if len(said) == 0 && !v.Program.Replaced || !v.reached() {
		return nil
	}
	var found diag.Finding
	switch {
	case !v.Program.Replaced:
		found = ruleRexecMismatch.New(v.Need.Binary, "the running sshd and the program on disk do not fit together")
	case len(said) > 0:
		found = v.replaced("sshd was upgraded on disk, and the running one no longer fits")
	default:
		found = v.replaced("sshd was replaced on disk, and the running one may no longer fit")
	}
	found.Evidence = append(found.Evidence, said.evidence()...)
	if len(said) == 0 && slices.ContainsFunc(others, isCause) {
		return []diag.Finding{found.As(diag.Warning).With(v.whenOtherwiseWell())}
	}
	if v.Installing {
		return []diag.Finding{found.With(v.whenFree())}
	}
	r := diag.Remedy{
		Summary: "test the sshd on disk and restart " + v.Need.Unit,
		Steps:   []diag.Step{v.test(), service.Restart{Unit: v.Need.Unit}},
	}
	if v.Unit.KillMode != "process" {
		r.Consent, r.Reason = diag.Asks, "with KillMode="+v.Unit.KillMode+" a restart may end open sessions"
	}
	return []diag.Finding{found.With(r)}
}

// whenOtherwiseWell leaves the restart for later.
func (v view) whenOtherwiseWell() diag.Remedy {
	return manual("restart sshd when the rest is mended", v.startCommands()...)
}

// isCause tells whether a finding explains why connections fail.
func isCause(f diag.Finding) bool {
	return f.Severity == diag.Broken && !f.Symptom && f.Status == diag.Found
}
