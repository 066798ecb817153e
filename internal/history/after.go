package history

import (
	"slices"

	"github.com/sshd-doctor/sshd-doctor/internal/diag"
)

// Begin is what is written before the first change of a run: should the run not
// live to its end, it counts as one that repaired something and made keys.
func (m Memory) Begin(now Moment) Memory {
	m.Heals = last(append(slices.Clone(m.Heals), Heal{At: now, Keys: true}), mostHeals)
	return m
}

// After is the memory after a run: m is the one that it began with.
func (m Memory) After(r diag.Report, now Moment) Memory {
	failed := failing(r)
	m.Heals = slices.Clone(m.Heals)
	if h, ok := healed(r, failed, now); ok {
		m.Heals = last(append(m.Heals, h), mostHeals)
	}
	if r.CutOff == "" {
		m.Tries = m.tries(r, failed, now)
	}
	return m
}

// failing lists the codes of repairs after which their fault is still there. One
// that failed because of another fault is gone with that where all is well.
func failing(r diag.Report) []string {
	if r.Verdict == diag.Healthy {
		return nil
	}
	var out []string
	add := func(code string) {
		if !slices.Contains(out, code) {
			out = append(out, code)
		}
	}
	for _, p := range r.Repairs {
		if p.Result == "failed" || p.Result == "undone" {
			add(p.Code)
		}
	}
	for _, f := range r.Findings {
		if f.Status == diag.Failed {
			add(f.Code)
		}
	}
	return out
}

// healed is the record of a run that repaired something, or made a key.
func healed(r diag.Report, failed []string, now Moment) (Heal, bool) {
	// A run that was cut off has not seen which keys there are.
	h := Heal{At: now, Keys: r.CutOff != "" && len(r.Repairs) > 0}
	for _, k := range r.HostKeys {
		h.Keys = h.Keys || k.New
	}
	for _, p := range r.Repairs {
		if p.Result == "done" && (h.Keys || !slices.Contains(failed, p.Code)) {
			h.Code = p.Code
			return h, true
		}
	}
	return h, h.Keys
}

// tries are the failures in a row. A fault that is gone, or was repaired, has
// none any more; one that was not tried keeps those that it has.
func (m Memory) tries(r diag.Report, failed []string, now Moment) []Try {
	var out []Try
	for _, t := range m.Tries {
		there := slices.ContainsFunc(r.Findings, func(f diag.Finding) bool { return f.Code == t.Code && f.Status != diag.Repaired })
		switch {
		case slices.Contains(failed, t.Code):
			t.Fails, t.Last = min(t.Fails+1, 100), now
			out = append(out, t)
		case there:
			out = append(out, t)
		}
	}
	for _, code := range failed {
		if !slices.ContainsFunc(out, func(t Try) bool { return t.Code == code }) {
			out = append(out, Try{Code: code, Fails: 1, Last: now})
		}
	}
	return last(out, mostTries)
}
