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
		Why:   "There is nothing that could answer a client.",
	}
	ruleDamaged = diag.Rule{
		Code: CodeDamaged, Stage: diag.Install, Severity: diag.Broken,
		Title: "a program of sshd is damaged or may not be run",
		Why:   "sshd cannot start, or cannot serve a connection.",
	}
	ruleSession = diag.Rule{
		Code: CodeSession, Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd-session is not there",
		Why:   "sshd 9.8 and later starts it for every connection; without it clients are cut off.",
	}
	ruleAuth = diag.Rule{
		Code: CodeAuth, Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd-auth is not there",
		Why:   "sshd 10.0 and later starts it for every connection; without it clients are cut off.",
	}
	ruleLibrary = diag.Rule{
		Code: CodeLibrary, Stage: diag.Install, Severity: diag.Broken,
		Title: "a library that sshd needs is not there",
		Why:   "The program cannot start.",
	}
	ruleOpenSSL = diag.Rule{
		Code: CodeOpenSSL, Stage: diag.Install, Severity: diag.Broken,
		Title: "sshd and OpenSSL are of versions that do not fit",
		Why:   "sshd stops at once; clients are refused or cut off.",
	}
	ruleUser = diag.Rule{
		Code: "privsep-user-missing", Stage: diag.Install, Severity: diag.Broken,
		Title: "the user that sshd runs its unprivileged part as is gone",
		Why:   "sshd refuses to start.",
	}
	ruleDir = diag.Rule{
		Code: "privsep-dir-missing", Stage: diag.Service, Severity: diag.Broken,
		Title: "the directory that sshd locks its unprivileged part into is gone",
		Why:   "sshd refuses to start, or cuts every client off.",
	}
	ruleDirMode = diag.Rule{
		Code: "privsep-dir-permissions", Stage: diag.Service, Severity: diag.Broken,
		Title: "others may write to sshd's privilege separation directory",
		Why:   "sshd refuses to start.",
	}
	ruleUnknown = diag.Rule{
		Code: "install-unknown", Stage: diag.Install, Severity: diag.Warning,
		Title: "a program of sshd could not be looked at",
		Why:   "Whether it is there cannot be told.",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleNotInstalled, ruleDamaged, ruleSession, ruleAuth, ruleLibrary, ruleOpenSSL, ruleUser,
		ruleDir, ruleDirMode, ruleUnknown,
	}
}
