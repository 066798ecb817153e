package hostkeys

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// keyRule is a fault that leaves sshd without the key. A finding is a warning as
// long as sshd has another one.
func keyRule(code, title string) diag.Rule {
	return diag.Rule{Code: code, Stage: diag.HostKeys, Severity: diag.Broken, Title: title}
}

func warning(code, title string) diag.Rule {
	return diag.Rule{Code: code, Stage: diag.HostKeys, Severity: diag.Warning, Title: title}
}

var (
	ruleMissing     = keyRule("hostkey-missing", "a host key is missing")
	rulePathAbsent  = keyRule("hostkey-path-absent", "the directory of a host key is missing")
	ruleEmpty       = keyRule("hostkey-empty", "a host key file is empty")
	ruleDamaged     = keyRule("hostkey-damaged", "a host key file does not hold a key any more")
	ruleMisformed   = keyRule("hostkey-misformed", "a host key is whole, but sshd refuses its text")
	ruleEncrypted   = keyRule("hostkey-encrypted", "a host key is protected by a passphrase")
	ruleModeTooOpen = keyRule("hostkey-mode-too-open", "a host key can be read by others, so sshd ignores it")
	ruleUnsupported = keyRule("hostkey-unsupported", "a host key is of a type that sshd no longer takes")
	ruleRefused     = keyRule("hostkey-refused", "a host key looks sound, but sshd does not load it")
	ruleUnmounted   = keyRule("hostkey-dir-unmounted", "the disk that holds the host keys is not mounted")
	ruleReadOnly    = keyRule("readonly-root", "new host keys cannot be stored: the disk is read-only")
	ruleImmutable   = keyRule("hostkey-dir-immutable", "no host key can be made: the attribute i forbids it")
	ruleDiskFull    = keyRule("disk-full", "new host keys cannot be stored: the disk is full")

	ruleUnreadable   = warning("hostkey-unreadable", "a host key could not be looked at")
	ruleForeignOwner = warning("hostkey-foreign-owner", "a host key belongs to another user")
	rulePubMissing   = warning("hostkey-pub-missing", "the public half of a host key is missing")
	rulePubMismatch  = warning("hostkey-pub-mismatch", "a .pub file does not belong to its host key")
	ruleWritable     = warning("etc-ssh-writable", "others than root can change the directory of the host keys")
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleMissing, rulePathAbsent, ruleEmpty, ruleDamaged, ruleMisformed, ruleEncrypted,
		ruleModeTooOpen, ruleForeignOwner, ruleUnsupported, ruleRefused, ruleUnreadable,
		rulePubMissing, rulePubMismatch, ruleUnmounted, ruleReadOnly, ruleImmutable, ruleDiskFull, ruleWritable,
	}
}
