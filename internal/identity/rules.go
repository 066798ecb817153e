package identity

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes that other packages look for.
const (
	CodeChanged = "identity-changed"
	CodeLedger  = "identity-record-unusable"
	// CodeCert is about certificates for the keys.
	CodeCert = "hostcert-mismatch"
)

var (
	ruleCert = diag.Rule{
		Code: CodeCert, Stage: diag.HostKeys, Severity: diag.Warning,
		Title: "a host certificate cannot be used",
		Why: "Clients that trust the certificate authority see the plain key instead: they are asked whether they " +
			"know it, or refuse. A certificate can only be made by its authority.",
	}
	ruleCloudInit = diag.Rule{
		Code: "identity-changed-by-cloud-init", Stage: diag.Identity, Severity: diag.Notice,
		Title: "cloud-init has replaced the host keys",
		Why: "The provider gave the machine another instance id, and cloud-init then makes new keys. Clients that " +
			"knew it before see \"REMOTE HOST IDENTIFICATION HAS CHANGED\".",
	}
	ruleAgent = diag.Rule{
		Code: "guest-agent-regenerates-keys", Stage: diag.Identity, Severity: diag.Notice,
		Title: "an agent of the provider may have replaced the host keys",
		Why: "Some agents make new keys when they are installed anew or take the machine for another one. Clients " +
			"that knew it before see \"REMOTE HOST IDENTIFICATION HAS CHANGED\".",
	}
	ruleCloned = diag.Rule{
		Code: "cloned-image-shared-keys", Stage: diag.Identity, Severity: diag.Notice,
		Title: "the host keys may not be this machine's own",
		Why: "They are older than the machine. If they came with an image, every machine made from it has the same " +
			"keys and can pass for this one. That cannot be proven from one machine.",
	}
	ruleVolatile = diag.Rule{
		Code: "keys-not-persistent", Stage: diag.Identity, Severity: diag.Notice,
		Title: "the host keys are kept in memory only",
		Why: "Unless something puts the same ones back, the next boot brings others, and clients see \"REMOTE HOST " +
			"IDENTIFICATION HAS CHANGED\" each time.",
	}
	ruleChanged = diag.Rule{
		Code: CodeChanged, Stage: diag.Identity, Severity: diag.Notice,
		Title: "clients that knew this machine have to learn its new host key",
		Why: "They see \"REMOTE HOST IDENTIFICATION HAS CHANGED\" until they forget the old key. Whether that was " +
			"this machine, sshd-doctor identity --is tells.",
	}
	ruleLedger = diag.Rule{
		Code: CodeLedger, Stage: diag.Identity, Severity: diag.Notice,
		Title: "what the host keys were before cannot be told",
		Why:   "The record of earlier fingerprints cannot be read or written. Nothing else depends on it.",
	}
	ruleOptions = diag.Rule{
		Code: "crypto-policy-overrides", Stage: diag.Negotiation, Severity: diag.Notice,
		Title: "algorithms are set outside of sshd_config",
		Why: "What stands on sshd's command line, or in a system-wide crypto policy that is read first, overrides " +
			"sshd_config: a change there has no effect.",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{ruleCert, ruleCloudInit, ruleAgent, ruleCloned, ruleVolatile, ruleChanged, ruleLedger,
		ruleOptions}
}
