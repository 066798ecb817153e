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
		Why:   "sshd cannot listen there: clients are refused or reach the other program.",
	}
	ruleOutsideUnit = diag.Rule{
		Code: CodeOutsideUnit, Stage: diag.Listen, Severity: diag.Broken,
		Title: "an sshd that systemd does not manage holds the port",
		Why: "sshd's unit cannot start beside it, and each failed start of the unit can take away the " +
			"directory that the other sshd needs: then it resets every connection. It is gone after a reboot.",
	}
	ruleNotOnBox = diag.Rule{
		Code: CodeNotOnBox, Stage: diag.Listen, Severity: diag.Broken,
		Title: "sshd is to listen on an address that this machine does not have",
		Why:   "sshd cannot listen there; where it is the only address, sshd does not start at all.",
	}
	ruleNotUpAtBoot = diag.Rule{
		Code: "listen-address-not-up-at-boot", Stage: diag.Listen, Severity: diag.Broken,
		Title: "sshd started before its address was there",
		Why:   "sshd tried once, found no address to listen on and stayed down. The address is there now.",
	}
	ruleNotListening = diag.Rule{
		Code: CodeNotListening, Stage: diag.Listen, Severity: diag.Broken, Symptom: true,
		Title: "sshd's unit is active but an address is not served",
		Why:   "Clients that use this address are refused, although systemd calls the unit active.",
	}
	rulePortMoved = diag.Rule{
		Code: CodePortMoved, Stage: diag.Listen, Severity: diag.Notice,
		Title: "sshd listens on another port than expected",
		Why:   "Clients have to name the port (ssh -p); on the usual one they are refused.",
	}
	ruleSocketPort = diag.Rule{
		Code: "socket-port-ignored", Stage: diag.Listen, Severity: diag.Broken,
		Title: "the socket unit listens elsewhere than sshd's configuration says",
		Why: "While a socket unit listens for sshd, Port and ListenAddress in sshd's configuration have " +
			"no effect: clients that use the configured port are refused.",
	}
	ruleSocketFamily = diag.Rule{
		Code: "socket-family-mismatch", Stage: diag.Listen, Severity: diag.Broken,
		Title: "the socket unit listens on only one of IPv4 and IPv6",
		Why:   "Clients that come over the other one are refused.",
	}
	ruleLoopbackOnly = diag.Rule{
		Code: "bound-loopback-only", Stage: diag.Listen, Severity: diag.Notice,
		Title: "sshd listens on this machine's loopback only",
		Why:   "No other machine can connect, except through a tunnel.",
	}
	ruleLoopbackDown = diag.Rule{
		Code: CodeLoopbackDown, Stage: diag.Listen, Severity: diag.Warning,
		Title: "the loopback interface is down",
		Why:   "Programs on this machine cannot reach one another, and no connection can be proven from here.",
	}
)

// Rules lists every problem that this check knows.
func Rules() []diag.Rule {
	return []diag.Rule{
		rulePortTaken, ruleOutsideUnit, ruleNotOnBox, ruleNotUpAtBoot, ruleNotListening,
		rulePortMoved, ruleSocketPort, ruleSocketFamily, ruleLoopbackOnly, ruleLoopbackDown,
	}
}
