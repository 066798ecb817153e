package years

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// tick is the interval of the timer.
const tick = 5 * time.Minute

// clock is a moment in the words of the log.
func clock(at time.Duration) string {
	return fmt.Sprintf("day %d %02d:%02d", int(at/day)+1, int(at%day/hour), int(at%hour/time.Minute))
}

// interval is what happens before one run.
type interval struct {
	words string
	// script is what happens in the box, as a shell script.
	script string
	// asleep is how long the machine did not run, beyond the interval.
	asleep time.Duration
	// change is the same to the model. It tells how many keys a person's heal
	// makes.
	change func(*model) int
}

func world(f fault) func(*model) int { return func(m *model) int { m.fault = f; return 0 } }

// breaks are what goes wrong, by what does it.
var breaks = map[fault]string{ //nolint:gochecknoglobals // a table
	keys:   "rm -f /etc/ssh/ssh_host_*; systemctl restart ssh || true",
	stop:   "systemctl stop ssh",
	mode:   "chmod 0644 /etc/ssh/ssh_host_ed25519_key",
	typo:   "echo 'Prot 22' >>/etc/ssh/sshd_config; systemctl restart ssh || true",
	port:   "systemctl stop ssh; systemd-run -q --unit=squatter python3 -c 'import socket; s=socket.create_server((\"\",22),family=socket.AF_INET6,dualstack_ipv6=True)\nwhile True: s.accept()[0].close()'; for i in $(seq 100); do ss -Hltn sport = 22 | grep -q . && break; sleep 0.1; done",
	masked: "systemctl mask -q ssh; systemctl stop ssh",
}

// mends are what a person does about what only a person may see to.
var mends = map[fault]string{ //nolint:gochecknoglobals // a table
	typo:   "sed -i '/^Prot 22$/d' /etc/ssh/sshd_config; systemctl reset-failed ssh; systemctl restart ssh",
	port:   "systemctl stop squatter; systemctl reset-failed ssh; systemctl start ssh",
	masked: "systemctl unmask -q ssh; systemctl start ssh",
}

// fate decides what happens.
type fate struct {
	*rand.Rand
	// busy is how likely something breaks in an interval, in percent.
	busy int
	// culprit is what something does again as soon as it is repaired, and times
	// how often it still will.
	culprit fault
	times   int
}

// next is what happens in the next interval, given how things stand.
func (r *fate) next(m *model) interval {
	n := r.IntN(100)
	switch {
	case m.fault == none && r.times > 0 && n < 85:
		r.times--
		return interval{string(r.culprit) + " again", breaks[r.culprit], 0, world(r.culprit)}
	case m.fault.forPerson() && n < 30:
		return interval{"a person mends: " + string(m.fault), mends[m.fault], 0, world(none)}
	case m.fault != none && !m.fault.forPerson() && n < 6:
		return interval{"a person heals", "sshd-doctor heal >/dev/null 2>&1", 0, (*model).person}
	case n >= 92:
		return clocks(r.Rand)
	case m.fault == none && n < r.busy:
		f := []fault{keys, keys, keys, stop, stop, stop, mode, mode, typo, port, masked}[r.IntN(11)]
		if !f.forPerson() && r.IntN(3) > 0 {
			r.culprit, r.times = f, 1+r.IntN(7)
		}
		return interval{string(f), breaks[f], 0, world(f)}
	}
	return interval{"", "", 0, func(*model) int { return 0 }}
}

// clocks are what goes wrong with the time and with what is remembered.
func clocks(r *rand.Rand) interval {
	nothing := func(*model) int { return 0 }
	skew := func(by time.Duration) func(*model) int { return func(m *model) int { m.skew = by; return 0 } }
	const year = 365 * day
	switch r.IntN(8) {
	case 0:
		return interval{"the clock goes back to 1970", "", 0, skew(-56 * year)}
	case 1:
		return interval{"the clock jumps on by a year", "", 0, skew(year)}
	case 2:
		return interval{"the clock goes back by an hour", "", 0, skew(-hour)}
	case 3:
		return interval{"the clock is set right", "", 0, skew(0)}
	case 4:
		return interval{"another boot", "", 0, func(m *model) int { m.boot = m.now - time.Minute; return 0 }}
	case 5:
		return interval{"the memory on the disk is damaged", "echo x >/var/lib/sshd-doctor/unattended.json", 0, nothing}
	case 6:
		return interval{"both memories are damaged", "echo x | tee /var/lib/sshd-doctor/unattended.json >/run/sshd-doctor/unattended.json", 0, func(m *model) int { m.forget(); return 0 }}
	}
	hours := 1 + r.IntN(20)
	return interval{fmt.Sprintf("asleep for %d hours", hours), "", time.Duration(hours) * hour, nothing}
}
