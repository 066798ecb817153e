package disk

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

var (
	rulePart = diag.Rule{
		Code: "disk-part-not-mounted", Stage: diag.Install, Severity: diag.Warning,
		Title: "a part of the disk is not mounted",
	}
	ruleFstab = diag.Rule{
		Code: "fstab-stops-boot", Stage: diag.Service, Severity: diag.Warning,
		Title: "the boot will wait for a disk that may be gone",
	}
	ruleFails = diag.Rule{
		Code: "disk-sshd-fails", Stage: diag.Handshake, Severity: diag.Broken, Symptom: true,
		Title: "the sshd of the disk proves no host key",
	}
	ruleNotRun = diag.Rule{
		Code: "disk-sshd-not-run", Stage: diag.Handshake, Severity: diag.Warning,
		Title: "the sshd of the disk was not run",
	}
	ruleUnjudged = diag.Rule{
		Code: "disk-unit-not-judged", Stage: diag.Service, Severity: diag.Notice,
		Title: "whether the unit comes up is seen at the next boot",
	}
	ruleNewKeys = diag.Rule{
		Code: "cloud-init-will-replace-keys", Stage: diag.Identity, Severity: diag.Notice,
		Title: "cloud-init will make new host keys at the next boot",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{rulePart, ruleFstab, ruleUnjudged, ruleFails, ruleNotRun, ruleNewKeys}
}
