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
	}
	ruleCloudInit = diag.Rule{
		Code: "identity-changed-by-cloud-init", Stage: diag.Identity, Severity: diag.Notice,
		Title: "cloud-init has replaced the host keys",
	}
	ruleAgent = diag.Rule{
		Code: "guest-agent-regenerates-keys", Stage: diag.Identity, Severity: diag.Notice,
		Title: "an agent of the provider may have replaced the host keys",
	}
	ruleCloned = diag.Rule{
		Code: "cloned-image-shared-keys", Stage: diag.Identity, Severity: diag.Notice,
		Title: "the host keys may not be this machine's own",
	}
	ruleVolatile = diag.Rule{
		Code: "keys-not-persistent", Stage: diag.Identity, Severity: diag.Notice,
		Title: "the host keys are kept in memory only",
	}
	ruleChanged = diag.Rule{
		Code: CodeChanged, Stage: diag.Identity, Severity: diag.Notice,
		Title: "clients that knew this machine have to learn its new host key",
	}
	ruleLedger = diag.Rule{
		Code: CodeLedger, Stage: diag.Identity, Severity: diag.Notice,
		Title: "what the host keys were before cannot be told",
	}
	ruleOptions = diag.Rule{
		Code: "crypto-policy-overrides", Stage: diag.Negotiation, Severity: diag.Notice,
		Title: "algorithms are set outside of sshd_config",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{ruleCert, ruleCloudInit, ruleAgent, ruleCloned, ruleVolatile, ruleChanged, ruleLedger,
		ruleOptions}
}
