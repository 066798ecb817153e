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
	}
	ruleNoSystemd = diag.Rule{
		Code: CodeNoSystemd, Stage: diag.Service, Severity: diag.Warning,
		Title: "systemd is not in charge of this machine",
	}
	ruleMasked = diag.Rule{
		Code: "unit-masked", Stage: diag.Service, Severity: diag.Broken, Intent: true,
		Title: "the unit is masked",
	}
	ruleBadSetting = diag.Rule{
		Code: "unit-bad-setting", Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd cannot use the unit file",
	}
	ruleNotToBeRun = diag.Rule{
		Code: "sshd-not-to-be-run", Stage: diag.Service, Severity: diag.Broken, Intent: true,
		Title: "a marker file says that sshd must not run",
	}
	ruleCondition = diag.Rule{
		Code: "unit-condition-failed", Stage: diag.Service, Severity: diag.Broken,
		Title: "a condition in the unit file does not hold",
	}
	ruleDisabled = diag.Rule{
		Code: "unit-disabled", Stage: diag.Service, Severity: diag.Broken, Intent: true,
		Title: "sshd is switched off: not running and not started at boot",
	}
	ruleStopped = diag.Rule{
		Code: "unit-stopped", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "sshd is stopped",
	}
	ruleExecMissing = diag.Rule{
		Code: "unit-execstart-missing", Stage: diag.Service, Severity: diag.Broken,
		Title: "the unit starts a program that is not there",
	}
	ruleStartLimit = diag.Rule{
		Code: "start-limit-hit", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "systemd gave up starting sshd after too many tries",
	}
	ruleRestarting = diag.Rule{
		Code: "service-restarting", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "sshd ends again each time systemd starts it",
	}
	ruleFailed = diag.Rule{
		Code: "service-failed", Stage: diag.Service, Severity: diag.Broken, Symptom: true,
		Title: "sshd did not start",
	}
	ruleDaemonReload = diag.Rule{
		Code: "unit-needs-daemon-reload", Stage: diag.Service, Severity: diag.Broken,
		Title: "unit files were changed and systemd has not read them yet",
	}
	ruleInItsPlace = diag.Rule{
		Code: "unit-of-another-name", Stage: diag.Service, Severity: diag.Notice,
		Title: "a unit of another name runs sshd",
	}
	ruleNeeds = diag.Rule{
		Code: CodeNeeds, Stage: diag.Service, Severity: diag.Broken,
		Title: "sshd's unit needs another one that is not up",
	}
	ruleStarting = diag.Rule{
		Code: CodeStarting, Stage: diag.Service, Severity: diag.Broken,
		Title: "systemd is still starting sshd",
	}
	ruleNotFound = diag.Rule{
		Code: CodeNotFound, Stage: diag.Service, Severity: diag.Broken,
		Title: "there is no unit that starts sshd",
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
