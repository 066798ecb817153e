package disk

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

var (
	rulePart = diag.Rule{
		Code: "disk-part-not-mounted", Stage: diag.Install, Severity: diag.Warning,
		Title: "a part of the disk is not mounted",
		Why:   "What lies on it cannot be looked at: that sshd is not there may only mean that /usr is not.",
	}
	ruleFstab = diag.Rule{
		Code: "fstab-stops-boot", Stage: diag.Service, Severity: diag.Warning,
		Title: "the boot will wait for a disk that may be gone",
		Why: "systemd stops in emergency mode when a mount of /etc/fstab without nofail does not come: " +
			"sshd is not started, and clients are refused.",
	}
	ruleFails = diag.Rule{
		Code: "disk-sshd-fails", Stage: diag.Handshake, Severity: diag.Broken, Symptom: true,
		Title: "the sshd of the disk proves no host key",
		Why:   "Started in its own root it serves nobody, so it will not after a boot either.",
	}
	ruleNotRun = diag.Rule{
		Code: "disk-sshd-not-run", Stage: diag.Handshake, Severity: diag.Warning,
		Title: "the sshd of the disk was not run",
		Why: "Its configuration was read without it, as far as that goes, and nothing is proven: " +
			"only a handshake shows that clients will get through.",
	}
	ruleUnjudged = diag.Rule{
		Code: "disk-unit-not-judged", Stage: diag.Service, Severity: diag.Notice,
		Title: "whether the unit comes up is seen at the next boot",
		Why:   "A disk has no running unit, no port and no firewall that could be asked.",
	}
	ruleNewKeys = diag.Rule{
		Code: "cloud-init-will-replace-keys", Stage: diag.Identity, Severity: diag.Notice,
		Title: "cloud-init will make new host keys at the next boot",
		Why:   "Clients will see another identity than the one that is on the disk now.",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{rulePart, ruleFstab, ruleUnjudged, ruleFails, ruleNotRun, ruleNewKeys}
}
