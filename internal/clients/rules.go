package clients

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// CodeRefused is a client that was turned away because nothing was in common.
const CodeRefused = "negotiation-client-refused"

var ruleRefused = diag.Rule{
	Code: CodeRefused, Stage: diag.Negotiation, Severity: diag.Notice,
	Title: "a client was refused because it has no method in common with sshd",
}

// Rules lists every problem that this package knows.
func Rules() []diag.Rule { return []diag.Rule{ruleRefused} }
