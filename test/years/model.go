package years

import (
	"fmt"
	"slices"
	"time"
)

// The model: what an unattended run must do, said once more and independently of
// the program, in the order in which it is decided.
//
//  1. A repair counts if it helped. Not more than 4 within an hour and 12 within
//     a day are made; of those that make host keys, 2 and 4.
//  2. A fault that may be repaired is repaired at once. One that may not be, for
//     1, is left as it is, and so is a configuration line, a port that another
//     program holds, and a mask: those are for a person.
//  3. While a limit is reached the server is "flapping", working or not.
//  4. A person's heal always repairs, and begins the count anew.
//  5. A mask is a decision: nothing is failed about it, and it is told once.
//  6. Whatever else remains has the problem unit failed, from the first run that
//     finds it to the first that does not. sshd-doctor.service itself never is.
//  7. How the server stands is told when it changes, but not more than 6 times an
//     hour; and again when a day has passed since. Each repair is told, and each
//     new key.
//  8. Within one boot none of that depends on the clock. After a boot, times
//     before it are told by the clock, and are before the boot at any rate.
//  9. What is remembered is forgotten only when both copies are lost. Of repairs it
//     is the last 16, of what was told the last 6.
//
// A model knows nothing of boxes.
type model struct {
	now, boot time.Duration // true time
	skew      time.Duration // what the clock shows beyond it
	fault     fault
	heals     []event
	told      string
	toldAt    event
	news      []event
}

// event is something that is remembered, with the error of the clock then.
type event struct {
	at, skew time.Duration
	keys     bool
}

// fault is what is wrong with the server.
type fault string

const (
	none   fault = ""
	keys   fault = "keys deleted"
	stop   fault = "sshd stopped"
	mode   fault = "key readable by all"
	typo   fault = "typo in sshd_config"
	port   fault = "port taken"
	masked fault = "sshd masked"
)

// causes are the codes by which reports name the faults.
func (f fault) cause() string {
	return map[fault]string{
		keys: "hostkey-missing", stop: "unit-stopped", mode: "hostkey-mode-too-open",
		typo: "config-unknown-option", port: "port-taken", masked: "unit-masked",
	}[f]
}

// forPerson: only a person may see to it.
func (f fault) forPerson() bool { return f == typo || f == port || f == masked }

// expectation is what a run must come to.
type expectation struct {
	healthy  bool
	cause    string // of what remains
	problem  bool   // the problem unit is failed
	newKeys  int
	repaired bool
	entries  []string // what is told of how the server stands, sorted
	in       bool     // a client gets in
}

// age is how long ago something was, as far as a machine can know.
func (m *model) age(e event) time.Duration {
	if e.at >= m.boot {
		return m.now - e.at
	}
	return max((m.now+m.skew)-(e.at+e.skew), m.now-m.boot)
}

func (m *model) within(span time.Duration, onlyKeys bool) int {
	n := 0
	for _, h := range m.heals {
		if m.age(h) < span && (h.keys || !onlyKeys) {
			n++
		}
	}
	return n
}

const (
	hour = time.Hour
	day  = 24 * time.Hour
)

func (m *model) noRepair() bool { return m.within(hour, false) >= 4 || m.within(day, false) >= 12 }
func (m *model) noKeys() bool   { return m.within(hour, true) >= 2 || m.within(day, true) >= 4 }

// run is one unattended run.
func (m *model) run() expectation {
	var e expectation
	may := m.fault != none && !m.fault.forPerson() && !m.noRepair() && (m.fault != keys || !m.noKeys())
	if may {
		e.repaired = true
		if m.fault == keys {
			e.newKeys = 3
		}
		m.heals = last(append(m.heals, event{m.now, m.skew, m.fault == keys}), 16)
		m.fault = none
	}
	flapping := m.noRepair() || m.noKeys()
	state := ""
	switch {
	case m.fault == masked && !flapping:
		state = "decided"
	case m.fault != none || flapping:
		e.problem = true
		state = "problem " + m.fault.cause()
		if flapping {
			state += " flapping"
		}
	}
	e.healthy, e.cause, e.in = state == "", m.fault.cause(), m.fault == none || m.fault == mode
	if e.cause == "" && flapping {
		e.cause = "flapping"
	}
	e.entries = m.tell(state, flapping, e)
	return e
}

// tell is rule 7.
func (m *model) tell(state string, flapping bool, e expectation) []string {
	recent := 0
	for _, n := range m.news {
		if m.age(n) < hour {
			recent++
		}
	}
	speaks := false
	switch {
	case state == m.told:
		speaks = state != "" && state != "decided" && m.age(m.toldAt) >= day
	case recent < 6:
		speaks = true
		m.news = last(append(m.news, event{at: m.now, skew: m.skew}), 6)
	}
	if speaks {
		m.told, m.toldAt = state, event{at: m.now, skew: m.skew}
	}
	var out []string
	switch {
	case e.healthy && (speaks || e.repaired):
		out = []string{"healthy"}
	case !speaks || e.healthy:
	case state == "decided":
		out = []string{"decided"}
	default:
		if m.fault != none {
			out = append(out, "problem")
		}
		if flapping {
			out = append(out, "flapping")
		}
	}
	slices.Sort(out)
	return out
}

func last(list []event, n int) []event { return list[max(0, len(list)-n):] }

// person is rule 4: somebody types "sshd-doctor heal". It tells how many keys
// that makes.
func (m *model) person() int {
	made := 0
	if m.fault == keys {
		made = 3
	}
	if !m.fault.forPerson() {
		m.fault = none
	}
	m.heals, m.news = nil, nil
	return made
}

// forget is rule 9.
func (m *model) forget() { m.heals, m.news, m.told = nil, nil, "" }

func (e expectation) String() string {
	return fmt.Sprintf("healthy %v, cause %q, problem unit failed %v, new keys %d, repaired %v, told %v, client in %v",
		e.healthy, e.cause, e.problem, e.newKeys, e.repaired, e.entries, e.in)
}
