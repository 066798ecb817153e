package history

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// CodeFlapping is about a machine that breaks again and again.
const CodeFlapping = "flapping"

var ruleFlapping = diag.Rule{
	Code: CodeFlapping, Stage: diag.Service, Severity: diag.Warning,
	Title: "something breaks it again and again",
}

// Rules lists every problem that this check knows.
func Rules() []diag.Rule { return []diag.Rule{ruleFlapping} }
