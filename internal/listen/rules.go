package listen

import "github.com/sshd-doctor/sshd-doctor/internal/diag"

// Codes that other packages attach remedies to or look for.
const (
	CodeNotOnBox     = "listen-address-not-on-box"
	CodeOutsideUnit  = "sshd-outside-unit"
	CodeNotListening = "not-listening"
	CodePortMoved    = "port-moved-by-config"
	CodeLoopbackDown = "loopback-down"
)

var (
	rulePortTaken = diag.Rule{
		Code: "port-taken", Stage: diag.Listen, Severity: diag.Broken,
		Title: "another program holds sshd's port",
	}
	ruleOutsideUnit = diag.Rule{
		Code: CodeOutsideUnit, Stage: diag.Listen, Severity: diag.Broken,
		Title: "an sshd that systemd does not manage holds the port",
	}
	ruleNotOnBox = diag.Rule{
		Code: CodeNotOnBox, Stage: diag.Listen, Severity: diag.Broken,
		Title: "sshd is to listen on an address that this machine does not have",
	}
	ruleNotUpAtBoot = diag.Rule{
		Code: "listen-address-not-up-at-boot", Stage: diag.Listen, Severity: diag.Broken,
		Title: "sshd started before its address was there",
	}
	ruleNotListening = diag.Rule{
		Code: CodeNotListening, Stage: diag.Listen, Severity: diag.Broken, Symptom: true,
		Title: "sshd's unit is active but an address is not served",
	}
	rulePortMoved = diag.Rule{
		Code: CodePortMoved, Stage: diag.Listen, Severity: diag.Notice,
		Title: "sshd listens on another port than expected",
	}
	ruleSocketPort = diag.Rule{
		Code: "socket-port-ignored", Stage: diag.Listen, Severity: diag.Broken,
		Title: "the socket unit listens elsewhere than sshd's configuration says",
	}
	ruleSocketFamily = diag.Rule{
		Code: "socket-family-mismatch", Stage: diag.Listen, Severity: diag.Broken,
		Title: "the socket unit listens on only one of IPv4 and IPv6",
	}
	ruleLoopbackOnly = diag.Rule{
		Code: "bound-loopback-only", Stage: diag.Listen, Severity: diag.Notice,
		Title: "sshd listens on this machine's loopback only",
	}
	ruleLoopbackDown = diag.Rule{
		Code: CodeLoopbackDown, Stage: diag.Listen, Severity: diag.Warning,
		Title: "the loopback interface is down",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		rulePortTaken, ruleOutsideUnit, ruleNotOnBox, ruleNotUpAtBoot, ruleNotListening,
		rulePortMoved, ruleSocketPort, ruleSocketFamily, ruleLoopbackOnly, ruleLoopbackDown,
	}
}
