package handshake

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes that other packages attach remedies to or look for.
const (
	// CodeRefused, CodeClosed, CodeTimeout and CodeFailed are the ways in which
	// a handshake that should complete does not.
	CodeRefused = "handshake-refused"
	CodeClosed  = "handshake-closed"
	CodeTimeout = "handshake-timeout"
	CodeFailed  = "handshake-failed"
	// CodeNotServed: loading the key from disk changes the identity that
	// clients see, so it asks.
	CodeNotServed = "hostkey-not-served"
	// CodeNotLoaded: loading the key from disk only adds to what is served.
	CodeNotLoaded = "hostkey-not-loaded"
	// CodeOnlyInMemory: sshd must not be restarted before the key is replaced.
	CodeOnlyInMemory = "hostkey-only-in-memory"
	// CodeNoKex and CodeNoHostKey: the lists in the configuration are to blame.
	CodeNoKex     = "negotiation-no-kex-cipher-mac"
	CodeNoHostKey = "negotiation-no-hostkey-alg"
	// CodeOtherServer: the keys that were proven are not sshd's.
	CodeOtherServer = "other-ssh-server-answers"
)

var (
	ruleRefused = diag.Rule{
		Code: CodeRefused, Stage: diag.Handshake, Severity: diag.Broken, Symptom: true,
		Title: "connections are refused",
	}
	ruleClosed = diag.Rule{
		Code: CodeClosed, Stage: diag.Handshake, Severity: diag.Broken, Symptom: true,
		Title: "connections are closed before sshd says a word",
	}
	ruleTimeout = diag.Rule{
		Code: CodeTimeout, Stage: diag.Handshake, Severity: diag.Broken, Symptom: true,
		Title: "connections get no answer",
	}
	ruleFailed = diag.Rule{
		Code: CodeFailed, Stage: diag.Handshake, Severity: diag.Broken, Symptom: true,
		Title: "the key exchange breaks off",
	}
	ruleNotTried = diag.Rule{
		Code: "handshake-not-tried", Stage: diag.Handshake, Severity: diag.Warning,
		Title: "an address was not connected to",
	}
	ruleOrdinaryOnly = diag.Rule{
		Code: "handshake-127.0.0.1-only", Stage: diag.Handshake, Severity: diag.Notice,
		Title: "of this machine's own addresses, sshd answers only 127.0.0.1",
	}
	ruleNotSSH = diag.Rule{
		Code: "not-ssh", Stage: diag.Handshake, Severity: diag.Broken,
		Title: "something that is not an SSH server answers",
	}
	ruleMaxStartups = diag.Rule{
		Code: "maxstartups-exhausted", Stage: diag.Handshake, Severity: diag.Warning,
		Title: "sshd is busy and turns connections away",
	}
	rulePenalty = diag.Rule{
		Code: "persource-penalty", Stage: diag.Handshake, Severity: diag.Warning,
		Title: "sshd refuses connections from this machine itself",
	}
	ruleOtherServer = diag.Rule{
		Code: CodeOtherServer, Stage: diag.Identity, Severity: diag.Broken,
		Title: "another SSH server answers, not OpenSSH's sshd",
	}
	ruleNotServed = diag.Rule{
		Code: CodeNotServed, Stage: diag.Identity, Severity: diag.Warning,
		Title: "sshd serves another host key than the one on disk",
	}
	ruleNotLoaded = diag.Rule{
		Code: CodeNotLoaded, Stage: diag.Identity, Severity: diag.Warning,
		Title: "a host key on disk is not served yet",
	}
	ruleOnlyInMemory = diag.Rule{
		Code: CodeOnlyInMemory, Stage: diag.Identity, Severity: diag.Warning, Symptom: true,
		Title: "sshd serves a host key that has no usable file",
	}
	ruleUnproven = diag.Rule{
		Code: "hostkey-unproven", Stage: diag.Identity, Severity: diag.Notice,
		Title: "a host key is offered, but was not seen",
	}
	ruleNoKex = diag.Rule{
		Code: CodeNoKex, Stage: diag.Negotiation, Severity: diag.Broken,
		Title: "sshd and today's clients have no method in common",
	}
	ruleNoHostKey = diag.Rule{
		Code: CodeNoHostKey, Stage: diag.Negotiation, Severity: diag.Broken,
		Title: "sshd offers no host key type that today's clients accept",
	}
	ruleNegotiation = diag.Rule{
		Code: "negotiation-unproven", Stage: diag.Negotiation, Severity: diag.Warning,
		Title: "sshd offers only methods that this program does not speak",
	}
)

// NothingTried is the finding for a box on which no address was known to connect
// to: without a handshake nothing is healthy.
func NothingTried() diag.Finding {
	return ruleNotTried.Unknown("sshd", "no address is known at which sshd should answer, so nothing was proven")
}

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		ruleRefused, ruleClosed, ruleTimeout, ruleFailed, ruleNotTried, ruleOrdinaryOnly, ruleNotSSH, ruleMaxStartups,
		rulePenalty, ruleOtherServer, ruleNotServed, ruleNotLoaded, ruleOnlyInMemory, ruleUnproven,
		ruleNoKex, ruleNoHostKey, ruleNegotiation,
	}
}
