package install

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes of which the log of sshd speaks too.
const (
	CodeDamaged = "binary-damaged-or-noexec"
	CodeSession = "sshd-session-missing"
	CodeAuth    = "sshd-auth-missing"
	CodeLibrary = "shared-library-missing"
	CodeOpenSSL = "openssl-version-mismatch"
)

var (
	ruleNotInstalled = diag.Rule{
		Code: "openssh-server-not-installed", Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd itself is not there",
	}
	ruleDamaged = diag.Rule{
		Code: CodeDamaged, Stage: diag.Install, Severity: diag.Broken,
		Title: "a program of sshd is damaged or may not be run",
	}
	ruleSession = diag.Rule{
		Code: CodeSession, Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd-session is not there",
	}
	ruleAuth = diag.Rule{
		Code: CodeAuth, Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd-auth is not there",
	}
	ruleLibrary = diag.Rule{
		Code: CodeLibrary, Stage: diag.Install, Severity: diag.Broken,
		Title: "a library that sshd needs is not there",
	}
	ruleOpenSSL = diag.Rule{
		Code: CodeOpenSSL, Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd and OpenSSL are of versions that do not fit",
	}
	ruleUser = diag.Rule{
		Code: "privsep-user-missing", Stage: diag.Install, Severity: diag.Broken,
		Title: "the user that sshd runs its unprivileged part as is gone",
	}
	ruleDir = diag.Rule{
		Code: "privsep-dir-missing", Stage: diag.Service, Severity: diag.Broken,
		Title: "the directory that sshd locks its unprivileged part into is gone",
	}
	ruleDirMode = diag.Rule{
		Code: "privsep-dir-permissions", Stage: diag.Service, Severity: diag.Broken,
		Title: "others may write to sshd's privilege separation directory",
	}
	ruleUnknown = diag.Rule{
		Code: "install-unknown", Stage: diag.Install, Severity: diag.Warning,
		Title: "a program of sshd could not be looked at",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleNotInstalled, ruleDamaged, ruleSession, ruleAuth, ruleLibrary, ruleOpenSSL, ruleUser,
		ruleDir, ruleDirMode, ruleUnknown,
	}
}
