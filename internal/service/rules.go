package service

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes that other packages look for.
const (
	CodeNoSystemd   = "no-systemd-in-charge"
	CodeUnreachable = "systemd-unreachable"
	CodeNotFound    = "unit-not-found"
	CodeNeeds       = "unit-needs-another"
	CodeStarting    = "unit-still-starting"
)

var (
	ruleUnknown = diag.Rule{
		Code: CodeUnreachable, Stage: diag.Service, Severity: diag.Warning,
		Title: "systemd does not answer",
		Why:   "Whether sshd's unit is up cannot be told, and it cannot be started from here.",
	}
	ruleNoSystemd = diag.Rule{
		Code: CodeNoSystemd, Stage: diag.Service, Severity: diag.Warning,
		Title: "systemd is not in charge of this machine",
		Why:   "Something else has to start sshd here: another init, a container's entry point, a person.",
	}
	ruleMasked = diag.Rule{
		Code: "unit-masked", Stage: diag.Service, Severity: diag.Broken, Intent: true,
		Title: "the unit is masked",
		Why:   "systemd refuses to start it: somebody, or some tool, switched SSH off for good.",
	}
	ruleBadSetting = diag.Rule{
		Code: "unit-bad-setting", Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd cannot use the unit file",
		Why:   "sshd is not started until the unit file or one of its drop-ins is mended.",
	}
	ruleNotToBeRun = diag.Rule{
		Code: "sshd-not-to-be-run", Stage: diag.Service, Severity: diag.Broken, Intent: true,
		Title: "a marker file says that sshd must not run",
		Why:   "systemd skips the start without an error, and clients are refused.",
	}
	ruleCondition = diag.Rule{
		Code: "unit-condition-failed", Stage: diag.Service, Severity: diag.Broken,
		Title: "a condition in the unit file does not hold",
		Why:   "systemd skips the start without an error, and clients are refused.",
	}
	ruleDisabled = diag.Rule{
		Code: "unit-disabled", Stage: diag.Service, Severity: diag.Broken, Intent: true,
		Title: "sshd is switched off: not running and not started at boot",
		Why:   "Clients are refused, after a reboot too.",
	}
	ruleStopped = diag.Rule{
		Code: "unit-stopped", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "sshd is stopped",
		Why:   "Clients are refused until it is started again or the machine reboots.",
	}
	ruleExecMissing = diag.Rule{
		Code: "unit-execstart-missing", Stage: diag.Service, Severity: diag.Broken,
		Title: "the unit starts a program that is not there",
		Why:   "sshd cannot start, and clients are refused.",
	}
	ruleStartLimit = diag.Rule{
		Code: "start-limit-hit", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "systemd gave up starting sshd after too many tries",
		Why:   "It stays down even when the first cause is gone, until the counter is reset.",
	}
	ruleRestarting = diag.Rule{
		Code: "service-restarting", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "sshd ends again each time systemd starts it",
		Why:   "Clients are refused.",
	}
	ruleFailed = diag.Rule{
		Code: "service-failed", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "sshd did not start",
		Why:   "Clients are refused.",
	}
	ruleDaemonReload = diag.Rule{
		Code: "unit-needs-daemon-reload", Stage: diag.Service, Severity: diag.Broken,
		Title: "unit files were changed and systemd has not read them yet",
		Why:   "What is written in the unit file is not what systemd does.",
	}
	ruleInItsPlace = diag.Rule{
		Code: "unit-of-another-name", Stage: diag.Service, Severity: diag.Notice,
		Title: "a unit of another name runs sshd",
		Why:   "Commands and tools that speak of ssh.service or sshd.service miss the sshd that clients reach.",
	}
	ruleNeeds = diag.Rule{
		Code: CodeNeeds, Stage: diag.Service, Severity: diag.Broken,
		Title: "sshd's unit needs another one that is not up",
		Why:   "systemd does not start sshd without it, and clients are refused.",
	}
	ruleStarting = diag.Rule{
		Code: CodeStarting, Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd is still starting sshd",
		Why:   "Clients are refused until it is done; where it never is, systemd ends sshd again.",
	}
	ruleNotFound = diag.Rule{
		Code: CodeNotFound, Stage: diag.Service, Severity: diag.Broken,
		Title: "there is no unit that starts sshd",
		Why:   "Nothing starts sshd on this machine.",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleUnknown, ruleNoSystemd, ruleNotFound, ruleMasked, ruleBadSetting, ruleNotToBeRun,
		ruleCondition, ruleDisabled, ruleStopped, ruleExecMissing, ruleStartLimit, ruleRestarting,
		ruleFailed, ruleDaemonReload, ruleNeeds, ruleStarting, ruleInItsPlace,
	}
}
