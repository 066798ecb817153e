package handshake

import "strings"

// Lines that a sshd writes instead of its banner when it turns a connection
// away: OpenSSH 8.2 to 9.7, and 9.8 and later, where the same line stands for
// MaxStartups and for PerSourcePenalties (sshd.c, server_accept_loop).
const (
	saysMaxStartups = "Exceeded MaxStartups"
	saysNotAllowed  = "Not allowed at this time"
)

// busy tells whether the server said that it turns connections away.
func (y Try) busy() bool { return y.Reached < Banner && (y.saysBusy() || y.saysNotAllowed()) }

func (y Try) saysBusy() bool { return strings.Contains(y.Before, saysMaxStartups) }

func (y Try) saysNotAllowed() bool { return strings.Contains(y.Before, saysNotAllowed) }

// complains tells whether what came instead of a banner is sshd's or the
// loader's own complaint: with a socket unit of its own for each connection
// standard error can be that connection.
func (y Try) complains() bool {
	if y.Reached != Connected {
		return false
	}
	for _, s := range []string{"sshd", "privilege separation", "error while loading shared libraries"} {
		if strings.Contains(strings.ToLower(y.Before), s) {
			return true
		}
	}
	return false
}

// foreign tells whether what answers does not speak SSH. Half a banner is SSH.
func (y Try) foreign() bool {
	half := strings.HasPrefix(y.Before, "SSH-")
	return y.Reached == Connected && y.Before != "" && !half && !y.busy() && !y.complains()
}

// turnedAway tells whether asking again, alone or from another address, may
// help: nothing but SSH was heard, and not much of that.
func turnedAway(y Try) bool {
	switch y.End {
	case EndClosed:
		return y.Reached < KexInit && !y.foreign()
	case EndTimeout, EndError:
		return y.Reached < Banner && !y.foreign()
	}
	return false
}
